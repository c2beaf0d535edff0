"""A browser at the desk of deposit: signed in, filling in the forms of the pages as they are served."""

from __future__ import annotations

import html
from typing import Any

from werkzeug.test import TestResponse

from chassis import tokens
from tests import agents
from tests.browser import Browser, hidden_fields
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, Personne


class Screen:
    """Somebody before a screen of deposit: paths are those of the service, and an act may have a preview."""

    def __init__(self, deposit: Deposit) -> None:
        self.deposit = deposit
        self.browser = Browser(deposit.client.application)
        self.client = self.browser.client

    def get(self, path: str) -> TestResponse:
        """A page."""
        return self.browser.get(f"/deposit{path}")

    def text(self, path: str) -> str:
        """The words of a page that opens."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return html.unescape(answer.text)

    def post(self, path: str, page: str = "", **fields: Any) -> TestResponse:
        """Fills in the form of `page` (the same path by default) and sends it to `path`."""
        return self.browser.post(f"/deposit{path}", fields, form=f"/deposit{page or path}")

    def confirm(self, path: str, **fields: Any) -> tuple[TestResponse, TestResponse]:
        """An act with its preview: what is shown before, then the answer once confirmed."""
        preview = self.post(path, **fields)
        assert preview.status_code == 200, preview.text[:3000]
        body: dict[str, list[str]] = {}
        for name, value in hidden_fields(preview):
            body.setdefault(name, []).append(value)
        return preview, self.client.post(f"/deposit{path}", data=body)


def an_agent(
    deposit: Deposit, *roles: str, prefectures: tuple[str, ...] = ("75",), agent_id: str = "agent-1"
) -> Screen:
    """An agent signed in by the cookie that every service verifies."""
    agents.add("deposit", agent_id, *roles, prefectures=prefectures)
    screen = Screen(deposit)
    screen.client.set_cookie(
        "sejour_agent", tokens.sign_agent(deposit.settings, agent_id), path="/", domain="localhost"
    )
    return screen


def signed_in(deposit: Deposit, person: Personne) -> Screen:
    """A person signed in by the page of accounts."""
    screen = Screen(deposit)
    done = screen.post("/connexion", identifiant=person.identifiant, password=MOT_DE_PASSE)
    assert done.status_code == 303, done.text[:1000]
    return screen
