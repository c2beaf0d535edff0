"""The pages of deposit: request → action → page, by noun."""

from flask import Blueprint

from services.deposit.pages import blocage, compte, depot, documents, dossier, envois, espace, pieces, public

BLUEPRINTS: list[Blueprint] = [
    public.public,
    compte.compte,
    espace.espace,
    depot.depot,
    dossier.dossier,
    documents.documents,
]

__all__ = ["BLUEPRINTS", "blocage", "envois", "pieces"]
