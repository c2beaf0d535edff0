"""Who is signed in, for how long, and what ends it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask_openapi import OpenAPI

from chassis import clock, directory, mongo
from chassis.settings import Settings
from chassis.web import bearers, sessions
from chassis.web.who import USAGER
from tests.browser import Browser
from tests.chassis.web.conftest import AGENT, credentials
from tests.chassis.web.exemple import Exemple

pytestmark = pytest.mark.usefixtures("exemple")


def sign_in(browser: Browser, subject: str = "u1") -> None:
    answer = browser.post("/deposit/connexion", {"sujet": subject})
    assert answer.status_code == 303


def stored() -> list[dict[str, object]]:
    return list(mongo.database("deposit")["sessions"].find({}))


def test_a_link_to_a_private_page_leads_to_the_sign_in_page_and_back(web: Browser) -> None:
    answer = web.get("/deposit/prive?onglet=2")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/deposit/connexion?suite=/deposit/prive?onglet%3D2"


def test_the_cookie_is_opaque_and_only_its_hash_is_stored(web: Browser) -> None:
    sign_in(web)

    cookie = web.client.get_cookie("sejour_session", path="/deposit")

    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/deposit")
    assert len(cookie.value) >= 43
    assert cookie.value not in str(stored())
    assert web.get("/deposit/prive").text == "bonjour u1"


def test_signing_in_again_replaces_the_session(web: Browser) -> None:
    sign_in(web)
    first = web.client.get_cookie("sejour_session", path="/deposit")
    sign_in(web, "u2")
    second = web.client.get_cookie("sejour_session", path="/deposit")
    assert first is not None
    assert second is not None

    stolen = Browser(web.client.application)  # type: ignore[arg-type]
    stolen.client.set_cookie("sejour_session", first.value, path="/deposit")

    assert first.value != second.value
    assert stolen.get("/deposit/prive").status_code == 302


@pytest.mark.parametrize("limit", ["expire_time", "end_time"])
def test_a_session_ends_when_idle_and_at_its_absolute_limit(web: Browser, limit: str) -> None:
    sign_in(web, f"u-{limit}")
    past = clock.now() - timedelta(seconds=1)
    mongo.database("deposit")["sessions"].update_one({"kind": USAGER, "subject": f"u-{limit}"}, {"$set": {limit: past}})

    assert web.get("/deposit/prive").status_code == 302


def test_ending_all_sessions_of_a_subject_is_immediate(app: OpenAPI) -> None:
    browsers = [Browser(app), Browser(app)]
    for browser in browsers:
        sign_in(browser, "u3")

    sessions.end_all(mongo.database("deposit"), "u3", USAGER)

    assert [browser.get("/deposit/prive").status_code for browser in browsers] == [302, 302]


def test_signing_out_ends_the_session_on_the_server(web: Browser) -> None:
    sign_in(web)
    cookie = web.client.get_cookie("sejour_session", path="/deposit")
    assert cookie is not None
    web.post("/deposit/deconnexion", {}, form="/deposit/")
    web.client.set_cookie("sejour_session", cookie.value, path="/deposit")

    assert web.get("/deposit/prive").status_code == 302


def test_over_https_each_cookie_is_of_this_host_alone_and_out_of_the_reach_of_scripts_and_sites(
    exemple: Exemple, settings: Settings, tmp_path: Path
) -> None:
    """Those of a session, of agents, of a language, of a form and of its token: given, read again and taken back."""
    secure = replace(settings, public_url="https://sejour.example")
    app = Exemple(secure, tmp_path).app()
    app.config.update(PREFERRED_URL_SCHEME="https", SERVER_NAME="sejour.example")
    web = Browser(app)
    answers = [web.get("/deposit/?lang=ar"), web.post("/deposit/connexion", {"sujet": "u9"})]
    answers.append(web.client.post("/deposit/adresse", data=web.hidden("/deposit/adresse") | {"csrf_token": "autre"}))
    answers.append(web.post("/deposit/agents/connexion", credentials()))
    shown = [web.get(path).status_code for path in ("/deposit/prive", "/deposit/bureau")]
    out = web.post("/deposit/agents/deconnexion", {}, form="/deposit/")

    cookies = [cookie for answer in [*answers, out] for cookie in answer.headers.getlist("Set-Cookie")]
    told = {cookie.split("=")[0]: {part.strip() for part in cookie.split(";")[1:]} for cookie in cookies}
    own = ("session", "page", "formulaire", "appareil")
    services = {f"__Host-sejour_{name}-deposit" for name in own}
    assert set(told) == services | {f"__Host-sejour_{name}" for name in ("langue", "agent", "agent_actif")}
    assert [name for name, parts in told.items() if not {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts] == []
    assert not any("Domain" in cookie for cookie in cookies)
    assert shown == [200, 200]
    assert [web.get(path).status_code for path in ("/deposit/prive", "/deposit/bureau")] == [302, 302]
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_form_without_its_token_is_refused_with_a_way_back(web: Browser) -> None:
    answer = web.client.post("/deposit/adresse", data={"rue": "1 rue du Port"})

    assert answer.status_code == 400
    assert "rechargez" in answer.text


def test_an_agent_signs_in_with_three_things_and_is_known_by_the_directory(web: Browser) -> None:
    assert web.get("/deposit/bureau").headers["Location"].startswith("/deposit/agents/connexion?suite=")

    answer = web.post("/deposit/agents/connexion", credentials())

    assert answer.status_code == 303
    assert web.get("/deposit/bureau").text == f"bureau de {AGENT}"
    assert web.get("/deposit/prive").status_code == 403


@pytest.mark.parametrize("wrong", ["login", "password", "code"])
def test_the_refusal_does_not_say_which_of_the_three_is_wrong(web: Browser, wrong: str) -> None:
    answer = web.post("/deposit/agents/connexion", credentials(**{wrong: "000000"}))

    assert answer.status_code == 401
    assert "L’identifiant, le mot de passe ou le code n’est pas le bon." in answer.text
    assert "un mot de passe assez long" not in answer.text


def test_each_try_to_sign_in_is_a_line_of_the_log_that_names_nobody(
    exemple: Exemple, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, made to wait, let in by a page or with a token: how it ended and by what route, never who it was."""
    web = Browser(exemple.app(sign_in_tries=1, sign_in_wait_seconds=900))
    for wrong in ("faux mot de passe", "encore faux", "trop vite"):
        web.post("/deposit/agents/connexion", credentials(login="personne@ailleurs.example", password=wrong))
    web.post("/deposit/agents/connexion", credentials())
    sign_in(web, "u1")

    lines = [line for line in capsys.readouterr().out.splitlines() if "signin" in line]
    told = [dict(re.findall(r"\b(\w+)=(\S+)", re.sub(r"\x1b\[\d*m", "", line))) for line in lines]
    assert [(line["outcome"], line["route"], line.get("kind")) for line in told] == [
        ("refused", "/deposit/agents/connexion", None),
        ("refused", "/deposit/agents/connexion", None),
        ("delayed", "/deposit/agents/connexion", None),
        ("passed", "/deposit/agents/connexion", "agent"),
        ("passed", "/deposit/connexion", "usager"),
    ]
    assert all(line["request_id"] for line in told)
    assert not any(secret in "".join(lines) for secret in ("ailleurs.example", AGENT, "faux", "u1"))


