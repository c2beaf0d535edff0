"""Arrivals keep their instants whatever becomes of the ones before."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from loadtests.arrivals import Arrivals, Schedule
from loadtests.shapes import SHAPES, schedules, spans


@dataclass
class Time:
    """Seconds that pass only when somebody sleeps, or when a release takes long."""

    now: float = -10.0
    stalls: dict[int, float] = field(default_factory=dict)
    released: list[tuple[float, float]] = field(default_factory=list)
    room: int = 1_000_000

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def release(self, schedule: Schedule, intended: float) -> bool:
        self.now += self.stalls.get(len(self.released), 0.0)
        if len(self.released) >= self.room:
            return False
        self.released.append((intended, self.now))
        return True


def play(schedule: Schedule, time: Time) -> Arrivals:
    arrivals = Arrivals(schedule, time.read, time.sleep, time.release)
    arrivals.run()
    return arrivals


@pytest.mark.parametrize(("rate", "seconds"), [(10, 60), (0.4, 120), (83, 10), (27.4, 120)])
def test_as_many_arrive_as_rate_and_length_say(rate: float, seconds: float) -> None:
    schedule = Schedule("piece", rate, start=0, end=seconds, phase=0.5)
    assert abs(schedule.measured() - rate * seconds) <= 1


def test_instants_are_fixed_beforehand_and_evenly_spread() -> None:
    time = Time(now=0)
    play(Schedule("piece", 4, start=0, end=2), time)
    assert [intended for intended, _ in time.released] == [0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]


def test_a_slow_release_delays_none_of_the_later_instants() -> None:
    time = Time(now=0, stalls={1: 0.6})
    arrivals = play(Schedule("piece", 4, start=0, end=2), time)
    late = {intended: round(released - intended, 2) for intended, released in time.released}
    assert late[0.5] == 0.35 and late[0.75] == 0.1 and late[1.0] == 0
    assert arrivals.missed == 0
    assert round(arrivals.latest_release, 2) == 0.35


def test_what_comes_more_than_a_second_late_is_missed_and_not_caught_up() -> None:
    time = Time(now=0, stalls={0: 2.1})
    arrivals = play(Schedule("piece", 4, start=0, end=4), time)
    assert (arrivals.missed, arrivals.late) == (4, 4)
    assert len(time.released) == 12


def test_an_arrival_without_room_is_missed() -> None:
    arrivals = play(Schedule("piece", 4, start=0, end=2), Time(now=0, room=6))
    assert (arrivals.missed, arrivals.late) == (2, 0)


def test_warming_up_is_sent_and_counts_for_nothing() -> None:
    time = Time(room=3)
    arrivals = play(Schedule("piece", 1, start=-10, end=5, phase=0.5), time)
    assert arrivals.schedule.measured() == 5
    assert arrivals.missed == 5
    assert all(intended < 0 for intended, _ in time.released)


def test_operations_do_not_all_start_on_the_same_instant() -> None:
    made = schedules(spans("palier", warm_up=0, seconds=1), {"piece": 2.0, "depot": 2.0})
    assert len({instant for schedule in made for instant in schedule.instants()}) == 4


def test_a_rate_of_nothing_sends_nothing() -> None:
    assert list(Schedule("piece", 0, start=0, end=10).instants()) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_phases_of_a_shape_fill_the_measure_one_after_the_other(shape: str) -> None:
    found = spans(shape, warm_up=10, seconds=100)
    assert found[0].start == -10 and found[-1].end == pytest.approx(100)
    assert all(one.end == after.start for one, after in pairwise(found))


def test_only_what_a_phase_breaks_on_purpose_changes_its_rate_and_is_not_judged() -> None:
    made = schedules(spans("canal", warm_up=0, seconds=10), {"saisine": 1.0, "depot": 1.0})
    assert [(one.operation, one.rate, one.judged) for one in made] == [
        ("saisine", 1.0, True),
        ("depot", 1.0, True),
        ("saisine", 7.0, False),
        ("depot", 1.0, True),
    ]


def test_nobody_asks_a_service_that_is_away_and_all_come_when_it_is_back() -> None:
    made = schedules(spans("panne", warm_up=0, seconds=100), {"depot": 1.0, "voie": 1.0})
    assert [one.rate for one in made if one.operation == "depot"] == [1.0, 0.0, 2.5, 1.0]
    assert [one.rate for one in made if one.operation == "voie"] == [1.0] * 4
