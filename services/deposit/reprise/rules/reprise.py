"""Taking records over from an older application: what is wrong with one, and which system wins where both changed it.

Both systems run together for a while (DEP-28). A value is compared with the one taken over last: changed on one side
only, that side wins; changed on both, what was done here stays and the report says so. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from droit.decision import Decision, Motif, accept, refuse
from services.deposit.dossier.rules import etats

TRANSITION_FINIE = Motif(
    "TRANSITION_FINIE",
    "regle-du-service",
    "Les deux systèmes ne tournent plus ensemble : rien n’est plus repris de l’ancien fichier.",
    "Le réglage daté P-REPRISE dit depuis quel jour. Ce qui a changé depuis s’écrit ici, par un agent.",
)


class Resultat(StrEnum):
    """What became of one line of a file."""

    CREE = "CREE"
    MIS_A_JOUR = "MIS_A_JOUR"
    INCHANGE = "INCHANGE"
    CONFLIT = "CONFLIT"
    A_VERIFIER = "A_VERIFIER"
    REFUSE = "REFUSE"


class Constat(StrEnum):
    """What a line shows that somebody should look at; none of them bars anybody from filing (DEP-27)."""

    LIGNE_ILLISIBLE = "LIGNE_ILLISIBLE"
    LIGNE_TROP_LONGUE = "LIGNE_TROP_LONGUE"
    CHAMP_REFUSE = "CHAMP_REFUSE"
    DOSSIER_REPETE = "DOSSIER_REPETE"
    PERSONNE_EN_DOUBLE = "PERSONNE_EN_DOUBLE"
    NUMERO_PARTAGE = "NUMERO_PARTAGE"
    DEMANDE_NON_CLOSE = "DEMANDE_NON_CLOSE"
    REMISE_ABSENTE = "REMISE_ABSENTE"
    DATES_INCOHERENTES = "DATES_INCOHERENTES"
    TITRE_INCONNU = "TITRE_INCONNU"
    PREFECTURE_INCONNUE = "PREFECTURE_INCONNUE"
    COURRIEL_PARTAGE = "COURRIEL_PARTAGE"
    TITRES_TROP_NOMBREUX = "TITRES_TROP_NOMBREUX"
    DEPOSEE_ICI_AUSSI = "DEPOSEE_ICI_AUSSI"
    CHANGE_DES_DEUX_COTES = "CHANGE_DES_DEUX_COTES"
    DECISION_A_SAISIR = "DECISION_A_SAISIR"
    PLUS_ANCIEN = "PLUS_ANCIEN"


EN_COURS, FAVORABLE, REMIS, DEFAVORABLE, CLOS = "EN_COURS", "FAVORABLE", "REMIS", "DEFAVORABLE", "CLOS"

# What a record should hold; completeness is the share of these that it does.
ATTENDUS = (
    "numero_etranger",
    "nationalite",
    "adresse",
    "moyen_de_contact",
    "prefecture",
    "titre",
    "titre.debut_date",
    "titre.remise_date",
)


@dataclass(frozen=True)
class TitreVu:
    """A title of a record."""

    numero: str
    titre_code: str
    debut: date | None
    fin: date
    remise: date | None = None


@dataclass(frozen=True)
class DemandeVue:
    """A demande of a record."""

    numero: str
    titre_code: str
    depot: date
    etat: str
    decision: date | None = None


@dataclass(frozen=True)
class Choix:
    """Which value stands after a comparison. `conflit`: both sides changed it."""

    valeur: Any
    ecrire: bool = False
    conflit: bool = False


def merge(base: Any, ici: Any, source: Any, *, premiere: bool) -> Choix:
    """The value that stands. `base` is what was taken over last (meaningless the first time: `premiere`).

    What was done here since is never written over: changed on both sides, `ici` stays and it is a conflict.
    """
    if source == ici or source in ("", None, []):
        return Choix(ici)
    if premiere:
        return Choix(source, ecrire=True) if ici in ("", None, []) else Choix(ici, conflit=True)
    if source == base:
        return Choix(ici)
    return Choix(source, ecrire=True) if ici == base else Choix(ici, conflit=True)


def is_answered(demande: DemandeVue, titres: Iterable[TitreVu]) -> bool:
    """A title of the same kind began after it was filed."""
    return any(
        titre.titre_code == demande.titre_code and titre.debut is not None and titre.debut >= demande.depot
        for titre in titres
    )


def is_ghost(demande: DemandeVue, titres: Iterable[TitreVu]) -> bool:
    """Open on paper only: it was answered, and nobody closed it (CASE-09)."""
    return demande.etat == EN_COURS and is_answered(demande, titres)


def may_take_over(*, ensemble: bool) -> Decision:
    """Records are taken over while both systems run together, by the dated setting P-REPRISE."""
    return accept() if ensemble else refuse(TRANSITION_FINIE)


@dataclass(frozen=True)
class Suite:
    """What a demande taken over becomes here. `state` empty: nothing changes; `constat` is told either way."""

    state: str = ""
    constat: Constat | None = None


def next_state(etat: str, etat_avant: str, state: str, state_avant: str, *, fantome: bool) -> Suite:
    """What the other system's news make of a demande taken over earlier.

    `etat_avant` and `state_avant` are what the other system said and what stood here when it was taken over last.
    A refusal and a closing are never written by a machine: both need their reason and the ways of recourse (DEP-39).
    """
    if etat == etat_avant:
        return Suite()
    if state != state_avant:
        return Suite(constat=None if _same(etat, state) else Constat.CHANGE_DES_DEUX_COTES)
    if state not in etats.EN_INSTRUCTION:
        return Suite(etats.REMISE) if (state, etat) == (etats.FAVORABLE, REMIS) else Suite()
    if fantome:
        return Suite(etats.CLOSE)
    if etat in (DEFAVORABLE, CLOS):
        return Suite(constat=Constat.DECISION_A_SAISIR)
    return Suite({FAVORABLE: etats.FAVORABLE, REMIS: etats.REMISE}.get(etat, ""))


def _same(etat: str, state: str) -> bool:
    """Whether the two systems say the same thing in their own words."""
    said = {
        EN_COURS: etats.EN_INSTRUCTION,
        FAVORABLE: (etats.FAVORABLE, etats.TITRE_PRET),
        REMIS: (etats.REMISE, etats.CLOSE),
        DEFAVORABLE: (etats.DEFAVORABLE,),
        CLOS: (etats.CLOSE, etats.ANNULEE),
    }
    return state in said[etat]


def missing(tenu: Mapping[str, bool]) -> tuple[str, ...]:
    """Names of what a record should hold and does not."""
    return tuple(nom for nom in ATTENDUS if not tenu.get(nom, False))


def completeness(manques: Sequence[str]) -> int:
    """The share of what is expected that a record holds, in percent."""
    return round(100 * (len(ATTENDUS) - len(manques)) / len(ATTENDUS))


def wrong_dates(titres: Iterable[TitreVu], demandes: Iterable[DemandeVue]) -> tuple[str, ...]:
    """Numbers of the titles and demandes whose days contradict each other."""
    return tuple(
        [t.numero for t in titres if (t.debut and t.fin < t.debut) or (t.remise and t.debut and t.remise < t.debut)]
        + [d.numero for d in demandes if d.decision and d.decision < d.depot]
    )
