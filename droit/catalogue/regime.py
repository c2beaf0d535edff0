"""A document regime: which provisional document is given, when, for how long, with which rights (requirements 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePath
from typing import TypeVar

from droit.catalogue.lecture import Fiche, Lecture
from droit.catalogue.national import National, Unite
from droit.dates import Bloc, Dated, Position, Valeur

T = TypeVar("T")


class Document(StrEnum):
    """What is handed to the person; several regimes may give one document."""

    AD = "AD"
    API = "API"
    ADF = "ADF"
    REG = "REG"
    REC = "REC"
    BLO = "BLO"


class Declencheur(StrEnum):
    """The act that opens the right to the document."""

    DEPOT = "depot"
    COMPLETUDE = "completude"
    DECISION = "decision"
    CONSTAT = "constat"


class Debut(StrEnum):
    """First valid day: the day of that act, or the day on which the earlier title ends."""

    DECLENCHEUR = "declencheur"
    EXPIRATION = "expiration"


class Fin(StrEnum):
    """What ends the right to the document, other than its own last day."""

    DECISION = "decision"
    REMISE = "remise"
    SANS_OBJET = "sans-objet"


class Renouvellement(StrEnum):
    """How it is renewed; once given, only a rejection of the demande ends it (2.8)."""

    AUTOMATIQUE = "automatique"
    SUR_DEMANDE = "sur-demande"
    SANS_OBJET = "sans-objet"


@dataclass(frozen=True)
class Duree:
    """Months of one document: `mois` by default, `choix` what a préfecture may choose; None is without limit."""

    mois: int | None
    choix: tuple[int, ...] = ()


@dataclass(frozen=True)
class Droits:
    """What the document says that it proves, with the keys of the texts that say so."""

    phrase: str
    sejour: bool
    travail_imprime: bool
    textes: tuple[str, ...]


@dataclass(frozen=True)
class Regime:
    """One regime; each of its rules is dated, sourced and positioned on its own."""

    code: str
    document: Document
    libelle: str
    public: str
    delivre: Dated[bool]
    declencheur: Dated[Declencheur]
    debut: Dated[Debut]
    fin: Dated[Fin]
    duree: Dated[Duree]
    renouvellement: Dated[Renouvellement]
    droits: Dated[Droits]

    def at(self, day: date, position: Position) -> RegimeApplique:
        """The whole regime as it stands on `day`. Raises Refused(AVANT_LA_REGLE) before its first block."""
        return RegimeApplique(
            self,
            self.delivre.at(day, position),
            self.declencheur.at(day, position),
            self.debut.at(day, position),
            self.fin.at(day, position),
            self.duree.at(day, position),
            self.renouvellement.at(day, position),
            self.droits.at(day, position),
        )


@dataclass(frozen=True)
class RegimeApplique:
    """A regime on one day in one position; each value carries its rule sentence."""

    regime: Regime
    delivre: Valeur[bool]
    declencheur: Valeur[Declencheur]
    debut: Valeur[Debut]
    fin: Valeur[Fin]
    duree: Valeur[Duree]
    renouvellement: Valeur[Renouvellement]
    droits: Valeur[Droits]


def _duree(fiche: Fiche) -> Duree:
    if fiche.flag("sans_limite", False):
        return Duree(None)
    mois = fiche.number("mois", minimum=1)
    choix = fiche.numbers("choix") if fiche.has("choix") else (mois,)
    if mois not in choix:
        fiche.fault("choix", "la durée par défaut n'est pas parmi les choix")
    return Duree(mois, choix)


def _droits(fiche: Fiche) -> Droits:
    return Droits(fiche.text("phrase"), fiche.flag("sejour"), fiche.flag("travail_imprime"), fiche.texte_keys("textes"))


def _duree_dated(fiche: Fiche, national: National) -> Dated[Duree]:
    """`duree` blocks, or `duree_reglage`: the name of the setting that holds the months."""
    if not fiche.has("duree_reglage"):
        return fiche.dated("duree", _duree)
    cle = fiche.text("duree_reglage")
    if cle not in national.regles or national.regles[cle].unite is not Unite.MOIS:
        fiche.fault("duree_reglage", f"« {cle} » n'est pas un réglage en mois de national.toml")
        return Dated(())
    months = [(b, b.valeur) for b in national.regles[cle].valeur.blocs]
    return Dated(tuple(Bloc(b.depuis, Duree(m, (m,)), b.citation, b.position) for b, m in months if type(m) is int))


def read_regimes(lecture: Lecture, national: National) -> dict[str, Regime]:
    """Reads `regimes/<code>.toml`."""
    regimes: dict[str, Regime] = {}
    for fiche in lecture.folder("regimes"):
        code = fiche.text("code")
        if PurePath(fiche.file).stem != code.lower():
            fiche.fault("code", "le fichier porte un autre nom que le code")
        regimes[code] = Regime(
            code=code,
            document=fiche.choice("document", Document),
            libelle=fiche.text("libelle"),
            public=fiche.text("public"),
            delivre=fiche.dated("delivre", lambda bloc: bloc.flag("valeur")),
            declencheur=fiche.dated("declencheur", lambda bloc: bloc.choice("valeur", Declencheur)),
            debut=fiche.dated("debut", lambda bloc: bloc.choice("valeur", Debut)),
            fin=fiche.dated("fin", lambda bloc: bloc.choice("valeur", Fin)),
            duree=_duree_dated(fiche, national),
            renouvellement=fiche.dated("renouvellement", lambda bloc: bloc.choice("valeur", Renouvellement)),
            droits=fiche.dated("droits", _droits),
        )
        fiche.close()
    return regimes
