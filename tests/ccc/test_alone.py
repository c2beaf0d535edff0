"""With the four others and the broker down, ccc opens a ticket and attests: only MongoDB is up (the third promise)."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from chassis import clock, rpc
from chassis.settings import Settings
from droit.decision import Refused
from sejour.ccc.v1 import ccc_pb2
from services.ccc import __main__ as ccc
from services.ccc.store import Blocage, Saisine
from tests.ccc.conftest import Browser, Clock, reload, write
from tests.conftest import Mongo
from tests.waiting import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 40.0


@pytest.fixture
def worker(service: Settings, mongo: Mongo, legal_clock: Clock) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The real worker process, whose broker and peers do not exist; its SMTP port."""
    ops, smtp, nobody = free_port(), free_port(), free_port()
    env = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
        "MONGODB_URI": mongo.uri_for("ccc"),
        "NATS_URL": f"nats://127.0.0.1:{nobody}",
        "CLES_DIR": str(service.cles_dir),
        "PIECES_DIR": str(service.pieces_dir),
        "PUBLIC_URL": service.public_url,
        "CLOCK_FILE": str(legal_clock.path),
        "OPS_PORT": str(ops),
        "SMTP_INBOUND_PORT": str(smtp),
        "DEPOSIT_RPC": f"127.0.0.1:{nobody}",
    }
    process = subprocess.Popen([sys.executable, "-m", "services.ccc", "worker"], cwd=ROOT, env=env)
    try:
        wait_until("the worker is ready", lambda: _answers(ops), WITHIN)
        yield process, smtp
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_alone_it_takes_a_form_and_an_email_and_attests_both_at_p_att(
    web: Browser, worker: tuple[subprocess.Popen[bytes], int], legal_clock: Clock
) -> None:
    by_form = write(web, nom="Exemple", prenoms="Mei")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Rahim Exemple <rahim@exemple.test>", "contact@ccc.test", "Bloqué"
    mail.set_content("Bonjour, impossible d'ouvrir un compte. 75011 Paris")
    with smtplib.SMTP("127.0.0.1", worker[1], timeout=10) as client:
        client.send_message(mail)
    wait_until("the e-mail is a ticket", lambda: Saisine.objects(courriel="rahim@exemple.test").first(), WITHIN)
    by_mail = Saisine.objects(courriel="rahim@exemple.test").first()
    legal_clock.set(clock.today() + timedelta(days=5))

    wait_until("the form is attested", lambda: reload(by_form).papiers and _state(by_form) == "ATTESTE", WITHIN)
    wait_until("the e-mail is attested", lambda: reload(by_mail).papiers and _state(by_mail) == "ATTESTE", WITHIN)
    pdf = web.get(f"/ccc/suivi/{by_mail.suivi_cle}/attestation.pdf")
    assert pdf.data.startswith(b"%PDF-")


def _state(saisine: Saisine) -> str:
    return str(Blocage.objects(id=saisine.blocage_id).first().state)


def test_another_channel_opens_a_ticket_on_its_own_blockage_by_grpc(service: Settings) -> None:
    server, port = rpc.create_server(
        service, ccc.SERVICE.allowed, lambda made: ccc.SERVICE.add_servicers(made, service)
    )
    server.start()
    pan = Settings(
        "pan", "developpement", "recommandation", "http://localhost", service.cles_dir, "",
        rpc_addresses={"ccc": f"127.0.0.1:{port}"},
    )  # fmt: skip
    client = rpc.Client(pan)
    asked = ccc_pb2.OuvrirSaisineRequest(
        request_id="pan-saisine-0001", parcours_id="parcours-1", prefecture="93", precis="Compte fermé",
        blocage_id="blocage-de-pan",
    )  # fmt: skip
    method = "sejour.ccc.v1.CccService/OuvrirSaisine"
    first = client.call("ccc", method, asked, ccc_pb2.OuvrirSaisineResponse)
    again = client.call("ccc", method, asked, ccc_pb2.OuvrirSaisineResponse)
    listed = client.call(
        "ccc",
        "sejour.ccc.v1.CccService/ListSaisines",
        ccc_pb2.ListSaisinesRequest(parcours_id="parcours-1"),
        ccc_pb2.ListSaisinesResponse,
    )
    notify = Settings(**{**pan.__dict__, "service": "notify"})
    with pytest.raises(Refused) as refused:
        rpc.Client(notify).call("ccc", method, asked, ccc_pb2.OuvrirSaisineResponse)
    server.stop(None)

    assert first.reference == again.reference
    assert [saisine.reference for saisine in listed.saisines] == [first.reference]
    kept = Saisine.objects(id=first.saisine_id).first()
    assert (kept.blocage_id, kept.niveau) == ("blocage-de-pan", 2)
    assert refused.value.motif.code == "APPEL_INTERDIT"
