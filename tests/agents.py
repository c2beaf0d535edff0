"""The agents of the tests: one directory, one password, one way to sign in at any service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from pymongo.database import Database

from chassis import agents, clock, mongo
from chassis.settings import Settings
from tests.browser import Browser

SEED, PASSWORD = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "un mot de passe assez long"
# Login, which is the identifier too -> (roles, préfectures).
Directory = Mapping[str, tuple[list[str], list[str]]]


@cache
def _hashed() -> str:
    return agents.hash_password(PASSWORD)


def load(settings: Settings, folder: Path, directory: Directory) -> None:
    """Loads the operator's directory into a service, as `prepare` does."""
    lines = [
        f'[[agent]]\nid = "{login}"\nlogin = "{login}"\nnom = "Agent {login}"\npassword_hash = "{_hashed()}"\n'
        f'totp_seed = "{SEED}"\nroles = {roles}\nprefectures = {prefectures}\n'
        for login, (roles, prefectures) in directory.items()
    ]
    file = folder / "agents.toml"
    file.write_text("\n".join(lines))
    agents.load_directory(mongo.database(settings.service), file, settings)


def add(service: str, agent_id: str, *roles: str, prefectures: Iterable[str] = ()) -> None:
    """Writes an agent who signs in elsewhere: her session alone is read here."""
    line = {"login": agent_id, "nom": agent_id, "password_hash": "", "totp": b""}
    line |= {"roles": sorted(roles), "prefectures": sorted(prefectures)}
    mongo.database(service)["agents"].update_one({"_id": agent_id}, {"$set": line}, upsert=True)


def credentials(service: str, login: str) -> dict[str, str]:
    """What an agent types; forgets her last code, since a test may sign in twice within its half minute."""
    database: Database[dict[str, Any]] = mongo.database(service)
    database["agents"].update_one({"_id": login}, {"$unset": {"last_step": 1}})
    return {"login": login, "password": PASSWORD, "code": pyotp.TOTP(SEED).at(clock.now())}


def sign_in(browser: Browser, service: str, login: str) -> Browser:
    """Signs an agent in by the page of a service; the same browser."""
    answer = browser.post(f"/{service}/agents/connexion", credentials(service, login))
    assert answer.status_code == 303, answer.text[:500]
    return browser
