"""What comes back by mail: taken only at addresses of ours, stored before 250, read without trusting it."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from chassis.messages import Notice
from services.notify import liens, store
from services.notify.actions import accuses
from services.notify.moyens import Moyens
from tests.notify.monde import Boites, Source, contact, envois, reached, wait_until, work

CHAMPS = {"reference": "R-5", "libelle": "Étudiant"}


def hand(moyens: Moyens, to: str, content: bytes) -> int:
    """Hands a returned message to our door; the code of the refusal, or 250."""
    with smtplib.SMTP("127.0.0.1", moyens.settings.smtp_inbound_port, timeout=5) as smtp:
        try:
            smtp.sendmail("", [to], content)
        except smtplib.SMTPRecipientsRefused as refused:
            return int(next(iter(refused.recipients.values()))[0])
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code
    return 250


def worked(moyens: Moyens, message_id: str, state: str) -> bool:
    """Whether the e-mail is in this state once the worker passed again."""
    return work(moyens, rounds=1) or reached(message_id, "COURRIEL", state)


@pytest.fixture
def sent(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> Callable[[str], tuple[str, str]]:
    """A message that left by e-mail: its identifier and the address where it bounces."""

    def send(name: str) -> tuple[str, str]:
        source.say(contact(name, courriel=f"{name}@exemple.fr", canaux=["COURRIEL"]))
        message_id = source.ask(Notice(name, "p1", "demande_complete", CHAMPS))
        source.relay_to(database)
        work(moyens)
        line = next(each for each in boites.courriels.journal.lines() if each["to"] == [f"{name}@exemple.fr"])
        return message_id, str(line["sender"])

    return send


def test_a_bounce_that_comes_later_is_matched_to_its_sending_and_kills_the_address(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """The relay said 250, the mailbox did not exist: DSN 5.1.1 turns REMIS into ECHEC."""
    source.say(contact("b1", courriel="amina+dsn@exemple.fr", canaux=["COURRIEL"]))
    message_id = source.ask(Notice("b1", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    wait_until("the DSN arrives", lambda: work(moyens, rounds=1) or envois(message_id)["COURRIEL"].state == "ECHEC")
    assert envois(message_id)["COURRIEL"].cause == "DSN_5.1.1"
    key = store.address_key("COURRIEL", "amina+dsn@exemple.fr")
    assert store.refused([key]) == {key}


def test_the_sinks_own_reports_delivered_twice_and_displayed(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """`double` says delivered twice; `lu` says delivered then displayed."""
    for name, state in (("double", "DELIVRE"), ("lu", "LU")):
        source.say(contact(f"b-{name}", courriel=f"amina+{name}@exemple.fr", canaux=["COURRIEL"]))
        message_id = source.ask(Notice(f"b-{name}", "p1", "demande_complete", CHAMPS))
        source.relay_to(database)
        wait_until("the reports arrive", partial(worked, moyens, message_id, state))
        kinds = [preuve["genre"] for preuve in envois(message_id)["COURRIEL"].preuves]
        assert kinds == (["remis", "delivre"] if state == "DELIVRE" else ["remis", "delivre", "lu"])


def test_the_door_takes_only_addresses_that_we_gave(moyens: Moyens, sent: Any) -> None:
    """A made-up mark, another envoi's mark, any mailbox: 550, and nothing is stored."""
    _, address = sent("b2")
    local, _, domain = address.partition("@")
    forged = [f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{domain}", f"r-{'0' * 32}-{'0' * 20}@{domain}"]
    for wrong in (*forged, "postmaster@exemple.fr", f"{local}x@{domain}"):
        assert hand(moyens, wrong, b"Subject: x\r\n\r\nx") == 550
    assert hand(moyens, address, b"Subject: x\r\n\r\nx") == 250


def test_a_message_too_big_is_refused(moyens: Moyens, sent: Any) -> None:
    """552, whatever it holds."""
    _, address = sent("b3")
    assert hand(moyens, address, b"Subject: x\r\n\r\n" + b"x" * (2 * 1024 * 1024)) == 552


def test_what_came_back_is_stored_before_250(moyens: Moyens, sent: Any, database: Database[dict[str, Any]]) -> None:
    """At 250 it is there, unread; the same again is kept once."""
    _, address = sent("b4")
    for _ in range(2):
        assert hand(moyens, address, b"Subject: rebond\r\n\r\nx") == 250
    kept = [each for each in database["retours"].find({}) if b"rebond" in each["brut"]]
    assert len(kept) == 1


HOSTILE = {
    "nothing": b"",
    "no header": b"\x00\xff\xfe" * 50,
    "a report without fields": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: "
    b"message/delivery-status\r\n\r\n\r\n--b--\r\n",
    "deep nesting": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)
    ),
    "a broken charset": b"Content-Type: text/plain; charset=nimporte\r\nSubject: =?x?q?=FF?=\r\n\r\n\xff",
    "a header of 100 kB": b"Subject: " + b"a" * 100_000 + b"\r\n\r\nx",
    "a holiday": b"Auto-Submitted: auto-replied\r\nSubject: absente\r\n\r\nx",
    "relayed only": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status"
    b"\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n--b--\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_stranger_sends_back_never_breaks_and_never_counts_as_proof(name: str) -> None:
    """No exception, no delivery, no failure."""
    lecture, _ = accuses.read_report(HOSTILE[name])
    assert lecture in (accuses.ILLISIBLE, accuses.AUTOMATIQUE, accuses.DELAI)


def test_an_email_cannot_be_injected_with_headers(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Line ends in a field stay words; a template in a field is not run; HTML is shown, not read."""
    source.say(contact("b6", courriel="b6@exemple.fr"))
    champs = {"reference": "R\r\nBcc: x@exemple.fr", "libelle": "{{ 7*7 }} <script>x</script> {LIEN}"}
    source.ask(Notice("b6", "p1", "demande_complete", champs))
    source.relay_to(database)
    work(moyens)
    mail: EmailMessage = boites.mails("b6@exemple.fr")[0]
    assert mail["Bcc"] is None
    html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))  # type: ignore[union-attr]
    assert "&lt;script&gt;" in html and "<script>" not in html
    assert "{{ 7*7 }}" in text and text.count("/notify/lu/") == 1


@pytest.mark.parametrize("to", ["pas une adresse", "a@b@c", "x@exemple.fr\r\nBcc: y@exemple.fr", "\u200b@exemple.fr"])
def test_an_address_that_cannot_be_read_is_a_failure_and_not_a_loop(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], to: str
) -> None:
    """The next way is tried instead of the same one for ever."""
    source.say(contact("b7", courriel=to, telephone="+33611660007", canaux=["COURRIEL"]))
    message_id = source.ask(Notice("b7", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens)
    assert envois(message_id)["COURRIEL"].state in ("ECHEC", "REMIS", "DELIVRE")


def test_a_reading_link_of_one_sending_says_nothing_of_another(moyens: Moyens, sent: Any) -> None:
    """Marks of one usage are worth nothing for the other, nor for another sending."""
    message_id, _ = sent("b8")
    envoi_id, secret = envois(message_id)["COURRIEL"].id, moyens.settings.secret
    bounce = liens.token(secret, liens.RETOUR, envoi_id)
    assert accuses.receive_reading(bounce, moyens.settings) is False
    assert accuses.receive_reading("x" * 500, moyens.settings) is False
    assert envois(message_id)["COURRIEL"].state != "LU"
    assert accuses.receive_reading(liens.token(secret, liens.LECTURE, envoi_id), moyens.settings) is True
    assert envois(message_id)["COURRIEL"].state == "LU"
