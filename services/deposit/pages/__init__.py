"""The pages of deposit: request → action → page, by noun."""

from flask import Blueprint

from services.deposit.pages import (
    agents,
    aidants,
    blocage,
    compte,
    concertations,
    depot,
    documents,
    dossier,
    envois,
    espace,
    experimentations,
    facteur,
    franceconnect,
    mandats,
    parcours,
    partenaires,
    pieces,
    preuve,
    promesses,
    public,
    rubrique,
    situation,
    suivis,
)

BLUEPRINTS: list[Blueprint] = [
    public.public,
    compte.compte,
    preuve.preuve,
    facteur.facteur,
    franceconnect.pages,
    espace.espace,
    depot.depot,
    dossier.dossier,
    documents.documents,
    aidants.pages,
    mandats.pages,
    suivis.pages,
    parcours.pages,
    *rubrique.BLUEPRINTS,
    promesses.pages,
    *partenaires.BLUEPRINTS,
    experimentations.public,
    concertations.public,
    *agents.BLUEPRINTS,
]

__all__ = ["BLUEPRINTS", "blocage", "envois", "pieces", "situation"]
