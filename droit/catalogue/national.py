"""National rules and named settings: one table, each line dated and sourced (XCT-01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial

from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Dated, Position, Valeur
from droit.decision import Refused
from droit.motifs import REGLE_INCONNUE

FILE = "national.toml"
Scalaire = int | bool | str | tuple[int, ...] | tuple[str, ...]


class Unite(StrEnum):
    """What a value counts; `jours` are whole Paris days."""

    JOURS = "jours"
    MOIS = "mois"
    HEURES = "heures"
    MINUTES = "minutes"
    NOMBRE = "nombre"
    OCTETS = "octets"
    OUI_NON = "oui-non"
    LISTE_MOIS = "liste-mois"
    LISTE_JOURS = "liste-jours"
    LISTE_TEXTES = "liste-textes"


class Jalon(StrEnum):
    """Which day picks the version of a rule."""

    DEPOT = "depot"
    DECISION = "decision"
    DEMANDE_DE_PIECES = "demande-de-pieces"
    CONSTAT = "constat"
    JOUR = "jour"


@dataclass(frozen=True)
class Regle:
    """A rule or a setting; `reglage` marks a default of ours; `jalon` is the day that picks its version."""

    cle: str
    libelle: str
    unite: Unite
    jalon: Jalon
    reglage: bool
    valeur: Dated[Scalaire]


@dataclass(frozen=True)
class National:
    """Every national rule by its key."""

    regles: Mapping[str, Regle]

    def at(self, cle: str, day: date, position: Position) -> Valeur[Scalaire]:
        """The value with its source. Raises Refused(REGLE_INCONNUE or AVANT_LA_REGLE)."""
        if cle not in self.regles:
            raise Refused(REGLE_INCONNUE, details={"regle": cle})
        return self.regles[cle].valeur.at(day, position)

    def number(self, cle: str, day: date, position: Position) -> int:
        """A duration or a count, in the unit of the rule."""
        value = self.at(cle, day, position).value
        assert type(value) is int, cle
        return value

    def flag(self, cle: str, day: date, position: Position) -> bool:
        """A yes or a no."""
        value = self.at(cle, day, position).value
        assert type(value) is bool, cle
        return value

    def numbers(self, cle: str, day: date, position: Position) -> tuple[int, ...]:
        """A list of numbers, in the unit of the rule."""
        value = self.at(cle, day, position).value
        assert isinstance(value, tuple), cle
        return tuple(int(v) for v in value)

    def texts(self, cle: str, day: date, position: Position) -> tuple[str, ...]:
        """A list of codes."""
        value = self.at(cle, day, position).value
        assert isinstance(value, tuple), cle
        return tuple(str(v) for v in value)


def _read_scalar(fiche: Fiche, unite: Unite) -> Scalaire:
    if unite is Unite.OUI_NON:
        return fiche.flag("valeur")
    if unite is Unite.LISTE_TEXTES:
        return fiche.texts("valeur")
    if unite in (Unite.LISTE_MOIS, Unite.LISTE_JOURS):
        return fiche.numbers("valeur")
    return fiche.number("valeur")


CARTES = "cartes.toml"
# The rules whose values are kinds of cards.
DE_CARTES = ("l433-3-cartes", "cartes-choix-au-renouvellement")


def read_cartes(lecture: Lecture, national: National) -> Mapping[str, str]:
    """The kinds of cards that one holds, by code, in words; each one that a rule names is there."""
    fiche = lecture.open(CARTES)
    cartes = {}
    for code in fiche.names():
        entry = fiche.table(code)
        cartes[code] = entry.text("libelle")
        entry.close()
    for cle in DE_CARTES:
        for bloc in national.regles[cle].valeur.blocs if cle in national.regles else ():
            for kind in bloc.valeur if isinstance(bloc.valeur, tuple) else ():
                if kind not in cartes:
                    lecture.fault(FILE, f"{cle}.blocs", f"« {kind} » n'est pas dans {CARTES}")
    return cartes


def read_national(lecture: Lecture) -> National:
    """Reads the rules and settings; a setting (`P-…`) cites the text `regle-du-service`."""
    fiche = lecture.open(FILE)
    regles: dict[str, Regle] = {}
    for cle in fiche.names():
        entry = fiche.table(cle)
        unite = entry.choice("unite", Unite)
        valeur: Dated[Scalaire] = entry.dated("blocs", partial(_read_scalar, unite=unite))
        jalon = entry.choice("jalon", Jalon)
        regles[cle] = Regle(cle, entry.text("libelle"), unite, jalon, entry.flag("reglage", False), valeur)
        entry.close()
        sources = {bloc.citation.texte for bloc in valeur.blocs}
        if regles[cle].reglage != cle.startswith("P-"):
            entry.fault("reglage", "les réglages, et eux seuls, se nomment P-…")
        if regles[cle].reglage and sources - {"regle-du-service"}:
            entry.fault("blocs", "un réglage de ce service cite « regle-du-service »")
    _check_required(lecture, regles)
    return National(regles)


# What the services ask by name: a deployment without one of them must not start.
REQUIRED = (
    "fenetre-ouverture", "fenetre-fermeture", "fenetre-exigee", "pieces-delai", "cloture-automatique",
    "l433-3-prolongation", "depot-par-tout-canal", "substitution-sans-condition", "substitution-preuves",
    "blocage-emetteurs", "vecteurs-minimum", "pan-sans-rendez-vous", "api-controle-machine", "api-duree-choix",
    "l433-3-cartes", "cartes-choix-au-renouvellement", "demandes-simultanees", "depot-sans-numero",
    "substitution-rendez-vous", "delai-enregistrement",
    "P-ATT", "P-ROUND", "P-PWD", "P-ALERT", "P-APILEAD", "P-SUB", "P-PREAVIS", "P-PREAVIS-COURRIER",
    "P-SUB-ALERTE", "P-ORDONNANCE-ALERTE", "P-FIN-PROCHE",
    "P-PREAVIS-PRIORITE", "P-RDV-GARDE", "P-PAN", "P-BUG", "P-STALE", "P-SIZE", "P-PEAK",
    "P-ATTEMPTS", "P-COMPL", "P-REC", "P-REPRISE", "P-DELAI", "P-LIRE", "P-LECTURE", "P-BULLETIN", "P-CAMPAGNE",
    "P-LIEN-POSTE", "P-JUSTIFICATIF", "P-DECISION", "P-REMISE", "P-REPRISE-REMISE", "P-FANTOME", "P-TITRE", "P-RUPTURE",
    "P-PROGRAMME", "P-TITRE-PASSE", "P-TITRE-FUTUR", "cloture-automatique-recours", "P-FICHIER",
    "P-ECART", "P-ECART-NOMBRE", "P-FACTEUR", "P-IDENTITE",
)  # fmt: skip


def _check_required(lecture: Lecture, regles: Mapping[str, Regle]) -> None:
    for cle in REQUIRED:
        if cle not in regles:
            lecture.fault(FILE, cle, "règle obligatoire absente")
