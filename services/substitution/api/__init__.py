"""JSON API of substitution: request → action → reply; one route per command, as on the pages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from services.substitution.api import bureau, public


def blueprints() -> Sequence[Blueprint]:
    """What is served at `/substitution/api/v1`."""
    return (public.api, bureau.api)
