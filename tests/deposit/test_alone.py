"""With the four others and the broker down, deposit files and gives the attestation de dépôt (the third promise)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

from chassis import clock
from tests.conftest import Mongo
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit
from tests.waiting import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
WITHIN_SECONDS = 60.0


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=1).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def url(deposit: Deposit, mongo: Mongo) -> Iterator[str]:
    """The real web and worker processes of deposit; broker and peers do not exist."""
    web, nobody = free_port(), free_port()
    peers = {f"{name}_{kind}": f"127.0.0.1:{nobody}" for name in ("CCC", "PAN", "NOTIFY") for kind in ("RPC", "WEB")}
    base = {
        **os.environ,
        **peers,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
        "MONGODB_URI": mongo.uri_for("deposit"),
        "NATS_URL": f"nats://127.0.0.1:{nobody}",
        "CLES_DIR": str(deposit.settings.cles_dir),
        "PIECES_DIR": str(deposit.settings.pieces_dir),
        "PUBLIC_URL": f"http://127.0.0.1:{web}",
        "CLOCK_FILE": str(deposit.clock_file),
        "WEB_PORT": str(web),
    }
    processes, ports = [], []
    for process in ("web", "worker"):
        ports.append(free_port())
        env = base | {"OPS_PORT": str(ports[-1])}
        processes.append(subprocess.Popen([sys.executable, "-m", "services.deposit", process], cwd=ROOT, env=env))
    try:
        for port in ports:
            wait_until("web and worker are ready", partial(answers, port), WITHIN_SECONDS)
        yield f"http://127.0.0.1:{web}/deposit/api/v1"
    finally:
        for started in processes:
            started.send_signal(signal.SIGTERM)
        assert [started.wait(timeout=40) for started in processes] == [0, 0]


@pytest.mark.clause("DEP-46/a")
def test_with_everything_else_down_a_demande_is_filed_and_its_attestation_is_there(url: str) -> None:
    def call(method: str, path: str, **kwargs: Any) -> requests.Response:
        headers = {"Idempotency-Key": clock.new_id(), **kwargs.pop("headers", {})}
        return requests.request(method, url + path, headers=headers, timeout=30, **kwargs)

    who = {"nom": "Seule", "naissance_date": "1991-01-02", "password": MOT_DE_PASSE, "prefecture": "75"}
    opened = call("POST", "/comptes", json=who).json()
    signed = call("POST", "/comptes:connexion", json={"identifiant": opened["identifiant"], "password": MOT_DE_PASSE})
    bearer = {"Authorization": f"Bearer {signed.json()['jeton']}"}
    draft = call("POST", "/demandes", json={"titre_code": "refugie", "prefecture": "75"}, headers=dict(bearer)).json()
    for piece in draft["pieces_attendues"]:
        files = {"fichier": (f"{piece['code']}.pdf", BytesIO(PDF))}
        path = f"/demandes/{draft['demande_id']}/pieces"
        assert call("POST", path, data={"code": piece["code"]}, files=files, headers=dict(bearer)).status_code == 201

    filed = call("POST", f"/demandes/{draft['demande_id']}:deposer", headers=dict(bearer)).json()
    paper = call("GET", f"/documents/{filed['documents'][0]['numero']}.pdf", headers=dict(bearer))
    checked = call("GET", f"/verifications/{filed['documents'][0]['numero']}").json()

    assert [document["nature"] for document in filed["documents"]] == ["AD", "API"]
    assert paper.content.startswith(b"%PDF")
    assert checked["etat"] == "valide"