def test_signing_in_never_leads_outside(web: Browser) -> None:
    for path in ("//voleur.example", "https://voleur.example", "/\\voleur.example"):
        data = {**web.hidden("/deposit/agents/connexion"), **credentials()}
        answer = web.client.post("/deposit/agents/connexion", query_string={"suite": path}, data=data)

        assert answer.headers["Location"] == "/deposit/"


def test_wrong_passwords_slow_down_who_tries_them_longer_each_time_and_never_the_agent_herself(
    exemple: Exemple, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, start = exemple.app(sign_in_tries=3), clock.now()
    stranger, hers = Browser(app), Browser(app)
    stranger.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"

    def tried(seconds: int, login: str) -> int:
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=seconds))
        answer = stranger.post("/deposit/agents/connexion", credentials(login=login, code="000000"))
        return answer.status_code

    spellings = ("7599 000 111", "7599-000-111", "7599.000.111 ", "７５９９000111")
    statuses = [tried(second, login) for second, login in enumerate(spellings)]
    later = [tried(seconds, "7599000111") for seconds in (20, 40, 70, 101, 200, 222)]
    agents_own = [tried(400, credentials()["login"]) for _ in range(5)]
    entered = hers.post("/deposit/agents/connexion", credentials())

    assert statuses == [401, 401, 401, 401], "one more than the free ones, after which each waits"
    assert later == [429, 401, 429, 401, 429, 401], "30 seconds, then 60, then 120"
    assert agents_own == [401, 401, 401, 401, 429]
    assert entered.status_code == 303, "no number of a stranger's wrong passwords shuts her out"


def test_an_agent_revoked_here_is_out_at_once(web: Browser, settings: Settings) -> None:
    web.post("/deposit/agents/connexion", credentials())
    directory.revoke(settings, AGENT, directory.OPERATOR)

    answer = web.get("/deposit/bureau")
    directory.give_back(settings, AGENT, directory.OPERATOR)

    assert answer.status_code == 302


def test_cookies_count_for_nothing_on_the_api(web: Browser) -> None:
    sign_in(web)

    assert web.get("/deposit/api/v1/moi").status_code == 401


def test_an_agent_makes_a_token_uses_it_and_ends_it(web: Browser) -> None:
    made = web.client.post("/deposit/api/v1/jetons", json=credentials())
    bearer = {"Authorization": f"Bearer {made.json['jeton']}"}

    used = web.get("/deposit/api/v1/moi", headers=bearer)
    ended = web.client.delete("/deposit/api/v1/jetons", headers=bearer)
    after = web.get("/deposit/api/v1/moi", headers=bearer)

    assert (made.status_code, used.json["id"], used.json["roles"]) == (201, AGENT, ["instructeur"])
    assert (ended.status_code, after.status_code) == (204, 401)
    assert made.json["jeton"] not in str(list(mongo.database("deposit")["jetons_api"].find({})))


