"""JSON API of pan: request → action → reply; one route for each command of the pages."""

from __future__ import annotations

from flask import Blueprint

from services.pan.api import bureau, public


def blueprints() -> list[Blueprint]:
    """The public part, and the desks'."""
    return [public.api, bureau.api]
