"""The agents' directory of a service: each desk signs its agents in with the other services down.

`prepare` loads one operator's file into each service; what changes later is in `chassis/directory.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import mongoengine as me
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pymongo.database import Database

from chassis import clock, sealed, typed
from chassis.mongo import AGGREGATE_INDEXES, Aggregate, DayField
from chassis.settings import Settings
from droit.decision import Genre, Motif, Refused

# OWASP's minimum for argon2id: the library's own default costs eight times the CPU of everything else in a login.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

CONNEXION_REFUSEE = Motif(
    "CONNEXION_REFUSEE",
    "regle-du-service",
    "L’identifiant, le mot de passe ou le code n’est pas le bon.",
    "Vérifiez les trois, puis recommencez. Après plusieurs essais, attendez quelques minutes.",
    Genre.NON_AUTHENTIFIE,
)


@dataclass(frozen=True)
class Agent:
    """An agent as this service knows her: one subject id everywhere, roles and préfectures of this service."""

    id: str
    nom: str
    roles: frozenset[str]
    prefectures: frozenset[str]
    revoked_time: datetime | None = None
    # Sessions opened before are over: she came back, or has another second factor.
    sessions_from: datetime | None = None
    # The day of her training in law of stay; None while nobody recorded it (PAN-15).
    formation_date: date | None = None


class AgentDocument(Aggregate):
    """An agent of the directory: what she signs in with, what she may do, and the facts of both."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    login = me.StringField(required=True)
    nom = me.StringField(default="")
    password_hash = me.StringField(default="")
    totp = me.BinaryField(default=b"")
    last_step = me.LongField()
    roles = me.ListField(me.StringField())
    prefectures = me.ListField(me.StringField())
    revoked_time = me.DateTimeField()
    sessions_from = me.DateTimeField()
    formation_date = DayField()
    # The last change that took effect here, wherever it was made.
    changed_time = me.DateTimeField()
    # What another service sealed for this one, until somebody signs in.
    sealed_access = me.StringField(default="")
    # The mark of her lines in the operator's file, empty when she was enrolled otherwise; whether she left the file.
    file_mark = me.StringField(default="")
    left_file = me.BooleanField(default=False)


class AgentOfDeposit(AgentDocument):
    """An agent in the directory of deposit."""

    meta: ClassVar[dict[str, Any]] = {"collection": "agents", "db_alias": "deposit"}


class AgentOfCcc(AgentDocument):
    """An agent in the directory of ccc."""

    meta: ClassVar[dict[str, Any]] = {"collection": "agents", "db_alias": "ccc"}


class AgentOfPan(AgentDocument):
    """An agent in the directory of pan."""

    meta: ClassVar[dict[str, Any]] = {"collection": "agents", "db_alias": "pan"}


class AgentOfSubstitution(AgentDocument):
    """An agent in the directory of substitution."""

    meta: ClassVar[dict[str, Any]] = {"collection": "agents", "db_alias": "substitution"}


class AgentOfNotify(AgentDocument):
    """An agent in the directory of notify."""

    meta: ClassVar[dict[str, Any]] = {"collection": "agents", "db_alias": "notify"}


AGENTS: Mapping[str, type[AgentDocument]] = {
    "deposit": AgentOfDeposit,
    "ccc": AgentOfCcc,
    "pan": AgentOfPan,
    "substitution": AgentOfSubstitution,
    "notify": AgentOfNotify,
}


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """A login belongs to one agent; the rest finds the agents of a préfecture, who left the file, and what waits to be
    unsealed.
    """
    db["agents"].create_index("login", unique=True)
    db["agents"].create_index("prefectures")
    db["agents"].create_index("file_mark")
    db["agents"].create_index("sealed_access", partialFilterExpression={"sealed_access": {"$gt": ""}})
    for index in AGGREGATE_INDEXES:
        db["agents"].create_index(index["keys"], **{name: index[name] for name in index if name != "keys"})


def load_directory(db: Database[dict[str, Any]], path: Path, settings: Settings) -> int:
    """Loads the operator's file, rerunnable: passwords arrive hashed, TOTP seeds are sealed by this service's secret.

    Lines that did not change since the last load undo nothing that was changed by page or command. Who left the file
    loses access, and has it again when she is back in it; a revocation by hand is kept. Returns the number of agents.
    Raises KeyError naming the missing key.
    """
    entries = tomllib.loads(path.read_text())["agent"]
    for entry in entries:
        _load(db, entry, settings)
    gone = {"file_mark": {"$gt": ""}, "_id": {"$nin": [entry["id"] for entry in entries]}, "revoked_time": None}
    db["agents"].update_many(gone, {"$set": {"revoked_time": clock.now(), "left_file": True}, "$inc": {"version": 1}})
    return len(entries)


