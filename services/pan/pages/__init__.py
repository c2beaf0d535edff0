"""Pages of pan: request → action → page."""

from __future__ import annotations

from flask import Blueprint

from consigne import pages as consignes
from pilotage import pages as figures
from services.pan.pages import agendas, bureau, depots, public, visites
from services.pan.pages.blocage import guichet

__all__ = ["blueprints", "guichet"]


def blueprints() -> list[Blueprint]:
    """Public pages, desks, visits, dossiers, and the files that deposit reads."""
    return [
        public.pages,
        bureau.pages,
        agendas.pages,
        visites.pages,
        depots.pages,
        depots.uploads(),
        depots.internal(),
        figures.pages,
        consignes.pages,
    ]
