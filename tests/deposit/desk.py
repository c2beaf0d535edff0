"""A browser at the desk of deposit: signed in, filling in the forms of the pages as they are served."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis import mongo, tokens
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, Personne

_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass
class Browser:
    """One browser, with its own cookies."""

    deposit: Deposit
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """A page."""
        return self.client.get(f"/deposit{path}")

    def text(self, path: str) -> str:
        """The words of a page that opens."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return html.unescape(answer.text)

    def fields(self, page: TestResponse) -> list[tuple[str, str]]:
        """The hidden fields of the last form that a page holds: token, identifier, what a preview keeps."""
        found = [(name, html.unescape(value)) for name, value in _FIELD.findall(page.text)]
        starts = [place for place, (name, _) in enumerate(found) if name == "csrf_token"]
        return found[starts[-1] :] if starts else []

    def post(self, path: str, page: str = "", **fields: Any) -> TestResponse:
        """Fills in the form of `page` (the same path by default) and sends it to `path`."""
        served = self.get(page or path)
        hidden = {name: value for name, value in self.fields(served) if name in ("csrf_token", "request_id")}
        return self.client.post(f"/deposit{path}", data={**hidden, **fields})

    def confirm(self, path: str, **fields: Any) -> tuple[TestResponse, TestResponse]:
        """An act with its preview: what is shown before, then the answer once confirmed."""
        preview = self.post(path, **fields)
        assert preview.status_code == 200, preview.text[:3000]
        body: dict[str, list[str]] = {}
        for name, value in self.fields(preview):
            body.setdefault(name, []).append(value)
        return preview, self.client.post(f"/deposit{path}", data=body)


def an_agent(
    deposit: Deposit, *roles: str, prefectures: tuple[str, ...] = ("75",), agent_id: str = "agent-1"
) -> Browser:
    """An agent signed in by the cookie that every service verifies."""
    values = {
        "login": agent_id,
        "nom": agent_id,
        "password_hash": "",
        "totp": b"",
        "roles": list(roles),
        "prefectures": list(prefectures),
    }
    mongo.database("deposit")["agents"].update_one({"_id": agent_id}, {"$set": values}, upsert=True)
    client = deposit.client.application.test_client()
    client.set_cookie("sejour_agent", tokens.sign_agent(deposit.settings, agent_id), path="/", domain="localhost")
    return Browser(deposit, client)


def signed_in(deposit: Deposit, person: Personne) -> Browser:
    """A person signed in by the page of accounts."""
    browser = Browser(deposit, deposit.client.application.test_client())
    done = browser.post("/connexion", identifiant=person.identifiant, password=MOT_DE_PASSE)
    assert done.status_code == 303, done.text[:1000]
    return browser
