"""A new feature is tried in some préfectures, for some titles, with exit criteria, before it is for everybody (XCT-15).

A feature that protects a right is never tried: it is for everybody from its first day. Only those of FONCTIONS may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from droit.decision import Decision, Genre, Motif, accept, refuse

OUVERTE, GENERALISEE, ARRETEE = "OUVERTE", "GENERALISEE", "ARRETEE"
FOLLOWING: Mapping[str, frozenset[str]] = {
    OUVERTE: frozenset({GENERALISEE, ARRETEE}),
    GENERALISEE: frozenset({ARRETEE}),
    ARRETEE: frozenset(),
}
TOUT = "*"


class Verdict(StrEnum):
    """What a measure says of an exit criterion on a day."""

    ATTEINT = "atteint"
    NON_ATTEINT = "non-atteint"
    PAS_ENCORE = "pas-encore"


@dataclass(frozen=True)
class Mesure:
    """How a criterion is counted: `hausse` when more is better; `unite` is written beside the figure."""

    code: str
    libelle: str
    unite: str
    hausse: bool


@dataclass(frozen=True)
class Critere:
    """What must be measured before general use: a threshold, and how many observations make it believable."""

    mesure: str
    seuil: float
    minimum: int


@dataclass(frozen=True)
class Fonction:
    """A feature that may be tried: what is lost when it is off (`perte`), never a right; where it shows (`canal`)."""

    code: str
    libelle: str
    perte: str
    criteres: tuple[Critere, ...]
    canal: str = "Le téléservice"


@dataclass(frozen=True)
class Essai:
    """Where and since when a feature is tried; préfectures and titles by code, `*` for every one."""

    prefectures: tuple[str, ...]
    titres: tuple[str, ...]
    debut: date


UTILITE, MESSAGES = "utilite", "messages"
MESURES: Mapping[str, Mesure] = {
    UTILITE: Mesure(UTILITE, "Personnes et agents qui la trouvent utile", "%", hausse=True),
    MESSAGES: Mesure(MESSAGES, "Messages des personnes pour cent demandes", "messages", hausse=False),
}
DELAI_OBSERVE, PORTEFEUILLE = "delai-observe", "portefeuille"
# Shown by the other services, each under the same code.
QUESTIONS_AVANT, PIECES_ABSENTES = "questions-avant-la-mienne", "pieces-souvent-absentes"
PERSONNES_AVANT, CE_QUI_ARRIVE = "personnes-avant-moi", "ce-qui-arrive"
FONCTIONS: Mapping[str, Fonction] = {
    DELAI_OBSERVE: Fonction(
        DELAI_OBSERVE,
        "Le délai observé pour des demandes comme la mienne",
        "Sans elle, la demande se suit de la même façon : son état, ses dates et ce qui est attendu.",
        (Critere(UTILITE, 60, 20), Critere(MESSAGES, 50, 20)),
    ),
    PORTEFEUILLE: Fonction(
        PORTEFEUILLE,
        "Mon justificatif dans un portefeuille numérique",
        "Sans elle, le justificatif est le même : un code à donner, et un papier.",
        (Critere(UTILITE, 60, 20),),
    ),
    QUESTIONS_AVANT: Fonction(
        QUESTIONS_AVANT,
        "Combien de questions passent avant la mienne",
        "Sans elle, la question se suit de la même façon, et chaque délai court de même.",
        (Critere(UTILITE, 60, 20),),
        "Le centre de contact",
    ),
    PIECES_ABSENTES: Fonction(
        PIECES_ABSENTES,
        "Les pièces qui manquent le plus souvent, dites à l’agent qui prépare le dossier",
        "Sans elle, l’agent a la même liste de pièces, et un dossier incomplet se dépose de même.",
        (Critere(UTILITE, 60, 20),),
        "Les points d’accueil",
    ),
    PERSONNES_AVANT: Fonction(
        PERSONNES_AVANT,
        "Combien de personnes attendent un rendez-vous avant moi",
        "Sans elle, le rendez-vous est donné dans le même ordre et au plus tard le même jour.",
        (Critere(UTILITE, 60, 20),),
        "Les autres façons de faire",
    ),
    CE_QUI_ARRIVE: Fonction(
        CE_QUI_ARRIVE,
        "Par quelle voie les messages arrivent à une personne, dit à l’agent",
        "Sans elle, les messages partent par les mêmes voies, et l’agent lit chaque envoi.",
        (Critere(UTILITE, 60, 20),),
        "Les messages",
    ),
}

FONCTION_INCONNUE = Motif(
    "FONCTION_INCONNUE",
    "regle-du-service",
    "Cette fonction ne peut pas être mise à l’essai.",
    "Seules celles de la liste le peuvent : une fonction qui protège un droit est pour tous dès le premier jour.",
    Genre.INVALIDE,
)
ESSAI_EN_COURS = Motif(
    "ESSAI_EN_COURS",
    "regle-du-service",
    "Cette fonction est déjà à l’essai, ou déjà générale.",
    "Arrêtez l’essai en cours, avec sa raison, avant d’en ouvrir un autre.",
    Genre.CONFLIT,
)
ESSAI_INVALIDE = Motif(
    "ESSAI_INVALIDE",
    "regle-du-service",
    "Un essai dit où, pour quels titres, qui en répond, ce qui le termine, et quand il est revu.",
    "Remplissez chaque partie. Le jour de revue est après aujourd’hui.",
    Genre.INVALIDE,
)
ESSAI_INCONNU = Motif(
    "ESSAI_INCONNU", "regle-du-service", "Cet essai n’existe pas.", "Rechargez la liste des essais.", Genre.INTROUVABLE
)
ESSAI_SANS_RAISON = Motif(
    "ESSAI_SANS_RAISON",
    "regle-du-service",
    "Un essai ne change pas sans sa raison.",
    "Écrivez pourquoi : la raison est publiée.",
    Genre.INVALIDE,
)
CRITERES_NON_ATTEINTS = Motif(
    "CRITERES_NON_ATTEINTS",
    "ddd-2024-12-11",
    "Les critères de sortie ne sont pas tous atteints : l’essai ne peut pas devenir général.",
    "Attendez les mesures, changez la fonction, ou arrêtez l’essai.",
)


def may_open(fonction: str, essai: Essai, responsable: str, revue: date, running: bool) -> Decision:
    """An experiment opens for a known feature, once at a time, with a place, an owner and a day of review."""
    if fonction not in FONCTIONS:
        return refuse(FONCTION_INCONNUE, champ="fonction")
    if running:
        return refuse(ESSAI_EN_COURS, champ="fonction")
    missing = [
        name
        for name, present in (
            ("prefectures", essai.prefectures),
            ("titres", essai.titres),
            ("responsable", responsable.strip()),
            ("revue_date", revue > essai.debut),
        )
        if not present
    ]
    return refuse(ESSAI_INVALIDE, champ=missing[0]) if missing else accept()


def verdict(critere: Critere, valeur: float | None, observations: int) -> Verdict:
    """Reached, missed, or too few observations to say."""
    if valeur is None or observations < critere.minimum:
        return Verdict.PAS_ENCORE
    better = valeur >= critere.seuil if MESURES[critere.mesure].hausse else valeur <= critere.seuil
    return Verdict.ATTEINT if better else Verdict.NON_ATTEINT


def may_become(state: str, following: str, motif: str, verdicts: Sequence[Verdict]) -> Decision:
    """General use needs every criterion reached; stopping needs only its reason."""
    if following not in FOLLOWING.get(state, frozenset()):
        return refuse(ESSAI_INCONNU)
    if not motif.strip():
        return refuse(ESSAI_SANS_RAISON, champ="motif")
    if following == GENERALISEE and any(found is not Verdict.ATTEINT for found in verdicts):
        return refuse(CRITERES_NON_ATTEINTS, champ="state")
    return accept()
