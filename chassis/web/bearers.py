"""API tokens: opaque, stored hashed, with an end and a revocation that takes effect at the next request.

Collection `jetons_api`: `_id` (hash), `subject`, `kind`, `data`, `expire_time` (TTL).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Request, current_app, g
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.database import Database

from chassis import clock, mongo
from chassis.web import sessions
from chassis.web.sessions import Accounts, Session, token_hash

SCHEME = "Bearer "
HOURS = 12
# The agents' directory of the service.
AGENTS = Accounts("agents", ("nom", "roles", "prefectures", "revoked_time", "sessions_from"))


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL on the end; by subject to revoke all of them."""
    db["jetons_api"].create_index("expire_time", expireAfterSeconds=0)
    db["jetons_api"].create_index([("kind", ASCENDING), ("subject", ASCENDING)])


def issue_bearer(
    subject: str,
    kind: str,
    *,
    hours: int = HOURS,
    data: Mapping[str, Any] | None = None,
) -> tuple[str, datetime]:
    """Makes a token for `subject`; returns it (shown once, never again) with its end."""
    token = secrets.token_urlsafe(32)
    expire = clock.now() + timedelta(hours=hours)
    _tokens().insert_one(
        {
            "_id": token_hash(token),
            "subject": subject,
            "kind": kind,
            "data": dict(data or {}),
            "expire_time": expire,
        }
    )
    return token, expire


def of_request(request: Request) -> Session | None:
    """The live token of this request, seen as a session; None without a valid one.

    Read once per request.
    """
    if "sejour_jeton" not in g:
        g.sejour_jeton = _read(request)
    found: Session | None = g.sejour_jeton
    return found


def _read(request: Request) -> Session | None:
    header = request.headers.get("Authorization", "")
    if not header.startswith(SCHEME):
        return None
    accounts: Accounts | None = current_app.config["ACCOUNTS"]
    hashed = token_hash(header.removeprefix(SCHEME).strip())
    found = sessions.read(_tokens(), hashed, AGENTS, *filter(None, [accounts]))
    if found is None or found["expire_time"] <= clock.now():
        return None
    return Session(found["kind"], found["subject"], found["data"], hashed, found["account"])


def keep(request: Request, **data: Any) -> None:
    """Keeps small values (never personal) with the token of this request; without one nothing is kept."""
    token = request.headers.get("Authorization", "").removeprefix(SCHEME).strip()
    _tokens().update_one({"_id": token_hash(token)}, {"$set": {f"data.{name}": value for name, value in data.items()}})
    g.pop("sejour_jeton", None)


def revoke(request: Request) -> bool:
    """Ends the token of this request; True when there was one."""
    header = request.headers.get("Authorization", "").removeprefix(SCHEME).strip()
    return _tokens().delete_one({"_id": token_hash(header)}).deleted_count == 1


def revoke_all(subject: str, kind: str) -> int:
    """Ends every token of a subject; returns how many."""
    return _tokens().delete_many({"kind": kind, "subject": subject}).deleted_count


def _tokens() -> Collection[dict[str, Any]]:
    return mongo.database(current_app.config["SETTINGS"].service)["jetons_api"]
