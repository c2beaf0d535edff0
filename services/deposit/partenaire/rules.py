"""A partner that refuses a valid document: what may be recorded, and how an agent follows it up (XCT-13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from droit.decision import Decision, Genre, Motif, accept, refuse

OUVERT, EN_COURS, RECONNU, MAINTENU = "OUVERT", "EN_COURS", "RECONNU", "MAINTENU"

# State -> the states that an agent may give it next.
FOLLOWING: Mapping[str, frozenset[str]] = {
    OUVERT: frozenset({EN_COURS, RECONNU, MAINTENU}),
    EN_COURS: frozenset({EN_COURS, RECONNU, MAINTENU}),
    MAINTENU: frozenset({EN_COURS, RECONNU}),
    RECONNU: frozenset({EN_COURS}),
}
PHRASES: Mapping[str, str] = {
    OUVERT: "Le refus est enregistré. Un agent de la préfecture va écrire à l’organisme.",
    EN_COURS: "Un agent s’en occupe avec l’organisme.",
    RECONNU: "L’organisme accepte maintenant le document.",
    MAINTENU: "L’organisme refuse toujours. Vous pouvez contester : la note et ce suivi servent de preuve.",
}
# Kind of partner -> the urgency that its refusal makes (DEP-60).
URGENCES: Mapping[str, str] = {
    "caf": "prestations",
    "cpam": "sante",
    "france-travail": "travail",
    "bailleur": "logement",
    "banque": "prestations",
    "employeur": "travail",
    "action-sociale": "prestations",
}

PARTENAIRE_INCONNU = Motif(
    "PARTENAIRE_INCONNU",
    "regle-du-service",
    "Ce genre d’organisme n’est pas dans la liste.",
    "Choisissez le plus proche, et écrivez le nom exact de l’organisme à côté.",
    Genre.INTROUVABLE,
)
REFUS_INCONNU = Motif(
    "REFUS_INCONNU",
    "regle-du-service",
    "Ce refus n’est pas enregistré ici.",
    "Ouvrez vos documents : les refus signalés y sont écrits.",
    Genre.INTROUVABLE,
)
REFUS_JOUR_FUTUR = Motif(
    "REFUS_JOUR_FUTUR",
    "regle-du-service",
    "Le jour du refus est dans le futur, ou avant le document.",
    "Écrivez le jour où l’organisme a refusé.",
    Genre.INVALIDE,
)
DOCUMENT_SANS_DROIT = Motif(
    "DOCUMENT_SANS_DROIT",
    "regle-du-service",
    "Ce document prouve une date, pas un droit : un organisme peut en demander un autre.",
    "Montrez votre attestation de prolongation ou de décision favorable. Sans elle, dites ce qui vous bloque.",
    Genre.PRECONDITION,
)
SUITE_IMPOSSIBLE = Motif(
    "SUITE_IMPOSSIBLE",
    "regle-du-service",
    "Ce refus ne peut pas passer à cet état.",
    "Rechargez la page : un autre agent l’a peut-être déjà changé.",
    Genre.CONFLIT,
)
SUITE_SANS_TEXTE = Motif(
    "SUITE_SANS_TEXTE",
    "regle-du-service",
    "Une suite dit toujours ce qui a été fait.",
    "Écrivez à qui vous avez parlé, et ce qui a été répondu.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Presente:
    """The document that was shown: whether it proves a right, and its first day."""

    prouve: bool
    debut: date


def may_report(document: Presente, refus: date, today: date) -> Decision:
    """A refusal is recorded for a document that proves a right, on a day when it existed."""
    if not document.prouve:
        return refuse(DOCUMENT_SANS_DROIT, champ="numero")
    if not document.debut <= refus <= today:
        return refuse(REFUS_JOUR_FUTUR, champ="refus_date")
    return accept()


def may_follow(state: str, following: str, texte: str) -> Decision:
    """An agent gives the next state with words that the person can read."""
    if following not in FOLLOWING.get(state, frozenset()):
        return refuse(SUITE_IMPOSSIBLE, champ="state")
    return accept() if texte.strip() else refuse(SUITE_SANS_TEXTE, champ="texte")
