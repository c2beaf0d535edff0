"""What the legal clock makes due is done once, by one worker, and tried again when it fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chassis import clock, due, outbox
from chassis.due import Due
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal
from tests.profiler import Profiled, profiled  # noqa: F401

DAY = date(2027, 1, 10)


@pytest.fixture(autouse=True)
def horloge(tmp_path: Path) -> Iterator[Path]:
    """The legal clock of these tests, at DAY."""
    file = tmp_path / "horloge"
    file.write_text(DAY.isoformat())
    clock.use_clock_file(file)
    yield file
    clock.use_clock_file(None)


def _jar(name: str, **days: int) -> Bocal:
    jar = Bocal(id=clock.new_id(), parcours_id="p", etiquette=name)
    due.plan(jar, **{kind: DAY + timedelta(days=after) for kind, after in days.items()})
    return outbox.insert(jar, monde.fact(name))


@outbox.retry_conflicts
def _done(kind: str, ident: str) -> None:
    jar: Bocal = Bocal.objects(id=ident).first()
    jar.lignes.append(kind)
    due.plan(jar, **{kind: None})
    outbox.update(jar, monde.fact(kind))


def _act(kind: str, ident: str, day: date, today: date) -> None:
    _done(kind, ident)


def _due(*kinds: str) -> Due:
    return {(Bocal, kind): partial(_act, kind) for kind in kinds}


def _lines(jar: Bocal) -> list[str]:
    return list(Bocal.objects(id=jar.id).first().lignes)


def test_each_kind_is_done_on_its_day_as_the_clock_moves(deposit: Any, horloge: Path) -> None:
    jar = _jar("un", relance=0, echeance=2, fin=30)
    table = _due("relance", "echeance", "fin")
    assert due.run_due(table) == 1
    assert _lines(jar) == ["relance"]
    assert due.run_due(table) == 0
    horloge.write_text((DAY + timedelta(days=40)).isoformat())
    assert due.count_due(table) == 1
    due.run_due(table)
    assert _lines(jar) == ["relance", "echeance", "fin"]
    assert due.count_due(table) == 0
    assert Bocal.objects(id=jar.id).first().next_due_date is None


def test_an_action_learns_the_day_it_fell_due_and_today(deposit: Any, horloge: Path) -> None:
    seen: list[tuple[date, date]] = []

    def action(ident: str, day: date, today: date) -> None:
        seen.append((day, today))
        _done("relance", ident)

    _jar("un", relance=1)
    horloge.write_text((DAY + timedelta(days=5)).isoformat())
    due.run_due({(Bocal, "relance"): action})
    assert seen == [(DAY + timedelta(days=1), DAY + timedelta(days=5))]


def test_two_workers_share_the_work_and_do_each_once(deposit: Any) -> None:
    jars = [_jar(f"b{number}", relance=0) for number in range(40)]
    with ThreadPoolExecutor(2) as pool:
        worked = [done.result() for done in [pool.submit(due.run_due, _due("relance")) for _ in range(2)]]
    assert sum(worked) == 40
    assert all(_lines(jar) == ["relance"] for jar in jars)


def test_what_fails_is_tried_again_after_its_lease_and_stops_nobody(deposit: Any) -> None:
    bad, good = _jar("mauvais", relance=0), _jar("bon", relance=0)
    broken = threading.Event()
    broken.set()

    def action(ident: str, day: date, today: date) -> None:
        if ident == bad.id and broken.is_set():
            raise ValueError("not yet")
        _done("relance", ident)

    told: list[str] = []
    table: Due = {(Bocal, "relance"): action, (Bocal, due.FAILED): lambda ident, *_: told.append(ident)}
    assert due.run_due(table) == 2
    assert (_lines(bad), _lines(good)) == ([], ["relance"])
    assert (due.count_failing(table), told) == (1, [bad.id]), "a metric, and whoever must know is told"
    assert due.run_due(table) == 0, "its lease spaces the attempts"
    passed = {"$set": {"due_lease_time": clock.now() - timedelta(seconds=1)}}
    for attempt in range(2):
        deposit["bocaux"].update_one({"_id": bad.id}, passed)
        assert due.run_due(table) == 1
        assert told == [bad.id] * 2, "told of each failure: it may mean more than the one before"
        if attempt == 0:
            broken.clear()
    assert _lines(bad) == ["relance"]
    assert due.count_failing(table) == 0


@pytest.mark.parametrize("kinds", [(), ("relance",)], ids=["unknown kind", "action that plans nothing"])
def test_work_that_cannot_end_is_not_called_without_end(deposit: Any, kinds: tuple[str, ...]) -> None:
    _jar("un", relance=0)
    table: Due = {(Bocal, "autre"): lambda *_: None} | {(Bocal, kind): lambda *_: None for kind in kinds}
    assert due.run_due(table) == 1
    assert due.run_due(table) == 0
    assert due.count_due(table) == 1, "it stays in sight"


def test_every_query_uses_an_index(deposit: Any, profiled: Profiled) -> None:  # noqa: F811
    for number in range(120):
        _jar(f"b{number}", relance=number % 3, fin=30)
    while due.run_due(_due("relance", "fin")):
        due.count_due(_due("relance", "fin"))
