"""The JSON API of deposit: the same acts as the pages, one route each."""

from services.deposit.api import agents, comptes, demandes, documents

BLUEPRINTS = [comptes.api, demandes.api, documents.api, agents.api]
