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
    preuve,
    public,
    situation,
)

BLUEPRINTS: list[Blueprint] = [
    public.public,
    compte.compte,
    preuve.preuve,
    espace.espace,
    depot.depot,
    dossier.dossier,
    documents.documents,
    aidants.pages,
    mandats.pages,
    *agents.BLUEPRINTS,
]

__all__ = ["BLUEPRINTS", "blocage", "envois", "pieces", "situation"]
