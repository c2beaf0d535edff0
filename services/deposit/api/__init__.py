"""The JSON API of deposit: the same acts as the pages, one route each."""

from services.deposit.api import (
    agents,
    aidants,
    comptes,
    concertation,
    demandes,
    documents,
    engagements,
    instruction,
    pannes,
    partenaires,
    promesses,
    reprises,
    ruptures,
)

BLUEPRINTS = [
    comptes.api,
    demandes.api,
    documents.api,
    agents.api,
    instruction.api,
    aidants.api,
    pannes.api,
    partenaires.api,
    concertation.api,
    promesses.api,
    engagements.api,
    ruptures.api,
    reprises.api,
]