def _load(db: Database[dict[str, Any]], entry: dict[str, Any], settings: Settings) -> None:
    # With the secret of the service: another one makes the seeds be sealed anew.
    mark = hmac.new(_seed_key(settings), json.dumps(entry, sort_keys=True).encode(), hashlib.sha256).hexdigest()
    known = db["agents"].find_one({"_id": entry["id"]}, {"file_mark": 1, "left_file": 1})
    if known and known.get("file_mark") == mark and not known.get("left_file"):
        return
    values: dict[str, Any] = {
        "login": entry["login"],
        "nom": entry["nom"],
        "password_hash": entry["password_hash"],
        "totp": seal_seed(settings, entry["totp_seed"]),
        "roles": sorted(entry["roles"]),
        "prefectures": sorted(entry["prefectures"]),
        "file_mark": mark,
        "left_file": False,
    }
    if "formation_date" in entry:
        values["formation_date"] = date.fromisoformat(entry["formation_date"]).isoformat()
    if known:
        values["changed_time"] = clock.now()
    if known and known.get("left_file"):
        values |= {"revoked_time": None, "sessions_from": clock.now()}
    put(db, entry["id"], values)


def put(db: Database[dict[str, Any]], agent_id: str, values: dict[str, Any]) -> None:
    """Writes these values of an agent, who may be new here, whatever else her document holds."""
    new = {"parcours_id": agent_id, "last_hash": "", "outbox": [], "request_ids": []}
    db["agents"].update_one(
        {"_id": agent_id}, {"$set": values, "$setOnInsert": new, "$inc": {"version": 1}}, upsert=True
    )


def find(db: Database[dict[str, Any]], agent_id: str) -> Agent | None:
    """The agent of this identifier in this service, revoked or not."""
    stored = db["agents"].find_one({"_id": agent_id})
    return agent_of(stored) if stored else None


def of_session(db: Database[dict[str, Any]], claims: dict[str, Any]) -> Agent | None:
    """The agent of a verified session token, unless unknown here, revoked, or back since the token was made."""
    agent = find(db, str(claims["sub"]))
    if agent is None or agent.revoked_time is not None:
        return None
    made = datetime.fromtimestamp(claims["iat"], UTC)
    # A token counts in whole seconds; the sessions that were open then are ended one by one too.
    over = agent.sessions_from is not None and made < agent.sessions_from.replace(microsecond=0)
    return None if over else agent


def check(stored: AgentDocument | None, settings: Settings, password: str, code: str) -> int:
    """The time step of the code, once password and code are right and serve for the first time here.

    Whichever is wrong, the refusal is the same and takes about the same time. Raises Refused(CONNEXION_REFUSEE).
    """
    right = _password_matches(stored.password_hash if stored and stored.password_hash else _unknown_hash(), password)
    if stored is None or not right:
        raise Refused(CONNEXION_REFUSEE)
    step = totp_step(settings, stored.totp, code) if stored.totp else None
    # No code serves twice, nor one older than the last that served (RFC 6238, 5.2).
    if step is None or step <= (stored.last_step or 0) or stored.revoked_time is not None:
        raise Refused(CONNEXION_REFUSEE)
    return step


def hash_password(password: str) -> str:
    """An argon2id hash at the OWASP minimum, of the password as any keyboard writes it."""
    return HASHER.hash(typed.clean(password))


def password_matches(hashed: str, password: str) -> bool:
    """Whether the password is right; takes as long when there is no such agent."""
    return _password_matches(hashed or _unknown_hash(), password)


def seal_seed(settings: Settings, seed: str) -> bytes:
    """A TOTP seed as it is stored: sealed by this service's secret."""
    return sealed.lock(_seed_key(settings), seed.encode())


def unseal_seed(settings: Settings, kept: bytes) -> str:
    """The TOTP seed that this service keeps sealed."""
    return sealed.unlock(_seed_key(settings), kept).decode()


def totp_step(settings: Settings, kept: bytes, code: str) -> int | None:
    """The time step at which this sealed seed gives the code, about now; None for a wrong code.

    The caller refuses repeats.
    """
    return _totp_step(pyotp.TOTP(unseal_seed(settings, kept)), code)


def _totp_step(totp: pyotp.TOTP, code: str) -> int | None:
    """The time step (30 s each, since 1970) that gives this code: now, the one before or the one after; else None."""
    now = clock.now()
    steps = [totp.timecode(now) + offset for offset in (-1, 0, 1)]
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())), None)


@lru_cache(maxsize=1)
def _unknown_hash() -> str:
    return HASHER.hash("nobody has this password")


def _password_matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, typed.clean(password))
    except (VerificationError, InvalidHashError, ValueError):
        return False


def _seed_key(settings: Settings) -> bytes:
    return hmac.new(settings.secret, b"totp", hashlib.sha256).digest()


def agent_of(stored: Mapping[str, Any]) -> Agent:
    """The agent of a stored document."""
    return Agent(
        id=stored["_id"],
        nom=stored["nom"],
        roles=frozenset(stored["roles"]),
        prefectures=frozenset(stored["prefectures"]),
        revoked_time=stored.get("revoked_time"),
        sessions_from=stored.get("sessions_from"),
        formation_date=date.fromisoformat(day) if (day := stored.get("formation_date")) else None,
    )
