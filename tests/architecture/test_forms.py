"""What is typed stays: every form of the five services comes back filled when it cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from chassis import tokens
from chassis.settings import SERVICES
from chassis.web import unsent
from chassis.web.identity import AGENT_COOKIE
from chassis.web.inputs import HIDDEN, ORIGIN
from chassis.web.unsent import SECRETS
from dev.browser import filled
from tests import agents
from tests.architecture import tree
from tests.architecture.test_entrees import clients

__all__ = ["clients"]

# Nothing of them could be lost: no token to be stale, or no form.
WITHOUT_TOKEN = {
    "jnap.signaler": "« Je n'y arrive pas » asks for no token, so that it is never a dead form",
    "envois.creer": "a script opens an upload, which resumes by itself",
    "interne": "another service asks, with its own token",
}
TYPED = "Rue « de l'Été » & fils"
ROLES = (
    "instructeur",
    "superviseur",
    "prefecture",
    "pan",
    "pan_forme",
    "ccc",
    "ccc_superviseur",
    "bureau_national",
    "exploitant",
)


def posts(app: Flask) -> Iterator[Rule]:
    """Every route of a page that takes a form."""
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith(app.config["API_PREFIX"]):
            continue
        if rule.endpoint not in WITHOUT_TOKEN and rule.endpoint.partition(".")[0] not in WITHOUT_TOKEN:
            yield rule


@pytest.mark.parametrize("service", SERVICES)
def test_no_route_loses_the_words_of_a_form_whose_token_is_of_before(
    clients: dict[str, FlaskClient], service: str
) -> None:
    app, page = clients[service].application, f"/{service}/agents/connexion"
    with app.test_request_context(page):
        origin = unsent.origin_field()

    lost = []
    for rule in posts(app):
        browser = app.test_client()
        path = _path(rule)
        answer = browser.post(path, data={ORIGIN: origin, "csrf_token": "d'avant", "texte": TYPED})
        shown = browser.get(page)
        if answer.status_code != 303 or answer.location != page or TYPED not in BeautifulSoup(shown.text, "lxml").text:
            lost.append((rule.rule, answer.status_code))

    assert lost == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_route_loses_the_words_of_who_is_no_longer_signed_in(clients: dict[str, FlaskClient], service: str) -> None:
    app, page = clients[service].application, f"/{service}/agents/connexion"
    cookie = _agent(app)
    with app.test_request_context(page, headers={"Cookie": cookie}):
        origin = unsent.origin_field()

    wrong = []
    for rule in posts(app):
        browser = app.test_client()
        answer = browser.post(_path(rule), data={ORIGIN: origin, "csrf_token": "d'avant", "texte": TYPED})
        nobody = browser.get(page).text
        browser.set_cookie(*cookie.split("="), path="/")
        herself = BeautifulSoup(browser.get(page).text, "lxml").text
        led = answer.status_code == 401 and "Connectez-vous" in answer.text
        if not led or "Été" in nobody or TYPED not in herself:
            wrong.append((rule.rule, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("signed_in", [False, True], ids=["anybody", "agent"])
@pytest.mark.parametrize("service", SERVICES)
def test_each_form_comes_back_as_it_was_filled(clients: dict[str, FlaskClient], service: str, signed_in: bool) -> None:
    app = clients[service].application
    cookie, tried = _agent(app), set[str]()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments or rule.rule.startswith(app.config["API_PREFIX"]):
            continue
        browser = app.test_client()
        if signed_in:
            browser.set_cookie(*cookie.split("="), path="/")
        page = browser.get(rule.rule)
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        for place, form in enumerate(_forms(page.text)):
            typed = _fill(form)
            action = str(form.get("action"))
            if action in tried or not set(typed) - HIDDEN:
                continue
            tried.add(action)
            answer = browser.post(action, data=typed | {"csrf_token": ["d'avant"]})
            if answer.status_code != 303:
                assert action.endswith("je-n-y-arrive-pas"), (rule.rule, action, answer.status_code)
                continue
            back = filled(_forms(browser.get(answer.location).text)[place])
            assert _words(back) == _words(typed), (rule.rule, action)

    assert tried


def test_every_form_of_a_template_carries_what_brings_it_back() -> None:
    """And each field for a proof of who one is has a name that is never kept."""
    bare: list[str] = []
    proofs: set[str] = set()
    for path in (path for root in ("services", "chassis", *tree.NOUNS) for path in (tree.ROOT / root).rglob("*.html")):
        text = path.read_text("utf-8")
        written = re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.S)
        bare += [path.name for form in written if "champs_caches()" not in form]
        proofs |= set(re.findall(r'input\(form, "(\w+)"[^}]*type="password"', text))

    assert bare == []
    assert proofs <= SECRETS


def _path(rule: Rule) -> str:
    """An address of this route: what is named may not exist, what is chosen is one of the choices."""
    chosen = re.sub(r"<any\('?([^',)]+)[^>]*>", r"\1", rule.rule)
    return re.sub(r"<[^>]+>", "1", chosen)


def _agent(app: Flask) -> str:
    service = app.config["SETTINGS"].service
    agents.add(service, "toutes-fonctions", *ROLES, prefectures=["*"])
    return f"{AGENT_COOKIE}={tokens.sign_agent(app.config['SETTINGS'], 'toutes-fonctions')}"


def _forms(html: str) -> list[Tag]:
    return BeautifulSoup(html, "lxml").select("form[method=post]")


def _fill(form: Tag) -> dict[str, list[str]]:
    """What somebody sends who answers everything."""
    typed = filled(form)
    for field in form.select("textarea, input:not([type]), input[type=text], input[type=email], input[type=tel]"):
        typed[str(field["name"])] = [f"{TYPED} {field['name']}"] * len(typed[str(field["name"])])
    for field in form.select("select"):
        typed[str(field["name"])] = [str(field.select("option")[-1].get("value", ""))]
    for field in form.select("[type=radio], [type=checkbox]"):
        typed[str(field["name"])] = [str(field["value"])]
    return typed


def _words(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in fields.items() if name not in HIDDEN | SECRETS and any(values)}
