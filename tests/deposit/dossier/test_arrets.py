"""What stops the clocks of a demande, and what starts them again (DEP-37)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chassis import clock
from chassis.inbox import Meta, Together
from sejour.ccc.v1 import events_pb2 as ccc
from services.deposit.blocage.actions import blocages
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.navigateur import day, stored


def test_a_ticket_stops_the_clocks_each_time_that_it_is_open_and_never_twice(deposit: Deposit) -> None:
    person = a_person(deposit)
    demande_id = person.file(titre_code="etudiant", fin_titre_date=day(60))["demande_id"]
    named: dict[str, Any] = {"saisine_id": clock.new_id(), "usager_id": person.usager_id, "demande_id": demande_id}
    parcours, ticket = stored(demande_id)["parcours_id"], named["saisine_id"]
    opened = (Together(blocages.on_saisines_ouvertes), ccc.SaisineOuverte(reference="S-2345-6789", **named))
    closed = (blocages.on_saisine_close, ccc.SaisineClose(**named))
    again, more = ((blocages.on_saisine_rouverte, ccc.SaisineRouverte(saisine_id=ticket, niveau=n)) for n in (2, 3))

    steps: list[tuple[Callable[[Any, Meta], None], Any]] = [opened, opened, closed, again, again, closed, more]
    found = []
    for version, (handle, event) in enumerate(steps, 1):
        handle(event, Meta(clock.new_id(), "ccc.saisine", ticket, version, parcours, clock.today(), clock.now()))
        found.append([stop.get("fin_date") is None for stop in stored(demande_id)["arrets"]])

    once, twice = [[True], [True], [False]], [[False, True], [False, True], [False, False]]
    assert found == [*once, *twice, [False, False, True]]
