"""Which desks get the bulletins of known faults, and who may add their mailboxes (NOT-10, XCT-17)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse

CENTRE, PREFECTURE, PAN = "CCC", "PREFECTURE", "PAN"
CIBLES = (CENTRE, PREFECTURE, PAN)
PREVU, PARU = "PREVU", "PARU"
ANOMALIES, CAMPAGNE = "ANOMALIES", "CAMPAGNE"
GENRES = (ANOMALIES, CAMPAGNE)
A_FAIRE, EN_COURS = "A_FAIRE", "EN_COURS"

# Desk -> the roles that may write its mailbox down; those of the whole country may for all.
MAY: Mapping[str, frozenset[str]] = {
    CENTRE: frozenset({"ccc_superviseur"}),
    PREFECTURE: frozenset({"ccc_superviseur", "prefecture", "superviseur"}),
    PAN: frozenset({"ccc_superviseur", "pan", "pan_forme"}),
}
NATIONAL = frozenset({"bureau_national", "ccc_superviseur"})

ABONNEMENT_NON_PERMIS = Motif(
    "ABONNEMENT_NON_PERMIS",
    "regle-du-service",
    "Vous ne pouvez pas inscrire cette boîte aux lettres.",
    "Demandez à un agent de ce bureau, ou au centre de contact.",
    Genre.INTERDIT,
)
PREFECTURE_A_DIRE = Motif(
    "PREFECTURE_A_DIRE",
    "regle-du-service",
    "Dites de quelle préfecture est cette boîte aux lettres.",
    "Choisissez la préfecture dans la liste.",
    Genre.INVALIDE,
)
BOITE_INCONNUE = Motif(
    "BOITE_INCONNUE",
    "regle-du-service",
    "Cette boîte aux lettres n’est pas inscrite.",
    "Inscrivez-la.",
    Genre.INTROUVABLE,
)


def may_subscribe(cible: str, prefecture: str, roles: Collection[str], scope: Collection[str]) -> Decision:
    """A desk may add its own mailbox, the national desks any."""
    if not NATIONAL.isdisjoint(roles):
        allowed = True
    else:
        allowed = not MAY[cible].isdisjoint(roles) and ("*" in scope or prefecture in scope)
    if not allowed:
        return refuse(ABONNEMENT_NON_PERMIS)
    if cible != CENTRE and not prefecture:
        return refuse(PREFECTURE_A_DIRE, champ="prefecture")
    return accept()
