"""The whole law of the service, read once from TOML and checked before anything starts (XCT-01, DEP-21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from droit.catalogue.canal import Canal, read_canaux
from droit.catalogue.consigne import Consigne, read_consignes
from droit.catalogue.demarche import Demarche, read_demarches
from droit.catalogue.departement import Departement, read_departements
from droit.catalogue.famille import Famille, read_familles
from droit.catalogue.lecture import BadData, Fault, Lecture
from droit.catalogue.national import National, read_cartes, read_national
from droit.catalogue.partenaire import Partenaire, read_partenaires
from droit.catalogue.prefecture import Prefecture, prefecture_from_json, read_prefectures
from droit.catalogue.regime import Regime, RegimeApplique, read_regimes
from droit.catalogue.taxe import Taxe, read_taxes
from droit.catalogue.textes import Texte, check_use, read_textes
from droit.catalogue.titre import Stade, Titre, read_titres
from droit.catalogue.together import check_demarches, check_prefectures, check_together
from droit.dates import Position
from droit.decision import Decision, Motif, Refused, accept, refuse
from droit.jours import PARIS
from droit.motifs import (
    DEMARCHE_INCONNUE,
    DEPARTEMENT_INCONNU,
    PREFECTURE_INCONNUE,
    TEXTE_INCONNU,
    TITRE_A_COMPLETER,
    TITRE_INCONNU,
)

__all__ = ["BadData", "Catalogue", "Fault", "Stade", "catalogue", "load", "may_issue"]

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


class Numbered(Protocol):
    """An entry of the catalogue: besides its code it has an id (`TIT-14`)."""

    @property
    def id(self) -> str: ...


E = TypeVar("E", bound=Numbered)


def _get(table: Mapping[str, T], code: str, motif: Motif) -> T:
    if code not in table:
        raise Refused(motif, details={"code": code})
    return table[code]


def _entry(table: Mapping[str, E], code: str, motif: Motif) -> E:
    by_id = next((entry for entry in table.values() if entry.id == code), None) if code not in table else None
    return by_id or _get(table, code, motif)


@dataclass(frozen=True)
class Catalogue:
    """Everything that was read; a code that is not there raises Refused with its Motif."""

    national: National
    regimes: Mapping[str, Regime]
    familles: Mapping[str, Famille]
    partenaires: Mapping[str, Partenaire]
    canaux: Mapping[str, Canal]
    taxes: Mapping[str, Taxe]
    cartes: Mapping[str, str]
    consignes: Mapping[str, Consigne]
    _titres: Mapping[str, Titre]
    _demarches: Mapping[str, Demarche]
    _departements: Mapping[str, Departement]
    _prefectures: Mapping[str, Prefecture]
    _textes: Mapping[str, Texte]

    def titre(self, code: str) -> Titre:
        """By its code (`conjoint-de-francais`) or its id (`TIT-14`)."""
        return _entry(self._titres, code, TITRE_INCONNU)

    def titres(self) -> tuple[Titre, ...]:
        """All titles and situations, those of the téléservice first, by id."""
        return tuple(sorted(self._titres.values(), key=lambda t: (t.id.startswith("OUT"), t.id)))

    def demarche(self, code: str) -> Demarche:
        """By its code (`duplicata`) or its id (`DEM-04`)."""
        return _entry(self._demarches, code, DEMARCHE_INCONNUE)

    def demarches(self) -> tuple[Demarche, ...]:
        """All démarches, by id."""
        return tuple(sorted(self._demarches.values(), key=lambda d: d.id))

    def choice(self, chosen: str) -> tuple[str, str]:
        """(title, démarche) of `titre:<code>`, `demarche:<code>` or a code alone; both empty for anything else."""
        kind, _, code = chosen.rpartition(":")
        titre = next((t.code for t in self._titres.values() if kind != "demarche" and code in (t.code, t.id)), "")
        demarche = next((d.code for d in self._demarches.values() if kind != "titre" and code in (d.code, d.id)), "")
        return (titre, "") if titre else ("", demarche)

    def libelle_imprime(self, titre_code: str, demarche_code: str) -> str:
        """What is asked for, as papers name it (DEP-59); empty until it is known."""
        if titre_code:
            return self.titre(titre_code).libelle_imprime
        return self.demarche(demarche_code).libelle if demarche_code else ""

    def departement(self, code: str) -> Departement:
        """By its official code."""
        return _get(self._departements, code, DEPARTEMENT_INCONNU)

    def departements(self) -> tuple[Departement, ...]:
        """All, in the order of the official list."""
        return tuple(self._departements.values())

    def departement_en_mots(self, code: str) -> str:
        """« Paris (75) », as agents read which préfecture; a code that no département has stays as it is."""
        return f"{self._departements[code].nom} ({code})" if code in self._departements else code

    def fuseau(self, code: str) -> str:
        """The time zone of a département; that of Paris for a code that no département has."""
        return self._departements[code].fuseau if code in self._departements else PARIS

    def prefecture(self, code: str) -> Prefecture:
        """The rules of a préfecture by the code of its department."""
        return _get(self._prefectures, code, PREFECTURE_INCONNUE)

    def prefectures(self, *, exemples: bool = True) -> tuple[Prefecture, ...]:
        """The préfectures whose rules are written here; production asks for them without the samples."""
        return tuple(p for p in self._prefectures.values() if exemples or not p.exemple)

    def prefecture_from_json(self, text: str) -> Prefecture:
        """The rules of a préfecture as substitution publishes them. Raises BadData naming the key."""
        return prefecture_from_json(text, {t.cle: t.titre for t in self._textes.values()}, self._departements)

    def texte(self, cle: str) -> Texte:
        """A text by its key."""
        return _get(self._textes, cle, TEXTE_INCONNU)

    def textes(self) -> tuple[Texte, ...]:
        """All texts, in the order of the file."""
        return tuple(self._textes.values())

    def delivered(self, titre: Titre, stade: Stade, day: date, position: Position) -> tuple[RegimeApplique, ...]:
        """The documents that this demande goes through and that are given on `day`, in order, each with its rules."""
        codes = titre.documents(stade, day, position).value
        applied = (self.regimes[code].at(day, position) for code in codes)
        return tuple(regime for regime in applied if regime.delivre.value)


def may_issue(titre: Titre, *, production: bool) -> Decision:
    """Production issues nothing for a title that still holds a demonstration value."""
    if production and titre.a_completer:
        return refuse(TITRE_A_COMPLETER, titre=titre.code, a_completer=titre.a_completer)
    return accept()


def load(root: Path = ROOT) -> Catalogue:
    """Reads and checks a whole rule pack. Raises BadData with every fault, each naming its file and key."""
    lecture = Lecture(root)
    textes = read_textes(lecture)
    departements = read_departements(lecture)
    national = read_national(lecture)
    canaux, taxes = read_canaux(lecture), read_taxes(lecture)
    read = Catalogue(
        national=national,
        regimes=read_regimes(lecture, national),
        familles=read_familles(lecture),
        partenaires=read_partenaires(lecture),
        canaux=canaux,
        taxes=taxes,
        cartes=read_cartes(lecture, national),
        consignes=read_consignes(lecture, national.regles),
        _titres=read_titres(lecture, canaux),
        _demarches=read_demarches(lecture, canaux, taxes),
        _departements=departements,
        _prefectures=read_prefectures(lecture, departements),
        _textes=textes,
    )
    check_together(lecture, read.titres(), read.regimes, read.familles)
    check_demarches(lecture, read.demarches())
    check_prefectures(lecture, read.prefectures(), national)
    check_use(lecture, textes)
    lecture.raise_faults()
    return read


@cache
def catalogue() -> Catalogue:
    """The rule pack that is shipped with the program, read at the first call."""
    return load()
