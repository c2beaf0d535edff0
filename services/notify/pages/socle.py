"""What the pages of the desk share: their blueprint, their settings, the way back after an act."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from chassis.settings import Settings

desk = Blueprint("notify", __name__)


def settings() -> Settings:
    """The settings of this web process."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def confirm(said: str, endpoint: str, **values: Any) -> AnyResponse:
    """Says what was done, on the page to come back to."""
    flash(said, "ok")
    return make_response(redirect(url_for(endpoint, **values), 303))
