"""A message that was given up for want of a way is told once there is one, however the two cross."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from chassis import clock
from chassis.inbox import Meta
from chassis.messages import Notice
from sejour.contact.v1 import contact_pb2
from services.notify import rules
from services.notify.actions import contacts, planification, preuves
from services.notify.moyens import Moyens
from services.notify.store import Message
from tests.notify.monde import Boites, Source, contact, state, wait_until, work

CHAMPS = {"reference": "R-1", "libelle": "Étudiant"}


def test_what_was_due_while_no_way_was_open_is_told_once_one_is(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """An account frozen while a decision fell: its holder, recognised, gets it; a link that has ended is not sent."""
    source.say(contact("y3"))
    message_id = source.ask(Notice("y3", "p1", "demande_complete", CHAMPS))
    source.ask(Notice("y3", "p1", "recuperation", {"lien": "https://exemple.test/r/1", "duree_minutes": 30}))
    source.relay_to(database)
    work(moyens)
    assert state(message_id) == (rules.NON_RECU, "AUCUNE_VOIE")
    earlier = {"$set": {"cree_time": clock.now() - timedelta(seconds=10)}}
    database["messages"].update_many({"destinataire_id": "y3"}, earlier)

    source.say(contact("y3", courriel="y3@exemple.fr", version=2))
    source.relay_to(database)
    wait_until("she is told", lambda: work(moyens, rounds=1) or boites.mails("y3@exemple.fr"))
    assert [mail["subject"] for mail in boites.mails("y3@exemple.fr")] == ["Votre demande R-1 est complète"]


def test_a_way_that_comes_while_its_message_is_given_up_is_used(
    moyens: Moyens,
    source: Source,
    boites: Boites,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It finds nothing to take up yet; the worker that gives up may die right after."""
    source.say(contact("y5"))
    source.ask(Notice("y5", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    give_up = preuves.say_non_recu

    def meanwhile(*args: Any, **kept: Any) -> Message:
        contacts.keep(contact_pb2.Contact(contact_id="y5", version=2, courriel="y5@exemple.fr"), "deposit")
        return give_up(*args, **kept)

    monkeypatch.setattr(preuves, "say_non_recu", meanwhile)
    wait_until("she is told", lambda: work(moyens, rounds=1) or boites.mails("y5@exemple.fr"))


def test_a_way_kept_by_a_worker_that_died_is_used_when_it_comes_again(
    moyens: Moyens,
    source: Source,
    boites: Boites,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And one that comes again for nothing makes no second fact that nobody was reached."""
    source.say(contact("y6"))
    message_id = source.ask(Notice("y6", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens)
    way = contact_pb2.Contact(contact_id="y6", version=2, courriel="y6@exemple.fr")
    meta = Meta(clock.new_id(), "contact.deposit.y6", "y6", 2, "p1", clock.today(), clock.now())

    def killed(*_args: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(contacts, "look_again", killed)
        contacts.receive_contacts([(way, meta)])
    work(moyens)
    assert state(message_id) == (rules.NON_RECU, "AUCUNE_VOIE")
    contacts.receive_contacts([(way, replace(meta, again=True))])
    wait_until("she is told", lambda: work(moyens, rounds=1) or boites.mails("y6@exemple.fr"))
    told = Message.objects(id=message_id).first().version
    contacts.receive_contacts([(way, replace(meta, again=True))])
    work(moyens)
    assert Message.objects(id=message_id).first().version == told


@pytest.mark.parametrize("ways", [["y7"], ["y7", "y7bis"]], ids=["the-first", "another"])
def test_a_way_that_comes_while_its_message_is_looked_at_again_is_used_at_once(
    moyens: Moyens, source: Source, boites: Boites, monkeypatch: pytest.MonkeyPatch, ways: list[str], database: Any
) -> None:
    """Whether the message was about to rest, or to be taken up: nobody waits for the end of its lease."""
    source.say(contact("y7"))
    source.ask(Notice("y7", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    look = planification._has_way
    versions = [*enumerate(ways, start=2)]

    def come(version: int, name: str) -> None:
        contacts.keep(contact_pb2.Contact(contact_id="y7", version=version, courriel=f"{name}@exemple.fr"), "deposit")

    def meanwhile(*args: Any) -> bool:
        seen = look(*args)
        if versions:
            come(*versions.pop(0))
        return seen

    monkeypatch.setattr(planification, "_has_way", meanwhile)
    wait_until("she is told", lambda: work(moyens, rounds=1) or boites.mails(f"{ways[-1]}@exemple.fr"))


def test_a_link_that_comes_before_the_way_of_the_same_act_is_sent_by_it(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    source.say(contact("y4"))
    source.ask(Notice("y4", "p1", "recuperation", {"lien": "https://exemple.test/r/4", "duree_minutes": 30}))
    source.relay_to(database)
    work(moyens)

    # The two facts of one act bear one instant.
    database["messages"].update_many({"destinataire_id": "y4"}, {"$set": {"cree_time": clock.now()}})
    source.say(contact("y4", courriel="y4@exemple.fr", version=2))
    source.relay_to(database)
    wait_until("the link is sent", lambda: work(moyens, rounds=1) or boites.mails("y4@exemple.fr"))
