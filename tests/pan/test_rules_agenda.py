"""Slots and appointments, one table each: when a place receives, what may be booked and changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from droit.decision import Motif
from services.pan.rules import agenda

DAY = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WEEK: dict[str, Any] = {
    "horaires": [{"jours": [0, 1], "de": "09:00", "a": "10:10"}, {"jours": [0], "de": "14:00", "a": "14:30"}],
    "fermetures": [{"du": "2027-03-08", "au": "2027-03-09"}],
    "duree_minutes": 30,
    "fuseau": "Europe/Paris",
}


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        # A Monday: only whole slots before the closing.
        (date(2027, 3, 1), ["08:00", "08:30", "13:00"]),
        (date(2027, 3, 2), ["08:00", "08:30"]),
        (date(2027, 3, 3), []),
        # Both ends of a closed period count.
        (date(2027, 3, 8), []),
        (date(2027, 3, 9), []),
        # A public holiday, then the first Monday of summer time.
        (date(2027, 3, 15), []),
        (date(2027, 3, 29), ["07:00", "07:30", "12:00"]),
    ],
)
def test_slots_follow_the_hours_of_the_place(day: date, starts: list[str]) -> None:
    made = agenda.slots_of_day(WEEK, day, frozenset({date(2027, 3, 15)}))

    assert [start.strftime("%H:%M") for start in made] == starts


def test_the_hours_are_those_of_the_place_overseas() -> None:
    [first, *_] = agenda.slots_of_day({**WEEK, "fuseau": "Indian/Reunion"}, DAY, frozenset())

    assert first == datetime(2027, 3, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(("rank", "expected"), [(0, "11:00"), (1, "11:10"), (5, "11:50"), (6, "11:00"), (13, "11:10")])
def test_the_web_sees_a_days_slots_in_waves_after_noon(rank: int, expected: str) -> None:
    assert agenda.visible_from(DAY, rank, "Europe/Paris").strftime("%H:%M") == expected


@pytest.mark.parametrize(
    ("changes", "purpose", "way", "refusal"),
    [
        ({}, agenda.AIDE, agenda.WEB, None),
        ({"visible_time": NOW + MINUTE}, agenda.AIDE, agenda.WEB, agenda.CRENEAU_INCONNU),
        ({"visible_time": NOW + MINUTE}, agenda.AIDE, agenda.TELEPHONE, None),
        ({"visible_time": NOW}, agenda.AIDE, agenda.WEB, None),
        ({"debut_time": NOW}, agenda.AIDE, agenda.ACCUEIL, agenda.CRENEAU_PASSE),
        ({}, agenda.REMISE, agenda.WEB, agenda.OBJET_NON_RECU),
        ({"libres": 0}, agenda.AIDE, agenda.WEB, agenda.CRENEAU_PRIS),
    ],
)
def test_a_slot_to_come_is_booked_once_it_is_open_to_that_way(
    changes: dict[str, Any], purpose: str, way: str, refusal: Motif | None
) -> None:
    slot = {"visible_time": NOW - MINUTE, "debut_time": NOW + MINUTE, "objets": [agenda.AIDE], "libres": 1}

    assert agenda.may_book(slot | changes, purpose, way, NOW).motif is refusal


def test_a_slot_that_does_not_exist_is_not_booked() -> None:
    assert agenda.may_book(None, agenda.AIDE, agenda.TELEPHONE, NOW).motif is agenda.CRENEAU_INCONNU


@pytest.mark.parametrize(
    ("state", "start", "refusal"),
    [
        (agenda.PRIS, NOW + MINUTE, None),
        (agenda.PRIS, NOW, agenda.RENDEZ_VOUS_FINI),
        (agenda.ANNULE, NOW + MINUTE, agenda.RENDEZ_VOUS_FINI),
        (agenda.HONORE, NOW + MINUTE, agenda.RENDEZ_VOUS_FINI),
    ],
)
def test_an_appointment_is_changed_until_it_begins(state: str, start: datetime, refusal: Motif | None) -> None:
    assert agenda.may_change(state, start, NOW).motif is refusal


@pytest.mark.parametrize(
    ("before", "minutes", "desks", "expected"),
    [(0, 20, 2, 0), (1, 20, 2, 10), (3, 15, 2, 23), (2, 15, 0, 30)],
)
def test_a_wait_is_estimated_in_whole_minutes(before: int, minutes: int, desks: int, expected: int) -> None:
    assert agenda.wait_minutes(before, minutes, desks) == expected


@pytest.mark.parametrize(
    ("first", "days", "short"),
    [
        (None, -1, True),
        (DAY, 0, False),
        (DAY - timedelta(days=1), 0, False),
        (DAY + timedelta(days=15), 15, False),
        (DAY + timedelta(days=16), 16, True),
    ],
)
def test_a_place_offers_too_little_with_nothing_or_later_than_p_pan(first: date | None, days: int, short: bool) -> None:
    assert agenda.days_to_first(first, DAY) == days
    assert agenda.is_short(days, 15) is short


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], None),
        ([("far", ["remise"], 0)], None),
        ([("one", ["aide"], 0), ("both", ["aide", "depot"], 9)], "both"),
        ([("far", ["aide"], 9), ("near", ["aide"], 1)], "near"),
        ([("b", ["aide"], 1), ("a", ["aide"], 1)], "a"),
    ],
)
def test_a_closed_place_is_replaced_by_who_shares_most_motives_then_by_the_nearest(
    places: list[tuple[str, list[str], int]], expected: str | None
) -> None:
    closed = {"missions": ["aide", "depot"], "latitude": 0, "longitude": 0}
    others = [{"_id": name, "missions": what, "latitude": far, "longitude": 0} for name, what, far in places]

    chosen = agenda.replacement(closed, others)

    assert (chosen and chosen["_id"]) == expected
