"""The agents' directory of a service: each desk signs its agents in with the other services down.

`prepare` loads one operator's file into each service; roles, préfecture scope and revocation belong to each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet
from pymongo.database import Database

from chassis import clock, typed
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


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """A login belongs to one agent."""
    db["agents"].create_index("login", unique=True)


def load_directory(db: Database[dict[str, Any]], path: Path, settings: Settings) -> int:
    """Loads the operator's file, rerunnable: passwords arrive hashed, TOTP seeds are sealed by this service's secret.

    A local revocation is kept. Returns the number of agents. Raises KeyError naming the missing key.
    """
    entries = tomllib.loads(path.read_text())["agent"]
    for entry in entries:
        db["agents"].update_one(
            {"_id": entry["id"]},
            {
                "$set": {
                    "login": entry["login"],
                    "nom": entry["nom"],
                    "password_hash": entry["password_hash"],
                    "totp": _seal(settings).encrypt(entry["totp_seed"].encode()),
                    "roles": sorted(entry["roles"]),
                    "prefectures": sorted(entry["prefectures"]),
                }
            },
            upsert=True,
        )
    return len(entries)


def find(db: Database[dict[str, Any]], agent_id: str) -> Agent | None:
    """The agent of this identifier in this service, revoked or not."""
    stored = db["agents"].find_one({"_id": agent_id})
    return _agent(stored) if stored else None


def of_session(db: Database[dict[str, Any]], claims: dict[str, Any]) -> Agent | None:
    """The agent of a verified session token, unless unknown here or revoked since the token was made."""
    agent = find(db, str(claims["sub"]))
    if agent is None:
        return None
    made = datetime.fromtimestamp(claims["iat"], UTC)
    return None if agent.revoked_time is not None and made <= agent.revoked_time else agent


def login(db: Database[dict[str, Any]], settings: Settings, login: str, password: str, code: str) -> Agent:
    """Checks login, password and code together. A code serves once.

    Whichever is wrong, the refusal is the same and takes about the same time.
    """
    stored = db["agents"].find_one({"login": login})
    right = _password_matches(stored["password_hash"] if stored else _unknown_hash(), password)
    if stored is None or not right:
        raise Refused(CONNEXION_REFUSEE)
    seed = _seal(settings).decrypt(stored["totp"]).decode()
    step = _totp_step(pyotp.TOTP(seed), code)
    if step is None:
        raise Refused(CONNEXION_REFUSEE)
    # No code serves twice, nor one older than the last that served (RFC 6238, 5.2): the write only moves forward.
    used = db["agents"].update_one(
        {"_id": stored["_id"], "$or": [{"last_step": None}, {"last_step": {"$lt": step}}]},
        {"$set": {"last_step": step}},
    )
    agent = _agent(stored)
    if used.matched_count == 0 or agent.revoked_time is not None:
        raise Refused(CONNEXION_REFUSEE)
    return agent


def revoke(db: Database[dict[str, Any]], agent_id: str) -> None:
    """Ends an agent's access to this service at once: sessions made before now stop being honoured."""
    db["agents"].update_one({"_id": agent_id}, {"$set": {"revoked_time": clock.now()}})


def hash_password(password: str) -> str:
    """An argon2id hash at the OWASP minimum, of the password as any keyboard writes it."""
    return HASHER.hash(typed.clean(password))


def password_matches(hashed: str, password: str) -> bool:
    """Whether the password is right; takes as long when there is no such agent."""
    return _password_matches(hashed or _unknown_hash(), password)


def seal_seed(settings: Settings, seed: str) -> bytes:
    """A TOTP seed as it is stored: sealed by this service's secret."""
    return _seal(settings).encrypt(seed.encode())


def totp_step(settings: Settings, sealed: bytes, code: str) -> int | None:
    """The time step at which this sealed seed gives the code, about now; None for a wrong code.

    The caller refuses repeats.
    """
    return _totp_step(pyotp.TOTP(_seal(settings).decrypt(sealed).decode()), code)


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


def _seal(settings: Settings) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"totp" + settings.secret).digest()))


def _agent(stored: dict[str, Any]) -> Agent:
    return Agent(
        id=stored["_id"],
        nom=stored["nom"],
        roles=frozenset(stored["roles"]),
        prefectures=frozenset(stored["prefectures"]),
        revoked_time=stored.get("revoked_time"),
    )
