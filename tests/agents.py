"""The agents of the tests: one directory, one password, one way to sign in at any service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from pymongo.database import Database
from werkzeug.test import TestResponse

from chassis import agents, clock, mongo
from chassis.settings import Settings
from chassis.web import bearers
from chassis.web.who import AGENT
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
        + ('formation_date = "2026-09-14"\n' if "pan_forme" in roles else "")
        for login, (roles, prefectures) in directory.items()
    ]
    file = folder / "agents.toml"
    file.write_text("\n".join(lines))
    agents.load_directory(mongo.database(settings.service), file, settings)


def add(service: str, agent_id: str, *roles: str, prefectures: Iterable[str] = ()) -> None:
    """Writes an agent who signs in elsewhere: her session alone is read here."""
    line = {"login": agent_id, "nom": agent_id, "password_hash": "", "totp": b""}
    line |= {"roles": sorted(roles), "prefectures": sorted(prefectures)}
    agents.put(mongo.database(service), agent_id, line)


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


class Program:
    """A program that acts by the JSON API, with the token of an agent or without; each command has a key of its own."""

    def __init__(self, app: Flask, service: str, login: str = "") -> None:
        self.client = app.test_client()
        self.root = f"/{service}/api/v1"
        self.headers: dict[str, str] = {}
        if login:
            with app.app_context():
                self.headers = {"Authorization": f"Bearer {bearers.issue_bearer(login, AGENT)[0]}"}

    def post(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> TestResponse:
        """A command; the same key twice is the same command."""
        headers = self.headers | {"Idempotency-Key": key or clock.new_id()}
        return self.client.post(self.root + path, json=body, headers=headers)

    def post_twice(self, path: str, body: dict[str, Any] | None = None) -> TestResponse:
        """A command that is sent again because its answer was lost: the second answer is the first one."""
        key = clock.new_id()
        first, second = (self.post(path, body, key) for _ in range(2))
        assert (second.status_code, second.json) == (first.status_code, first.json)
        assert second.headers["Idempotency-Replayed"] == "true"
        return first
