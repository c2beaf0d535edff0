"""The sinks keep what they accept, and bounce, delay, lose and answer twice by recipient."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from chassis import clock
from dev.boites import NotReceived
from dev.stack import Stack
from tests.waiting import wait_until

SENDER = "retours+e1@sejour.exemple"


class Inbound:
    """A real SMTP server where notify's would be: it takes delivery reports."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        report = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.reports.append((envelope.rcpt_tos[0], report))
        return "250 OK"

    def of(self, recipient: str) -> list[EmailMessage]:
        """The reports on one recipient."""
        return [report for _, report in self.reports if recipient in report.as_string()]


@pytest.fixture(scope="module")
def inbound(petite: Stack) -> Iterator[Inbound]:
    """Listens where the sink sends its reports."""
    handler = Inbound()
    server = Controller(handler, hostname="127.0.0.1", port=petite.port("notify", "smtp"))
    server.start()
    yield handler
    server.stop()


def send(petite: Stack, to: str, subject: str = "Essai", attachment: bytes = b"", options: tuple[str, ...] = ()) -> str:
    """Hands one e-mail over as notify does; returns its Message-ID."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ne-pas-repondre@sejour.exemple", to, subject
    message["Message-ID"] = f"<{clock.new_id()}@sejour.exemple>"
    message.set_content(f"Bonjour, voici le lien https://sejour.exemple/{subject}")
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="pdf", filename="attestation.pdf")
    address = urlsplit(petite.place.smtp_url())
    assert address.hostname and address.port and address.username and address.password
    with smtplib.SMTP(address.hostname, address.port, timeout=20) as server:
        server.login(address.username, address.password)
        server.send_message(message, SENDER, [to], ["ENVID=e1"] if options else (), options)
    return str(message["Message-ID"])


def test_an_accepted_email_is_shown_with_its_attachment_and_survives_a_kill(petite: Stack) -> None:
    send(petite, "amina@exemple.fr", "Attestation", b"%PDF-1.7 essai")
    received = petite.boites.wait_courriel("amina@exemple.fr", "Attestation")
    assert received["sender"] == SENDER
    assert petite.boites.attachment(received) == b"%PDF-1.7 essai"
    page = requests.get(f"{petite.url}/boites/courriels/{received['id']}", timeout=5)
    assert 'href="https://sejour.exemple/Attestation"' in page.text
    assert "attestation.pdf" in page.text
    petite.kill("sinks")
    assert petite.boites.wait_courriel("amina@exemple.fr", "Attestation")["id"] == received["id"]


def test_without_the_password_nothing_is_taken(petite: Stack) -> None:
    with smtplib.SMTP("127.0.0.1", petite.port("smtp"), timeout=5) as server, pytest.raises(smtplib.SMTPException):
        server.sendmail(SENDER, ["amina@exemple.fr"], b"Subject: x\r\n\r\nx")


@pytest.mark.parametrize(
    ("to", "code"), [("rebond@exemple.fr", 550), ("a+rebond@exemple.fr", 550), ("bal-pleine@e.fr", 452)]
)
def test_a_recipient_can_be_refused_for_good_or_for_now(petite: Stack, to: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(petite, to)
    assert refused.value.recipients[to][0] == code
    assert petite.boites.courriels(to) == []


def test_a_slow_recipient_is_answered_late(petite: Stack) -> None:
    before = clock.monotonic()
    send(petite, "amina+lent-1@exemple.fr")
    assert clock.monotonic() - before >= 1


def test_a_lost_email_is_accepted_and_never_received(petite: Stack) -> None:
    send(petite, "amina+perdu@exemple.fr")
    (kept,) = petite.boites.courriels("amina+perdu@exemple.fr")
    assert kept["lost"]
    with pytest.raises(NotReceived):
        petite.boites.wait_courriel("amina+perdu@exemple.fr", timeout=0.3)


def test_a_cut_connection_leaves_the_sender_unsure_of_a_received_email(petite: Stack) -> None:
    with pytest.raises(smtplib.SMTPException):
        send(petite, "amina+coupe@exemple.fr")
    assert petite.boites.wait_courriel("amina+coupe@exemple.fr")


@pytest.mark.parametrize(
    ("to", "actions"),
    [
        ("a+dsn@exemple.fr", ["Action: failed"]),
        ("a+delivre@exemple.fr", ["Action: delivered"]),
        ("a+double@exemple.fr", ["Action: delivered", "Action: delivered"]),
        ("a+lu@exemple.fr", ["Action: delivered", "; displayed"]),
    ],
)
def test_reports_come_back_to_the_envelope_sender(petite: Stack, inbound: Inbound, to: str, actions: list[str]) -> None:
    original = send(petite, to)
    wait_until(f"{len(actions)} reports on {to}", lambda: len(inbound.of(to)) == len(actions))
    for report, action in zip(inbound.of(to), actions, strict=True):
        assert report.get_content_type() == "multipart/report"
        assert report["To"] == SENDER
        assert action in report.as_string()
        assert original in report.as_string()


def test_a_delivery_report_asked_for_by_smtp_is_sent(petite: Stack, inbound: Inbound) -> None:
    send(petite, "ordinaire@exemple.fr", options=("NOTIFY=SUCCESS,FAILURE",))
    wait_until("a report on ordinaire@", lambda: inbound.of("ordinaire@exemple.fr"))
    (report,) = inbound.of("ordinaire@exemple.fr")
    assert "Action: delivered" in report.as_string()
    assert "Original-Envelope-Id: e1" in report.as_string()


def post_sms(petite: Stack, to: str, reference: str) -> requests.Response:
    """Hands one SMS over as notify does."""
    url = petite.env_for("notify", "worker")["SMS_URL"]
    return requests.post(url, json={"to": to, "text": f"Bonjour {reference}", "reference": reference}, timeout=5)


def callbacks(petite: Stack, reference: str) -> list[dict[str, Any]]:
    """What the gateway told notify about one SMS, each with a good signature."""
    file = Path(petite.env_for("notify", "web")["PIECES_DIR"]) / "accuses"
    told = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    secret = petite.env_for("notify", "web")["SMS_SECRET"].encode()
    for call in told:
        assert call["signature"] == "sha256=" + hmac.new(secret, call["body"].encode(), hashlib.sha256).hexdigest()
    return [body for call in told if (body := json.loads(call["body"]))["reference"] == reference]


@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("+33612345678", ["delivered"]),
        ("+33612349901", ["failed"]),
        ("+33612349904", ["delivered", "delivered"]),
        ("+33612349907", ["delivered"]),
        ("+33612349908", ["delivered", "read"]),
    ],
)
def test_an_sms_is_taken_then_its_fate_is_told_signed(petite: Stack, number: str, states: list[str]) -> None:
    taken = post_sms(petite, number, number)
    assert taken.status_code == 202
    wait_until(f"{states} on {number}", lambda: [call["state"] for call in callbacks(petite, number)] == states)
    assert {call["id"] for call in callbacks(petite, number)} == {taken.json()["id"]}


@pytest.mark.parametrize(("number", "status"), [("+33612349905", 422), ("+33612349906", 503)])
def test_the_gateway_can_refuse_or_be_out_of_order(petite: Stack, number: str, status: int) -> None:
    assert post_sms(petite, number, number).status_code == status
    assert petite.boites.sms(number) == []


def test_the_same_reference_goes_out_once(petite: Stack) -> None:
    first, second = post_sms(petite, "+33612340001", "r-1"), post_sms(petite, "+33612340001", "r-1")
    assert first.json() == second.json()
    assert len(petite.boites.sms("+33612340001")) == 1


def test_the_fate_is_told_again_until_it_is_taken_even_over_a_kill_of_the_gateway(petite: Stack) -> None:
    petite.keep_down("notify", "web")
    post_sms(petite, "+33612340002", "r-2")
    petite.kill("sinks")
    assert callbacks(petite, "r-2") == []
    petite.start_process("notify", "web")
    wait_until("the callback on r-2", lambda: callbacks(petite, "r-2"))


def test_a_lost_sms_is_accepted_and_nothing_more_is_heard(petite: Stack) -> None:
    assert post_sms(petite, "+33612349903", "r-3").status_code == 202
    (kept,) = petite.boites.sms("+33612349903")
    assert kept["lost"]
    assert kept["states"] == []
