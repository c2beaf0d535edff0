"""Each cookie of ours is given, read and taken back here: out of the reach of scripts and of other sites.

Over HTTPS its name begins with `__Host-`: a browser then takes it from this very host alone, and sends it nowhere else.
Such a name serves the whole host, so that a cookie of one service says which; in development its path does.
"""

from __future__ import annotations

from flask import Response, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from chassis.settings import Settings

PREFIX = "__Host-"
# One sign-on of agents and one language for the five services.
SHARED = frozenset({"sejour_agent", "sejour_agent_actif", "sejour_langue"})


def written_name(settings: Settings, cookie: str) -> str:
    """The name under which browsers keep it."""
    if not settings.secure:
        return cookie
    return PREFIX + (cookie if cookie in SHARED else f"{cookie}-{settings.service}")


def path(settings: Settings, cookie: str) -> str:
    """The part of the host to which browsers send it."""
    return "/" if settings.secure or cookie in SHARED else f"/{settings.service}"


def read(cookie: str) -> str:
    """Its value in this request, empty without it."""
    return request.cookies.get(written_name(_settings(), cookie), "")


def give(response: AnyResponse, cookie: str, value: str, max_age: int | None = None) -> None:
    """Sets it; until the browser is closed where no age is said."""
    settings = _settings()
    response.set_cookie(
        written_name(settings, cookie),
        value,
        max_age=max_age,
        path=path(settings, cookie),
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
    )


def take_back(response: Response, *cookies: str) -> None:
    """Tells the browser to forget them, and whatever it kept of the pages: the next person at it finds nothing."""
    for cookie in cookies:
        give(response, cookie, "", max_age=0)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
