"""The same acts for programs: one route each, idempotent, refused to whoever may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from chassis import clock
from chassis.messages import Notice
from chassis.web.bearers import issue_bearer
from services.notify import store
from services.notify.moyens import Moyens
from services.notify.pages import application
from tests import agents
from tests.notify.monde import Boites, Source, contact, envois, work

CHAMPS = {"reference": "R-4", "libelle": "Étudiant"}
Call = Callable[..., Any]


@pytest.fixture
def app(moyens: Moyens) -> Flask:
    """The web process of notify."""
    return application(moyens.settings)


@pytest.fixture
def call(app: Flask, database: Database[dict[str, Any]]) -> Call:
    """Calls the API as an agent of this role."""

    def send(method: str, path: str, role: str = "ccc", key: str = "", **options: Any) -> Any:
        agents.add("notify", role, role, prefectures=("69",))
        with app.app_context():
            token, _ = issue_bearer(role, "agent")
        client: FlaskClient = app.test_client()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or clock.new_id()}
        return client.open(f"/notify/api/v1{path}", method=method, headers=headers, **options)

    return send


@pytest.fixture
def message_id(moyens: Moyens, source: Source, database: Database[dict[str, Any]]) -> str:
    """A message planned and not sent."""
    source.say(contact("a1", courriel="a1@exemple.fr", adresse=["1 rue X", "69001 Lyon"]))
    found = source.ask(Notice("a1", "pa1", "demande_complete", CHAMPS, papier=True))
    source.relay_to(database)
    work(moyens, canaux=(), rounds=1)
    return found


@pytest.mark.clause("NOT-07/a", "NOT-12/a")
def test_read_change_rectify_by_program(call: Call, message_id: str, moyens: Moyens, boites: Boites) -> None:
    """A repeat under the same key is one effect; another body under it is refused."""
    body = {"objet": "Nouvel objet", "corps": "Bonjour {LIEN}", "sms": "Voir {LIEN}"}
    key = clock.new_id()
    for _ in range(2):
        assert call("POST", f"/messages/{message_id}/texte", key=key, json=body).json["fait"] is True
    assert call("POST", f"/messages/{message_id}/texte", key=key, json={**body, "sms": "x"}).status_code == 422
    assert call("POST", f"/messages/{message_id}/rectifier", json={"texte": "x"}).status_code == 409
    work(moyens, rounds=1)
    assert str(boites.mails("a1@exemple.fr")[-1]["Subject"]) == "Nouvel objet"
    key = clock.new_id()
    made = {
        call("POST", f"/messages/{message_id}/rectifier", key=key, json={"texte": "x"}).json["id"] for _ in range(2)
    }
    assert len(made) == 1
    shown = call("GET", "/parcours/pa1/messages").json["messages"]
    assert {message["modele"] for message in shown} == {"demande_complete", "rectificatif"}
    sent = next(message for message in shown if message["id"] == message_id)["envois"]
    assert {envoi["canal"] for envoi in sent} == {"COURRIEL", "LETTRE"}
    mail = next(envoi for envoi in sent if envoi["canal"] == "COURRIEL")
    kept = call("GET", f"/messages/{message_id}").json
    assert mail["dates"]["remis"] and mail["preuves"][0]["genre"] == "remis"
    assert (kept["textes"]["objet"], kept["textes"]["corps"]) == ("Nouvel objet", "Bonjour {LIEN}")
    assert "a1@exemple.fr" not in str(shown)


def test_a_letter_by_program(call: Call, message_id: str, moyens: Moyens) -> None:
    """Print, post with its day, finish with its proof; each once, from the right state."""
    work(moyens)
    path = f"/courriers/{envois(message_id)['LETTRE'].id}"
    day = clock.today().isoformat()
    assert call("POST", f"{path}/poster", json={"poste_date": day}).status_code == 409
    assert call("POST", f"{path}/imprimer").json["state"] == "A_REMETTRE"
    assert call("POST", f"{path}/poster", json={"poste_date": day}).json["state"] == "REMIS"
    assert call("POST", f"{path}/poster", json={"poste_date": day}).status_code == 409
    assert call("POST", f"{path}/fin", json={"issue": "distribue", "preuve": "avis"}).json["state"] == "DELIVRE"


@pytest.mark.clause("XCT-07/e")
@pytest.mark.parametrize(
    ("role", "near", "far"), [("instructeur", 200, 403), ("ccc", 200, 200), ("exploitant", 403, 403), ("pan", 403, 403)]
)
def test_who_may_by_program(call: Call, message_id: str, role: str, near: int, far: int) -> None:
    """The same table as the pages; without the préfecture of the parcours, local roles see nothing."""
    assert call("GET", f"/messages/{message_id}", role=role).status_code == far
    store.add_to_parcours("pa1", prefecture="69")
    assert call("GET", f"/messages/{message_id}", role=role).status_code == near
    refused = call("POST", f"/messages/{message_id}/annuler", role=role, json={"motif": "x"})
    assert refused.status_code == near


def test_every_operation_is_described(app: Flask) -> None:
    """OpenAPI 3.1, with the problems that it may answer."""
    spec = app.test_client().get("/notify/openapi.json").json
    assert spec is not None
    paths = {path for path in spec["paths"] if "/accuses/" in path or "/messages/" in path or "/courriers/" in path}
    assert len(paths) >= 9
    assert all("403" in each["responses"] for item in spec["paths"].values() for each in item.values())
