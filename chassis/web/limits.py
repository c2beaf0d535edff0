"""Limits in constant time: a window counted in this process for traffic, one counter in MongoDB for sign-in.

Traffic is limited to protect a replica, so each replica counts for itself and asks nobody: the limit cannot fail.
Sign-in is limited to protect an account, so all replicas share one count: one `$inc` by identifier, never a COUNT.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter
from pymongo import ReturnDocument
from pymongo.database import Database

from chassis import clock, mongo
from chassis.web import refusals
from chassis.web.options import WebOptions
from droit.decision import Refused

WINDOW = timedelta(minutes=15)


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL index: a window that is over is forgotten, with the address that it counted."""
    db["limites"].create_index("expire_time", expireAfterSeconds=0)


def register(app: Flask, options: WebOptions) -> None:
    """The wide limit per address, and a narrower one for what people without a session may send."""
    limiter = Limiter(
        caller_address,
        app=app,
        application_limits=[f"{options.requests_per_minute_per_ip} per minute"],
        default_limits=[f"{options.forms_per_minute_per_ip} per minute"],
        default_limits_exempt_when=_harmless,
        storage_uri="memory://",
        strategy="fixed-window",
    )
    limiter.request_filter(_is_static)


def caller_address() -> str:
    """The address seen by the front when it is ours, else the peer's."""
    return request.remote_addr or "inconnue"


def count_sign_in(login: str) -> None:
    """Counts one attempt for this login and this address; raises Refused(TROP_DE_DEMANDES) beyond the limits.

    Called before the password is checked, and for unknown logins too: the answer tells nothing about who exists.
    """
    _count_all("ip", "login", (login,))


def count_attempts(kind: str, names: Sequence[str]) -> None:
    """Counts one attempt for each of these names and all of them for this address, as for sign-in; before any answer.

    Raises Refused(TROP_DE_DEMANDES) beyond the limits: a secret of a few letters is not found by trying.
    """
    _count_all(f"{kind} ip", kind, names)


def _count_all(ip_kind: str, kind: str, names: Sequence[str]) -> None:
    options: WebOptions = current_app.config["OPTIONS"]
    by_ip = _count(ip_kind, caller_address(), len(names))
    most = max((_count(kind, name.strip().casefold()) for name in names), default=0)
    if by_ip > options.sign_in_per_quarter_per_ip or most > options.sign_in_per_quarter_per_login:
        raise Refused(refusals.TROP_DE_DEMANDES)


def forget_sign_in(login: str) -> None:
    """A right password clears the count of its login."""
    mongo.database(current_app.config["SETTINGS"].service)["limites"].delete_one(
        {"_id": _name("login", login.strip().casefold())}
    )


def _count(kind: str, value: str, times: int = 1) -> int:
    counted: Any = mongo.database(current_app.config["SETTINGS"].service)["limites"].find_one_and_update(
        {"_id": _name(kind, value)},
        {"$inc": {"count": times}, "$setOnInsert": {"expire_time": clock.now() + 2 * WINDOW}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return int(counted["count"])


def _name(kind: str, value: str) -> str:
    window = int(clock.now().timestamp() // WINDOW.total_seconds())
    return hashlib.sha256(f"{kind}\n{value}\n{window}".encode()).hexdigest()


def _is_static() -> bool:
    return request.endpoint == "static"


def _harmless() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")
