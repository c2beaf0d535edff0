"""deposit on a real MongoDB: its web process by test client, its rpc by a real server, time by the legal clock file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis import clock, keys, mongo
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from dev.codes import codes_sent
from documents import autorite
from services.deposit import cadre
from services.deposit.__main__ import SERVICE
from services.deposit.due import DUE
from services.deposit.panne.actions import annonces
from tests import agents, drain
from tests.conftest import Mongo

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MOT_DE_PASSE = "une phrase longue et simple"


@dataclass
class Deposit:
    """One deposit, with its clock."""

    settings: Settings
    client: FlaskClient
    clock_file: Path

    def set_day(self, day: date) -> None:
        """Moves the legal clock."""
        self.clock_file.write_text(day.isoformat())

    def advance(self, days: int) -> None:
        """Moves the legal clock day by day, and does each day what is due."""
        for _ in range(days):
            self.set_day(clock.today() + timedelta(days=1))
            drain.due_work(DUE, annonces.tell)

    def call(self, method: str, path: str, token: str = "", **kwargs: Any) -> TestResponse:
        """One request to the API; unsafe ones bear a new key."""
        headers = {"Idempotency-Key": clock.new_id(), **kwargs.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.client.open(f"/deposit/api/v1{path}", method=method, headers=headers, **kwargs)

    def agent(self, *roles: str, prefectures: tuple[str, ...] = ("75",), agent_id: str = "agent-1") -> str:
        """A token of an agent with these roles."""
        from chassis.web import bearers

        agents.add("deposit", agent_id, *roles, prefectures=prefectures)
        with self.client.application.app_context():
            return bearers.issue_bearer(agent_id, "agent")[0]


@dataclass
class Personne:
    """A person with her account, acting by the API."""

    deposit: Deposit
    usager_id: str
    identifiant: str
    token: str

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """A request of hers."""
        return self.deposit.call(method, path, self.token, **kwargs)

    def begin(self, **choix: Any) -> dict[str, Any]:
        """A draft."""
        made = self.call("POST", "/demandes", json={"prefecture": "75", **choix})
        assert made.status_code == 201, made.json
        return dict(made.json or {})

    def add(self, demande_id: str, code: str, data: bytes = PDF) -> TestResponse:
        """A file for a piece."""
        return self.call(
            "POST", f"/demandes/{demande_id}/pieces", data={"code": code, "fichier": (BytesIO(data), f"{code}.pdf")}
        )

    def file(self, **choix: Any) -> dict[str, Any]:
        """A demande filed with every mandatory piece."""
        draft = self.begin(**choix)
        for code in mandatory(draft):
            assert self.add(draft["demande_id"], code).status_code == 201
        done = self.call("POST", f"/demandes/{draft['demande_id']}:deposer")
        assert done.status_code == 200, done.json
        return dict(done.json or {})

    def read(self, demande_id: str) -> dict[str, Any]:
        """A demande as it stands."""
        return dict(self.call("GET", f"/demandes/{demande_id}").json or {})


def mandatory(draft: dict[str, Any]) -> list[str]:
    """Codes of the mandatory pieces of a draft."""
    from services.deposit.dossier.store.demande import Demande
    from services.deposit.droits.actions import attestations

    frame = cadre.cadre()
    demande = Demande.objects(id=draft["demande_id"]).first()
    asked = attestations.objet_of(demande).pieces(frame.catalogue, clock.today(), frame.position)
    return [piece.code for piece in asked if piece.obligatoire]


@pytest.fixture(scope="module")
def deposit(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deposit]:
    """deposit alone: MongoDB and nothing else."""
    yield from start(mongo, tmp_path_factory.mktemp("deposit"))


def start(server: Mongo, folder: Path, **environ: str) -> Iterator[Deposit]:
    """A deposit of its own on this MongoDB, in the position of the law that `environ` says."""
    cles = folder / "cles"
    keys.create(cles, SERVICES)
    (cles / "secret").write_bytes(os.urandom(32))
    autorite.create(cles / "documents")
    clock_file = folder / "jour"
    settings = Settings.from_env(
        "deposit",
        {
            "MONGODB_URI": server.uri,
            "CLES_DIR": str(cles),
            "PUBLIC_URL": "http://localhost",
            "PIECES_DIR": str(folder / "pieces"),
            "CLOCK_FILE": str(clock_file),
            **environ,
        },
    )
    (folder / "pieces").mkdir()
    prepare_store(SERVICE, settings)
    clock.use_clock_file(clock_file)
    app = SERVICE.create_app(settings)
    app.testing = False
    made = Deposit(settings, app.test_client(), clock_file)
    made.set_day(clock.now().date())
    yield made
    clock.use_clock_file(None)


def a_person(deposit: Deposit, **changes: Any) -> Personne:
    """A person with an account of her own."""
    body = {
        "nom": "Exemple",
        "prenoms": "Awa",
        "naissance_date": "1990-05-17",
        "password": MOT_DE_PASSE,
        "prefecture": "75",
        **changes,
    }
    made = deposit.call("POST", "/comptes", json=body)
    assert made.status_code == 201, made.json
    opened = deposit.call(
        "POST", "/comptes:connexion", json={"identifiant": made.json["identifiant"], "password": MOT_DE_PASSE}
    )
    assert opened.status_code == 201, opened.json
    person = Personne(deposit, made.json["usager_id"], made.json["identifiant"], opened.json["jeton"])
    for voie, code in codes_of(deposit, person.usager_id).items():
        assert person.call("POST", "/moi:confirmer", json={"voie": voie, "code": code}).status_code == 200
    return person


def codes_of(deposit: Deposit, usager_id: str) -> dict[str, str]:
    """The codes that went to the e-mail and to the mobile number that a person gave, by their way."""
    return codes_sent(mongo.database("deposit"), replace(deposit.settings, service="notify"), usager_id)
