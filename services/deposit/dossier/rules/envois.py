"""What a person sends of a filed demande: her receipt names it, an agent reads it, and both views count it (DEP-29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# How both views count what was sent.
DEPOTS, PIECES, CHANGEMENTS = "depots", "pieces", "changements"


@dataclass(frozen=True)
class Envoi:
    """One kind of sending: how it is counted, how the receipt calls it, why the queue holds the dossier."""

    compte: str
    nom: str
    raison: str


DEPOT = "DEPOT"
PIECES_RECUES = "PIECES_RECUES"
RECTIFICATION = "RECTIFICATION"
CONTESTATION = "CONTESTATION"
URGENCE = "URGENCE_SIGNALEE"
RENOUVELLEMENT = "RENOUVELLEMENT_DEMANDE"
# A message has a thread of its own: it is read there, and counted in both views.
MESSAGE = "MESSAGE"

# The code is the `objet` of the fact; a filing and pieces have a fact of their own.
ENVOIS: Mapping[str, Envoi] = {
    DEPOT: Envoi(DEPOTS, "Votre demande", ""),
    PIECES_RECUES: Envoi(PIECES, "Vos pièces", "Des pièces sont arrivées"),
    RECTIFICATION: Envoi(CHANGEMENTS, "Vos réponses corrigées", "La personne a corrigé sa demande"),
    MESSAGE: Envoi(CHANGEMENTS, "Votre message", "La personne a écrit"),
    CONTESTATION: Envoi(CHANGEMENTS, "Votre contestation", "La personne conteste une correction"),
    URGENCE: Envoi(CHANGEMENTS, "L’urgence signalée", ""),
    RENOUVELLEMENT: Envoi(CHANGEMENTS, "Votre demande de renouvellement de l’attestation", ""),
    "CHANGEMENT_ADRESSE": Envoi(
        CHANGEMENTS, "Votre changement d’adresse ou de téléphone", "La personne dit un changement d’adresse"
    ),
    "CHANGEMENT_ETAT_CIVIL": Envoi(
        CHANGEMENTS, "Votre changement d’état civil", "La personne dit un changement d’état civil"
    ),
    "CHANGEMENT_SITUATION_MATRIMONIALE": Envoi(
        CHANGEMENTS, "Votre changement de situation", "La personne dit un changement de situation de famille"
    ),
}


def gap(theirs: Mapping[str, int], ours: Mapping[str, int]) -> int:
    """How many sendings one view holds and the other does not: kind by kind, so that none makes up for another."""
    return sum(abs(theirs.get(kind, 0) - ours.get(kind, 0)) for kind in theirs.keys() | ours.keys())
