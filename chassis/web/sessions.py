"""Server-side sessions: the browser holds an opaque 256-bit name, we hold only its hash.

Collection `sessions`: `_id` (hash), `subject`, `kind`, `data`, `appareil`, `opened_time`, `used_time`, `expire_time`
(idle limit, TTL), `end_time` (absolute limit). A session is ended by deleting it, at once and on every replica.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection as Some
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Response, current_app, g, request
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.database import Database

from chassis import clock, mongo
from chassis.settings import Settings
from chassis.web import cookies, devices, observe
from chassis.web.options import WebOptions

COOKIE = "sejour_session"
# Opens the forms of this browser that could not be taken (`unsent`).
UNSENT_COOKIE = "sejour_formulaire"
# The idle limit is pushed back at most once a minute: a page full of fragments must not write at each of them.
TOUCH_EVERY = timedelta(minutes=1)
LISTED, NAME_SIGNS = 100, 16


@dataclass(frozen=True)
class Session:
    """One signed-in browser, or one API token, of `subject`."""

    kind: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)
    hash: str = ""
    # What the service keeps of its subject, read in the same command; None where there is nobody.
    account: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Accounts:
    """Where the subjects of sessions and tokens are kept, and the fields that say who they are and what they may."""

    collection: str
    fields: tuple[str, ...]

    @property
    def joined(self) -> list[dict[str, Any]]:
        """The stages that put the account of the subject beside a session or a token."""
        kept = [{"$project": dict.fromkeys(self.fields, 1)}]
        account = {"from": self.collection, "localField": "subject", "foreignField": "_id", "pipeline": kept}
        return [{"$lookup": account | {"as": self.collection}}]


def read(collection: Collection[dict[str, Any]], hashed: str, *joined: Accounts) -> dict[str, Any] | None:
    """A session or a token, with the account of its subject under `account`, None where none of `joined` has it.

    One command: what an account lost since the last request counts at this one.
    """
    stages = [stage for accounts in joined for stage in accounts.joined]
    found = next(collection.aggregate([{"$match": {"_id": hashed}}, *stages]), None)
    if found is not None:
        found["account"] = next((row for accounts in joined for row in found.pop(accounts.collection)), None)
    return found


@dataclass(frozen=True)
class Opened:
    """A session or an API token (`genre` says which collection), as its holder is shown it. Its id opens nothing."""

    id: str
    genre: str
    appareil: str
    used_time: datetime | None
    expire_time: datetime


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL on the idle limit; by subject to end all of them."""
    db["sessions"].create_index("expire_time", expireAfterSeconds=0)
    db["sessions"].create_index([("kind", ASCENDING), ("subject", ASCENDING)])


def open_session(subject: str, kind: str, response: Response, data: Mapping[str, Any] | None = None) -> Session:
    """Opens a session and sets its cookie on `response`; the one this browser had is ended (rotation at sign-in)."""
    _drop()
    token = secrets.token_urlsafe(32)
    now, options = clock.now(), _options()
    end = now + timedelta(hours=options.session_max_hours)
    session = Session(kind=kind, subject=subject, data=dict(data or {}), hash=token_hash(token))
    _sessions().insert_one(
        {
            "_id": session.hash,
            "subject": subject,
            "kind": kind,
            "data": dict(session.data),
            "appareil": devices.name_of(request.user_agent.string),
            "opened_time": now,
            "used_time": now,
            "expire_time": min(end, now + timedelta(minutes=options.session_idle_minutes)),
            "end_time": end,
        }
    )
    observe.note_sign_in("passed", kind=kind, opens="session")
    cookies.give(response, COOKIE, token, options.session_max_hours * 3600)
    g.sejour_session = session
    return session


def current_session() -> Session | None:
    """The live session of this request's browser, or None; read once per request."""
    if "sejour_session" not in g:
        token = cookies.read(COOKIE)
        g.sejour_session = _load(token_hash(token)) if token else None
    found: Session | None = g.sejour_session
    return found


def keep(**data: Any) -> None:
    """Keeps small values (never personal) in the current session; without a session nothing is kept."""
    session = current_session()
    if session is None:
        return
    _sessions().update_one({"_id": session.hash}, {"$set": {f"data.{name}": value for name, value in data.items()}})
    g.sejour_session = replace(session, data={**session.data, **data})


def end_session(response: Response) -> None:
    """Ends the session of this browser and takes its cookies back, half-written forms with them."""
    _drop()
    cookies.take_back(response, COOKIE, UNSENT_COOKIE)


def end_all(db: Database[dict[str, Any]], subject: str, *kinds: str) -> None:
    """Ends every session and API token of a subject, at once and on every replica (password changed, usurpation)."""
    for collection in ("sessions", "jetons_api"):
        db[collection].delete_many({"kind": {"$in": kinds}, "subject": subject})


def opened(db: Database[dict[str, Any]], subject: str, kind: str) -> list[Opened]:
    """The sessions and API tokens of a subject that live, the last used first."""
    hers = {"kind": kind, "subject": subject, "expire_time": {"$gt": clock.now()}}
    found = [
        Opened(each["_id"][:NAME_SIGNS], name, each.get("appareil", ""), each.get("used_time"), each["expire_time"])
        for name in ("sessions", "jetons_api")
        for each in db[name].find(hers).limit(LISTED)
    ]
    return sorted(found, key=lambda each: each.used_time or each.expire_time, reverse=True)


def end_some(db: Database[dict[str, Any]], subject: str, kind: str, ids: Some[str]) -> int:
    """Ends these sessions and API tokens of a subject; how many there were."""
    hers, ended = {"kind": kind, "subject": subject}, 0
    for name in ("sessions", "jetons_api"):
        live = [each["_id"] for each in db[name].find(hers, {"_id": 1}).limit(LISTED)]
        chosen = [each for each in live if each[:NAME_SIGNS] in ids]
        ended += db[name].delete_many({**hers, "_id": {"$in": chosen}}).deleted_count if chosen else 0
    return ended


def token_hash(token: str) -> str:
    """The hash stored instead of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def _drop() -> None:
    token = cookies.read(COOKIE)
    if token:
        _sessions().delete_one({"_id": token_hash(token)})
    g.sejour_session = None


def _load(session_hash: str) -> Session | None:
    now, idle = clock.now(), timedelta(minutes=_options().session_idle_minutes)
    accounts: Accounts | None = current_app.config["ACCOUNTS"]
    found = read(_sessions(), session_hash, *filter(None, [accounts]))
    # The TTL monitor passes once a minute: the limits are checked here too.
    if found is None or found["expire_time"] <= now or found["end_time"] <= now:
        return None
    expire: datetime = min(found["end_time"], now + idle)
    if expire - found["expire_time"] > TOUCH_EVERY:
        _sessions().update_one({"_id": session_hash}, {"$set": {"expire_time": expire, "used_time": now}})
    return Session(found["kind"], found["subject"], found["data"], session_hash, found["account"])


def _sessions() -> Collection[dict[str, Any]]:
    return mongo.database(_settings().service)["sessions"]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _options() -> WebOptions:
    options: WebOptions = current_app.config["OPTIONS"]
    return options
