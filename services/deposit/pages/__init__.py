"""The pages of deposit: request → action → page, by noun."""

from flask import Blueprint

from services.deposit.pages import (
    agents,
    aidants,
    blocage,
    compte,
    depot,
    documents,
    dossier,
    envois,
    espace,
    mandats,
    pieces,
    public,
    situation,
)

BLUEPRINTS: list[Blueprint] = [
    public.public,
    compte.compte,
    espace.espace,
    depot.depot,
    dossier.dossier,
    documents.documents,
    aidants.pages,
    mandats.pages,
    *agents.BLUEPRINTS,
]

__all__ = ["BLUEPRINTS", "blocage", "envois", "pieces", "situation"]
