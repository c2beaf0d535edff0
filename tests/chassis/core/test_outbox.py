"""State and facts change in one write, under a version; repeats are harmless; the history holds together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from chassis import clock, event_log, outbox, pace, relay
from chassis.outbox import Command, Conflict, Contact, Duplicate
from droit.decision import Refused
from tests import drain
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal
from tests.profiler import Profiled, profiled  # noqa: F401


async def _taken(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["event_id"] for entry in entries}


def _relay(db: Any) -> relay.Relay:
    return relay.Relay(db, (Bocal,), _taken, drain.in_a_thread)


def test_state_fact_version_hash_and_request_change_in_one_write(deposit: Any) -> None:
    bocal = monde.create("un")
    bocal.state = "PLEIN"
    bocal.lignes.append("a")
    done = outbox.update(bocal, monde.fact("1"), monde.fact("2"), request_id="r1")
    stored = deposit["bocaux"].find_one({"_id": bocal.id})
    assert (done.version, done.state, done.lignes) == (3, "PLEIN", ["a"])
    assert [entry["version"] for entry in stored["outbox"]] == [1, 2, 3]
    assert stored["last_hash"] == stored["outbox"][-1]["hash"]
    assert stored["request_ids"] == ["r1"]


def test_an_old_version_is_refused_and_changes_nothing(deposit: Any) -> None:
    bocal = monde.create("un")
    old = Bocal.objects(id=bocal.id).first()
    monde.refill(bocal, monde.fact("1"))
    before = deposit["bocaux"].find_one({"_id": bocal.id})
    with pytest.raises(Conflict):
        monde.refill(old, monde.fact("perdu"))
    assert deposit["bocaux"].find_one({"_id": bocal.id}) == before


def test_a_repeated_request_is_answered_from_the_state_it_left(deposit: Any) -> None:
    bocal = monde.create("un")
    first, second = monde.fill(bocal.id, "r1"), monde.fill(bocal.id, "r1")
    assert (first.version, first.count) == (second.version, second.count) == (2, 1)


def test_a_write_that_reads_nothing_is_done_once_where_its_guard_holds(deposit: Any) -> None:
    bocal, command = monde.create("un"), outbox.command_id("cle", "plein")
    empty, full = {"_id": bocal.id, "state": bocal.state}, {"state": {"$literal": "PLEIN"}}

    elsewhere = outbox.write_unread(Bocal, empty | {"state": "AUTRE"}, full, request_id=command)
    done = outbox.write_unread(Bocal, empty, full, request_id=command)
    again = outbox.write_unread(Bocal, {"_id": bocal.id}, full, request_id=command)

    assert (elsewhere, again) == (None, None)
    assert done is not None
    assert (done.state, done.version) == ("PLEIN", bocal.version + 1)
    stored = Bocal.objects(id=bocal.id).first()
    assert outbox.already(stored, command)
    assert not outbox.already(stored, outbox.command_id("autre", "plein"))
    with pytest.raises(Refused):
        outbox.already(stored, outbox.command_id("cle", "vide"))


def test_the_last_twenty_requests_are_remembered(deposit: Any) -> None:
    bocal = monde.create("un")
    for number in range(25):
        bocal = monde.fill(bocal.id, f"r{number}")
    assert bocal.request_ids == [f"r{number}" for number in range(5, 25)]


def test_a_repeated_creation_gives_the_first_object(deposit: Any) -> None:
    first, second = monde.create("un", "r1"), monde.create("un", "r1")
    assert first.id == second.id
    assert deposit["bocaux"].count_documents({"_id": first.id}) == 1
    assert len(deposit["bocaux"].find_one({"_id": first.id})["outbox"]) == 1


def test_another_object_under_a_taken_key_is_a_duplicate(deposit: Any) -> None:
    monde.create("un", "r1")
    with pytest.raises(Duplicate, match="etiquette"):
        monde.create("un", "r2")


def test_eight_writers_lose_nothing(deposit: Any) -> None:
    bocal = monde.create("un")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: monde.fill(bocal.id, f"r{number}"), range(80)))
    stored = deposit["bocaux"].find_one({"_id": bocal.id})
    assert (stored["count"], stored["version"], len(stored["outbox"])) == (80, 81, 81)
    assert event_log.broken_link(event_log.whole_history(Bocal, deposit, bocal.id)) is None


def test_the_chain_holds_across_the_log_and_the_outbox_and_shows_what_was_changed(deposit: Any) -> None:
    bocal = monde.create("un")
    late = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC).astimezone(clock.PARIS)
    monde.refill(bocal, monde.fact("1", heure=late, liste=("a", 1, None)))
    drain.empty(_relay(deposit))
    monde.fill(bocal.id)
    found = event_log.whole_history(Bocal, deposit, bocal.id)
    assert [fact["version"] for fact in found] == [1, 2, 3]
    assert event_log.broken_link(found) is None
    deposit["faits"].update_one({"aggregate": bocal.id, "version": 2}, {"$set": {"by": "agent:other"}})
    broken = event_log.broken_link(event_log.whole_history(Bocal, deposit, bocal.id))
    assert broken is not None
    assert broken["version"] == 2


def test_a_long_history_is_read_whole(deposit: Any) -> None:
    bocal = monde.create("un")
    for _ in range(9):
        outbox.update(bocal, *[monde.fact("x") for _ in range(50)])
        bocal = Bocal.objects(id=bocal.id).first()
    drain.empty(_relay(deposit))
    found = event_log.whole_history(Bocal, deposit, bocal.id)
    assert [fact["version"] for fact in found] == list(range(1, 452))
    assert event_log.broken_link(found) is None


def test_each_write_gives_a_contact_a_later_version(deposit: Any) -> None:
    contact = Contact("contact.c1", StringValue(value="a"))
    bocal = Bocal(id=clock.new_id(), parcours_id="p", etiquette="c")
    outbox.insert(bocal, monde.fact("0"), contact)
    for entries in ((contact,), (contact, monde.fact("1"), monde.fact("2")), (contact,)):
        outbox.update(Bocal.objects(id=bocal.id).first(), *entries)
    stored = deposit["bocaux"].find_one({"_id": bocal.id})
    versions = [entry["version"] for entry in stored["outbox"] if entry["kind"] == outbox.CONTACT]
    assert versions == sorted(set(versions))
    assert len(versions) == 4


def test_of_a_contact_only_the_last_value_is_published(deposit: Any) -> None:
    bocal = Bocal(id=clock.new_id(), parcours_id="p", etiquette="c")
    outbox.insert(bocal, Contact("contact.c1", StringValue(value="vieux")))
    outbox.update(Bocal.objects(id=bocal.id).first(), Contact("contact.c1", StringValue(value="neuf")))
    seen: list[bytes] = []

    async def publish(entries: list[dict[str, Any]]) -> set[str]:
        seen.extend(entry["payload"] for entry in entries)
        return {entry["event_id"] for entry in entries}

    drain.empty(relay.Relay(deposit, (Bocal,), publish, drain.in_a_thread))
    assert seen == [StringValue(value="neuf").SerializeToString()]
    assert relay.depth((Bocal,)) == 0
    assert deposit["faits"].count_documents({"aggregate": bocal.id}) == 0


def test_two_aggregates_under_one_identifier_do_not_lose_a_history_silently(deposit: Any) -> None:
    bocal = monde.create("un")
    drain.empty(_relay(deposit))
    deposit["bocaux"].delete_one({"_id": bocal.id})
    outbox.insert(Bocal(id=bocal.id, parcours_id="p", etiquette="autre"), monde.fact("autre"))
    assert drain.empty(_relay(deposit)) == 0
    assert relay.depth((Bocal,)) == 1, "a fact that has no history stays where a person finds it"


def test_a_command_does_not_wait_for_a_dead_broker_behind_a_long_outbox(deposit: Any) -> None:
    for number in range(350):
        monde.create(f"b{number}")
    last = Bocal(id=clock.new_id(), parcours_id="p", etiquette="ordre")
    outbox.insert(last, Command("ccc", "x.Y/Z", StringValue(value="o"), "order-1"))

    async def dead(entries: list[dict[str, Any]]) -> set[str]:
        return set()

    silent = relay.Relay(deposit, (Bocal,), dead, drain.in_a_thread)
    for _ in range(5):
        drain.empty(silent)
    assert deposit["commandes"].find_one({"_id": "order-1"}) is not None
    assert deposit["faits"].count_documents({"version": 1, "aggregate": {"$gt": ""}}) == 350


def test_a_document_with_a_thousand_unsent_facts_stays_small_and_writes_fast(deposit: Any) -> None:
    bocal = monde.create("un")
    for _ in range(10):
        outbox.update(bocal, *[monde.fact("x") for _ in range(10)])
        bocal = Bocal.objects(id=bocal.id).first()
    [size] = deposit["bocaux"].aggregate(
        [{"$match": {"_id": bocal.id}}, {"$project": {"size": {"$bsonSize": "$$ROOT"}}}]
    )
    assert size["size"] < 100_000
    # Our own work: the time of the clock would be that of whatever else the machine does.
    start = time.process_time()
    monde.fill(bocal.id)
    assert time.process_time() - start < 1.0
    drain.empty(_relay(deposit))
    assert relay.depth((Bocal,)) == 0


def test_every_query_uses_an_index_and_reads_what_it_returns(deposit: Any, profiled: Profiled) -> None:  # noqa: F811
    """Against a collection where the wrong plan would show: 600 jars, 300 unsent, one log of 900 facts."""
    for number in range(300):
        bocal = monde.create(f"b{number}")
        monde.fill(bocal.id, f"r{number}")
    drain.empty(_relay(deposit))
    for number in range(300, 600):
        bocal = monde.create(f"b{number}", f"c{number}")
    relay.depth((Bocal,))
    drain.empty(_relay(deposit))
    event_log.whole_history(Bocal, deposit, bocal.id)
    since = clock.now() - timedelta(hours=1)
    assert len(event_log.since(deposit, [monde.REMPLI, "deposit.autre.rare"], since)) == event_log.PAGE
    assert event_log.since(deposit, ["deposit.autre.rare"], since) == []
    ids = [str(fact["_id"]) for fact in event_log.since(deposit, [monde.REMPLI], None)]
    event_log.write_receipts(deposit, ids[:50])
    event_log.write_receipts(deposit, ids[:60])
    assert event_log.without_receipt(deposit, ids) == set(ids[60:])


def test_who_tells_many_yields_to_the_acts_that_wait(deposit: Any) -> None:
    told: list[int] = []

    def telling(most: int) -> int:
        told.append(most)
        return len(told) < 3

    for number in range(3):
        monde.create(f"b{number}")
    assert pace.yielding((Bocal,), 5, telling) == 1
    assert pace.yielding((Bocal,), 3, telling) == 0
    deposit["bocaux"].update_many({"etiquette": {"$gt": ""}}, {"$set": {"outbox": []}})
    assert pace.yielding((Bocal,), 3, telling) == 1
    assert told == [2, 3]