def test_a_token_that_has_ended_opens_nothing(app: OpenAPI) -> None:
    with app.app_context():
        token, _ = bearers.issue_bearer("u1", USAGER, hours=-1)

    answer = app.test_client().get("/deposit/api/v1/moi", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


def copied(web: Browser) -> Browser:
    """Another browser, with the cookies that somebody copied from this one."""
    thief = Browser(web.client.application)  # type: ignore[arg-type]
    for name in ("sejour_agent", "sejour_agent_actif"):
        cookie = web.client.get_cookie(name)
        assert cookie is not None
        thief.client.set_cookie(name, cookie.value)
    return thief


def test_a_copied_cookie_of_an_agent_opens_nothing_after_she_signed_out(web: Browser) -> None:
    web.post("/deposit/agents/connexion", credentials())
    thief = copied(web)
    before = thief.get("/deposit/bureau").status_code
    web.post("/deposit/agents/deconnexion", {}, form="/deposit/")

    assert (before, thief.get("/deposit/bureau").status_code) == (200, 302)


def test_an_agent_who_does_nothing_signs_in_again_and_one_at_work_does_not(
    web: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.post("/deposit/agents/connexion", credentials())
    start = clock.now()
    seen = []
    for minutes in (50, 100, 161):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: start + timedelta(minutes=minutes))
        seen.append(web.get("/deposit/bureau").status_code)

    assert seen == [200, 200, 302]


def test_an_agent_sees_her_sessions_and_ends_one_with_the_tokens_made_from_it(web: Browser) -> None:
    made = web.client.post("/deposit/api/v1/jetons", json=credentials()).json
    again = web.client.post("/deposit/api/v1/jetons", json={"session": made["session"]}).json
    bearers_made = [{"Authorization": f"Bearer {token['jeton']}"} for token in (made, again)]
    web.post("/deposit/agents/connexion", credentials())
    before = [web.get("/deposit/api/v1/moi", headers=bearer).status_code for bearer in bearers_made]
    page = web.get("/deposit/agents/sessions").text
    for _ in range(page.count("Finir cette connexion") - 1):
        text = web.get("/deposit/agents/sessions").text
        _kept, *others = re.findall(r'action="(/deposit/agents/sessions/[^"]+)"', text)
        web.post(others[0], {}, form="/deposit/agents/sessions")

    assert page.count("celle-ci") == 1
    assert before == [200, 200]
    assert [web.get("/deposit/api/v1/moi", headers=bearer).status_code for bearer in bearers_made] == [401, 401]
    assert web.client.post("/deposit/api/v1/jetons", json={"session": made["session"]}).status_code == 401
    assert web.get("/deposit/bureau").status_code == 200


class NeverRead:
    """A body that nobody may read."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, *_size: int) -> bytes:
        """Notes that somebody did."""
        self.asked += 1
        return b"{}"

    readline = read


@pytest.mark.parametrize("shown", ["nobody", "a token that is none", "an agent"])
def test_who_may_not_call_is_turned_away_before_her_body_is_read(app: OpenAPI, shown: str) -> None:
    headers = {"Idempotency-Key": clock.new_id(), "Content-Type": "application/json"}
    if shown == "an agent":
        with app.app_context():
            headers["Authorization"] = f"Bearer {bearers.issue_bearer(AGENT, 'agent')[0]}"
    elif shown != "nobody":
        headers["Authorization"] = "Bearer inconnu"
    body = NeverRead()

    answer = app.test_client().post(
        "/deposit/api/v1/comptes/c1:crediter",
        headers=headers,
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": "2000"},
    )

    assert (answer.status_code, body.asked) == (403 if shown == "an agent" else 401, 0)


def test_an_agent_changes_her_own_password_with_the_present_one_and_a_code(web: Browser) -> None:
    agents_of_deposit, secret = mongo.database("deposit")["agents"], "une autre phrase bien longue"
    before = agents_of_deposit.find_one({"_id": AGENT}) or {}
    web.post("/deposit/agents/connexion", credentials())
    thief, page = copied(web), "/deposit/agents/mot-de-passe"

    wrong, changed = (
        web.post(page, {"preuve": password, "code": credentials()["code"], "password": secret}).status_code
        for password in ("pas le bon", credentials()["password"])
    )
    told = agents_of_deposit.find_one({"_id": AGENT}) or {}

    assert (wrong, changed) == (422, 303)
    assert [browser.get("/deposit/bureau").status_code for browser in (web, thief)] == [302, 302]
    fresh = Browser(web.client.application)  # type: ignore[arg-type]
    former, present = (
        fresh.post("/deposit/agents/connexion", credentials(**said)).status_code for said in ({}, {"password": secret})
    )
    assert (former, present) == (401, 303)
    assert told["outbox"][-1]["subject"] == "deposit.agent.modifie", "the four other services learn it"
    agents_of_deposit.update_one({"_id": AGENT}, {"$set": {"password_hash": before["password_hash"]}})
