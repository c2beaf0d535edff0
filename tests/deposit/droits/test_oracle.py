"""The oracle as tables: what the words of the requirements give, on a calendar that a finger can follow."""

from __future__ import annotations

from datetime import date

import pytest

from tests.deposit.oracle import SITUATIONS, Attendu, Panne, Papier, answer_by, filed_in_time, first_bare

ETUDIANT = SITUATIONS[0]
REFUGIE = SITUATIONS[6]
PARENT = SITUATIONS[-1]


def mars(day: int) -> date:
    return date(2027, 3, day)


def down(*pannes: tuple[int, int]) -> list[Panne]:
    return [Panne(mars(first), mars(last)) for first, last in pannes]


@pytest.mark.parametrize(
    ("depot", "last", "pannes", "expected"),
    [
        # No outage: the last day is the last day.
        (10, 10, [], True),
        (11, 10, [], False),
        # An outage that ended before the last day stops nothing that ends in it.
        (11, 10, [(1, 9)], False),
        # Down on the last day alone: the day after is hers.
        (11, 10, [(10, 10)], True),
        (12, 10, [(10, 10)], False),
        # Three days were left when it began on the 8th: the 13th, the 14th and the 15th.
        (15, 10, [(8, 12)], True),
        (16, 10, [(8, 12)], False),
        # A second outage on the days left: they wait for its end (1 to 5, last day 3, then 7 to 12).
        (13, 3, [(1, 5), (7, 12)], True),
        (14, 3, [(1, 5), (7, 12)], True),
        (15, 3, [(1, 5), (7, 12)], False),
        # Two outages one against the other are one.
        (13, 10, [(8, 9), (10, 12)], True),
        # A counter may take her while it is still down.
        (11, 10, [(8, 12)], True),
    ],
)
def test_a_last_day_in_an_outage_leaves_the_days_that_she_still_had(
    depot: int, last: int, pannes: list[tuple[int, int]], expected: bool
) -> None:
    outages = down(*pannes)

    def stopped(day: date) -> bool:
        return any(panne.holds(day, "69") for panne in outages)

    assert filed_in_time(mars(depot), mars(last), stopped) is expected


@pytest.mark.parametrize(
    ("delay", "pannes", "expected"),
    [(5, [], 6), (5, [(3, 4)], 8), (5, [(1, 1)], 6), (5, [(6, 7)], 8), (5, [(3, 4), (4, 6)], 10)],
)
def test_a_delay_runs_on_the_days_when_nothing_stops_it(
    delay: int, pannes: list[tuple[int, int]], expected: int
) -> None:
    outages = down(*pannes)

    def stopped(day: date) -> bool:
        return any(panne.holds(day, "69") for panne in outages)

    assert answer_by(mars(1), delay, stopped, date(2028, 1, 1)) == mars(expected)


@pytest.mark.parametrize(
    ("known", "today", "expected"),
    [
        # A renewal: from the day after the title, filed on its last day too.
        (Attendu("", ETUDIANT, mars(1), mars(10)), mars(2), mars(11)),
        (Attendu("", ETUDIANT, mars(10), mars(10)), mars(10), mars(11)),
        (Attendu("", ETUDIANT, mars(11), mars(10)), mars(20), None),
        # Late, but blocked before the end; or while another document proved her right.
        (Attendu("", ETUDIANT, mars(20), mars(10), tentatives=[mars(9)]), mars(20), mars(11)),
        (Attendu("", ETUDIANT, mars(20), mars(10), tentatives=[mars(12)]), mars(20), None),
        (Attendu("", ETUDIANT, mars(20), mars(10), couvert=True), mars(20), mars(20)),
        # An outage of her préfecture, of another one.
        (Attendu("", ETUDIANT, mars(11), mars(10), pannes=[Panne(mars(10), mars(10), ("69",))]), mars(11), mars(11)),
        (Attendu("", ETUDIANT, mars(11), mars(10), pannes=[Panne(mars(10), mars(10), ("75",))]), mars(11), None),
        # The leap day is a day.
        (Attendu("", ETUDIANT, date(2028, 2, 1), date(2028, 2, 28)), date(2028, 3, 1), date(2028, 2, 29)),
        (Attendu("", ETUDIANT, date(2028, 2, 29), date(2028, 2, 29)), date(2028, 3, 1), date(2028, 3, 1)),
        # From filing; from completeness, whoever finds it first.
        (Attendu("", REFUGIE, mars(1), None), mars(1), mars(1)),
        (Attendu("", PARENT, mars(1), None), mars(30), None),
        (Attendu("", PARENT, mars(1), None), mars(31), mars(31)),
        (Attendu("", PARENT, mars(1), None, verifiee=mars(4)), mars(5), mars(4)),
        (Attendu("", PARENT, mars(1), None, verifiee=date(2027, 5, 1)), date(2027, 5, 1), mars(31)),
        # What another office holds is counted by no machine; its récépissé says that it was found complete.
        (Attendu("", ETUDIANT, mars(1), mars(10), pieces_ici=False), mars(20), None),
        (Attendu("", ETUDIANT, mars(1), mars(10), pieces_ici=False, verifiee=mars(15)), mars(20), mars(11)),
        (Attendu("", PARENT, mars(1), None, pieces_ici=False), date(2027, 5, 1), None),
    ],
)
def test_from_which_day_a_document_is_owed(known: Attendu, today: date, expected: date | None) -> None:
    assert known.du_depuis(today) == expected


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ([], 1),
        ([Papier(mars(1), None)], None),
        ([Papier(mars(1), mars(9))], 10),
        ([Papier(mars(1), mars(4)), Papier(mars(5), mars(10))], None),
        ([Papier(mars(1), mars(4)), Papier(mars(6), mars(10))], 5),
        ([Papier(mars(2), mars(10))], 1),
    ],
)
def test_the_first_day_that_no_paper_covers(papers: list[Papier], expected: int | None) -> None:
    found = first_bare(papers, mars(1), mars(10))

    assert found == (mars(expected) if expected else None)
