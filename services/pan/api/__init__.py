"""JSON API of pan: request → action → reply; one route for each command of the pages."""

from __future__ import annotations

from flask import Blueprint

from services.pan.api import agendas, ants, bureau, public


def blueprints() -> list[Blueprint]:
    """The public part, the desks, and the ANTS dialect."""
    return [public.api, bureau.api, ants.api, agendas.api]
