"""The JSON API of deposit: the same acts as the pages, one route each."""

from services.deposit.aidant import api as aidants
from services.deposit.bureau.api import actes, file, instruction, ruptures
from services.deposit.concertation import api as concertation
from services.deposit.engagement.api import engagements, missions, promesses
from services.deposit.espace.api import demandes, documents, situation
from services.deposit.justificatif import api as justificatifs
from services.deposit.panne import api as pannes
from services.deposit.partenaire import api as partenaires
from services.deposit.reprise import api as reprises

BLUEPRINTS = [
    # `situation` adds its route to the blueprint of the account.
    situation.api,
    demandes.api,
    documents.api,
    file.api,
    instruction.api,
    actes.api,
    aidants.api,
    pannes.api,
    partenaires.api,
    justificatifs.api,
    concertation.api,
    promesses.api,
    missions.api,
    engagements.api,
    ruptures.api,
    reprises.api,
]
