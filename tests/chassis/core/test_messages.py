"""The words of a message stay in the history of who acted; the fact carries ids and their SHA-256."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest

from chassis import clock, messages, outbox, relay
from droit.decision import Refused
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2
from tests import drain
from tests.chassis.core.monde import Bocal
from tests.profiler import Profiled, profiled  # noqa: F401


async def _taken(entries: list[dict[str, Any]]) -> set[str]:
    _taken.seen = entries  # type: ignore[attr-defined]
    return {entry["event_id"] for entry in entries}


def _ask(name: str) -> message_pb2.MessageDemande:
    asked = messages.Notice(
        "u1", "p1", "piece_manquante", {"prénom": name, "date": date(2027, 1, 2)}, (("reçu.pdf", "/deposit/x"),)
    )
    fact = messages.fact("deposit", asked)
    outbox.insert(Bocal(id=clock.new_id(), parcours_id="p1", etiquette=name), fact)
    assert isinstance(fact.message, message_pb2.MessageDemande)
    return fact.message


def test_words_are_served_by_id_with_the_sum_that_the_fact_told(deposit: Any, profiled: Profiled) -> None:  # noqa: F811
    told = [_ask(f"Zoé {number}") for number in range(40)]
    drain.empty(relay.Relay(deposit, (Bocal,), _taken, drain.in_a_thread))
    for message in told:
        words = messages.content(deposit, message.message_id)
        assert hashlib.sha256(words.encode()).hexdigest() == message.contenu_sha256
    assert '"date":"2027-01-02"' in words
    assert "Zoé 39" in words


def test_the_words_leave_the_service_in_no_fact(deposit: Any) -> None:
    _ask("Zoé")
    drain.empty(relay.Relay(deposit, (Bocal,), _taken, drain.in_a_thread))
    [entry] = _taken.seen  # type: ignore[attr-defined]
    assert "Zoé".encode() not in entry["payload"]
    assert message_pb2.MessageDemande.FromString(entry["payload"]).destinataire_id == "u1"


def test_an_unknown_message_has_no_words(deposit: Any) -> None:
    with pytest.raises(Refused) as refused:
        messages.content(deposit, "inconnu")
    assert refused.value.motif == messages.MESSAGE_INCONNU


def test_a_contact_is_published_and_kept_in_no_history(deposit: Any) -> None:
    values = contact_pb2.Contact(contact_id="u1")
    outbox.insert(Bocal(id=clock.new_id(), parcours_id="p1", etiquette="c"), messages.contact(values))
    drain.empty(relay.Relay(deposit, (Bocal,), _taken, drain.in_a_thread))
    [entry] = _taken.seen  # type: ignore[attr-defined]
    assert entry["subject"] == "contact.u1"
    assert deposit["faits"].find_one() is None


def test_a_first_contact_leaves_with_its_message_alone_and_a_later_one_by_its_stream(deposit: Any) -> None:
    published: list[list[tuple[str, bytes]]] = []

    async def take(entries: list[dict[str, Any]]) -> set[str]:
        published.append([(entry["subject"], entry.get(messages.BESIDE, b"")) for entry in entries])
        return {entry["event_id"] for entry in entries}

    for first in (True, False):
        values = contact_pb2.Contact(contact_id="u1", courriel="zoe@exemple.test")
        asked = messages.fact("deposit", messages.Notice("u1", "p1", "piece_manquante"))
        entries = (asked, messages.contact(values, first=first))
        outbox.insert(Bocal(id=clock.new_id(), parcours_id="p1", etiquette=f"c {first}"), *entries)
        drain.empty(relay.Relay(deposit, (Bocal,), take, drain.in_a_thread))

    told, contact = ("deposit.message.demande", values.SerializeToString(deterministic=True)), ("contact.u1", b"")
    assert published == [[told], [contact], [(told[0], b"")]]
    assert deposit["bocaux"].find_one(relay.UNSENT) is None
    assert all("contact" not in fact for fact in deposit["faits"].find())
