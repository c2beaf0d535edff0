"""The faults bite: with one protection taken away, the same comparison says what was lost or doubled.

| taken away | how it is provoked | verdict |
|---|---|---|
| the outbox (pulled before it is sent) | killed before the log has the fact | must fail: lost, history broken |
| the unique key of what a fact creates | a fact published twice, the broker's window over | must fail: doubled |
| the lease of a sending | none needed: several hands take it | must fail: the same e-mail again |
| the lease of the relay | two relays, the broker's window over | must hold: published twice, one effect |

Each mutant is a worker of its own (`mutants/`), started by the stack in the place of the true one.
"""

from __future__ import annotations

import pytest

from tests.faults import broker, seams
from tests.faults.world import Run, World

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def _prepared(world: World, name: str, behaviour: str = "") -> tuple[Run, seams.Person]:
    run = world.run(name, patience=40.0)
    person = run.person("p", behaviour)
    assert person.prepare()
    run.heal()
    return run, person


def test_without_the_outbox_a_kill_loses_the_receipt_and_breaks_the_history(world: World) -> None:
    run, person = _prepared(world, "sans-boite")
    with world.mutant("deposit.worker", "relais_sans_boite"):
        seams.die_before_log(run, person)
        assert world.demande(person.demande_id)["outbox"] == []
        run.restore()
    run.heal()
    verdict = run.verdict()
    assert verdict.lost and verdict.broken, verdict


def test_without_the_unique_key_a_fact_delivered_twice_is_told_twice(world: World) -> None:
    run, person = _prepared(world, "sans-cle")
    with world.mutant("notify.worker", "notify_sans_cle"):
        seams.window(run, person)
        run.heal()
    verdict = run.verdict()
    assert any(line.startswith("message ") for line in verdict.doubled), verdict


def test_without_the_lease_of_a_sending_the_same_email_goes_again(world: World) -> None:
    run, person = _prepared(world, "sans-bail", "lent-2")
    with world.mutant("notify.worker", "notify_sans_bail"):
        assert person.file() is not None
        run.heal()
    verdict = run.verdict()
    assert any(line.startswith("e-mail ") for line in verdict.doubled), verdict


def test_without_the_lease_of_the_relay_facts_go_twice_and_nothing_is_doubled(world: World) -> None:
    run, person = _prepared(world, "deux-relais")
    broker.set_window(run, 0.1)
    try:
        with world.mutant("deposit.worker", "relais_sans_bail"), world.second("deposit.worker", "relais_sans_bail"):
            seams.published_by_two(run, person)
            run.heal()
    finally:
        broker.set_window(run, 120)
    verdict = run.verdict()
    assert verdict.clean, verdict
