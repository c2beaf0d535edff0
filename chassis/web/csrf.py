"""Forms carry a token bound to the session: one made before a sign-in or a sign-out is refused after it.

The token lives in a signed cookie, so a form needs no store to be shown; anonymous forms have one too.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup

from chassis import clock
from chassis.settings import Settings
from chassis.web import cookies
from chassis.web.identity import AGENT_COOKIE
from chassis.web.inputs import ORIGIN
from chassis.web.sessions import COOKIE
from chassis.web.unsent import origin_field

PAGE_COOKIE = "sejour_page"


class BoundCookies(SecureCookieSessionInterface):
    """Flask's signed cookie (form token, notices), where the token of a signed-in person follows from her session."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The cookie as sent, with the form token of who is signed in, never that of whoever was before."""
        session = super().open_session(app, request)
        settings: Settings = app.config["SETTINGS"]
        named = (cookies.written_name(settings, cookie) for cookie in (COOKIE, AGENT_COOKIE))
        shown = "".join(request.cookies.get(name, "") for name in named)
        if session is not None and shown:
            # Computed, not kept: two pages opened at once cannot overwrite each other's token.
            token = hmac.new(_key(app), shown.encode(), hashlib.sha256).hexdigest()
            dict.update(session, csrf_token=token, lie=True)
        elif session is not None and session.pop("lie", None):
            session.pop("csrf_token", None)
        return session


def register(app: Flask, settings: Settings) -> CSRFProtect:
    """Protects every page; the API, where cookies count for nothing, is exempted by the caller."""
    app.secret_key = hmac.new(settings.secret, b"pages", hashlib.sha256).digest()
    app.config.update(
        SESSION_COOKIE_NAME=cookies.written_name(settings, PAGE_COOKIE),
        SESSION_COOKIE_PATH=cookies.path(settings, PAGE_COOKIE),
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form may stay open for hours beside a pile of papers: its token ends with the session, not before.
        WTF_CSRF_TIME_LIMIT=None,
        # Browsers set to hide the referrer would be refused for it.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = BoundCookies()
    app.jinja_env.globals["champs_caches"] = hidden_fields
    return CSRFProtect(app)


def hidden_fields() -> Markup:
    """What every form carries: its token, the name that makes a double click one command, and its page."""
    carried = (("csrf_token", generate_csrf()), ("request_id", clock.new_id()), (ORIGIN, origin_field()))
    return Markup("").join(Markup('<input type="hidden" name="{}" value="{}">').format(*field) for field in carried)


def name_browser() -> str:
    """Names this browser until it is closed or somebody signs out of it; nobody's name is in it."""
    generate_csrf()
    return hashlib.sha256(str(session["csrf_token"]).encode()).hexdigest()


def _key(app: Flask) -> bytes:
    key = app.secret_key
    return key if isinstance(key, bytes) else str(key).encode()
