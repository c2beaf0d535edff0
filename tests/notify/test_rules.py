"""The rules of messages, one table each."""

from __future__ import annotations

from datetime import date

import pytest

from services.notify import rules
from services.notify.rules import ACCUEIL, APPEL, COURRIEL, LETTRE, SMS, Joignable

ALL = frozenset(rules.CANAUX)
DAYS = {COURRIEL: 3, SMS: 2}


@pytest.mark.parametrize(
    ("canaux", "confirmes", "protege", "reachable", "expected"),
    [
        ((), (), False, ALL, (COURRIEL, SMS, LETTRE, APPEL, ACCUEIL)),
        ((SMS,), (), False, ALL, (SMS, COURRIEL, LETTRE, APPEL, ACCUEIL)),
        ((LETTRE, SMS), (), False, {LETTRE, SMS}, (LETTRE, SMS)),
        ((SMS, COURRIEL), (), False, {COURRIEL}, (COURRIEL,)),
        ((COURRIEL, SMS), (SMS,), True, ALL, (SMS,)),
        ((), (SMS, LETTRE), True, ALL, (SMS, LETTRE)),
        ((COURRIEL,), (), True, ALL, ()),
        ((SMS,), (SMS,), True, {COURRIEL}, ()),
    ],
)
def test_ways_follow_the_persons_order_and_never_leave_what_a_protected_one_confirmed(
    canaux: tuple[str, ...],
    confirmes: tuple[str, ...],
    protege: bool,
    reachable: set[str],
    expected: tuple[str, ...],
) -> None:
    """Order first, then what is left; a protected person only by what she confirmed."""
    assert rules.ways(Joignable(canaux, confirmes, frozenset(reachable), protege)) == expected


@pytest.mark.parametrize(
    ("order", "voies", "papier", "expected"),
    [
        ((SMS, COURRIEL), rules.PREMIERE, False, (SMS,)),
        ((SMS, COURRIEL), rules.ALERTE, False, (SMS, COURRIEL)),
        ((LETTRE, APPEL), rules.ALERTE, False, (LETTRE,)),
        ((COURRIEL, SMS, LETTRE, APPEL), rules.TOUTES, False, (COURRIEL, SMS, LETTRE)),
        ((APPEL,), rules.TOUTES, False, (APPEL,)),
        ((COURRIEL, LETTRE, ACCUEIL), rules.PREMIERE, False, (COURRIEL, ACCUEIL)),
        ((COURRIEL, LETTRE), rules.PREMIERE, True, (COURRIEL, LETTRE)),
        ((COURRIEL,), rules.PREMIERE, True, (COURRIEL,)),
        ((), rules.ALERTE, True, ()),
    ],
)
def test_first_ways(order: tuple[str, ...], voies: str, papier: bool, expected: tuple[str, ...]) -> None:
    """One, two for an alert, all in writing for a closing, and paper where it was asked for."""
    assert rules.first_ways(order, voies, papier=papier) == expected


@pytest.mark.parametrize(
    ("tried", "definitif", "acte", "expected"),
    [
        ({COURRIEL}, True, False, SMS),
        ({COURRIEL, SMS}, True, False, LETTRE),
        ({COURRIEL, SMS}, False, False, None),
        ({COURRIEL, SMS}, False, True, LETTRE),
        (set(rules.CANAUX), True, True, None),
    ],
)
def test_next_way(tried: set[str], definitif: bool, acte: bool, expected: str | None) -> None:
    """Somebody's time is spent on a certain failure, or where an act depends on it."""
    assert rules.next_way(rules.CANAUX, tried, definitif=definitif, acte_attendu=acte) == expected


@pytest.mark.parametrize(
    ("canal", "echeance", "expected"),
    [
        (COURRIEL, None, date(2027, 3, 4)),
        (SMS, None, date(2027, 3, 3)),
        (COURRIEL, date(2027, 3, 3), date(2027, 3, 2)),
        (COURRIEL, date(2027, 3, 1), date(2027, 3, 2)),
        (LETTRE, None, None),
        (LETTRE, date(2027, 3, 30), date(2027, 3, 30)),
    ],
)
def test_the_day_to_give_way_comes_before_the_persons_own_date(
    canal: str, echeance: date | None, expected: date | None
) -> None:
    """Never the same day, never after the due date when there is time left."""
    assert rules.repli_date(canal, date(2027, 3, 1), DAYS, echeance) == expected


def test_a_proof_never_goes_backwards_and_a_late_one_still_counts() -> None:
    """All pairs of states."""
    allowed = {(state, new) for state in rules.SUITES for new in rules.SUITES if rules.follows(state, new)}
    assert (rules.ECHEC, rules.DELIVRE) in allowed and (rules.REMIS, rules.ECHEC) in allowed
    assert not allowed & {(rules.DELIVRE, rules.ECHEC), (rules.LU, rules.DELIVRE), (rules.REMIS, rules.ANNULE)}
    assert not [pair for pair in allowed if pair[0] == pair[1]]


@pytest.mark.parametrize(
    ("said_nom", "said", "accepted"),
    [
        ("Amina Diallo", "R-12", True),
        ("diallo amina", "r 12", True),
        ("Élodie", "R-12", False),
        ("Amina", "R-12", False),
        ("Amina Diallo", "", False),
        ("Amina Diallo", "R-13", False),
        ("Amina Diallo", "75001", True),
    ],
)
def test_two_right_answers_open_a_call(said_nom: str, said: str, accepted: bool) -> None:
    """Case, accents and order do not count; half a name does not do."""
    decided = rules.may_tell_by_voice("Amina Diallo", said_nom, ("R-12", "75001"), said)
    assert decided.accepted is accepted


def test_nothing_known_opens_no_call() -> None:
    """An empty answer never matches an empty reference."""
    assert rules.may_tell_by_voice("", "", ("", ""), "").accepted is False
    assert rules.may_tell_by_voice("Amina", "Amina", ("",), "").accepted is False


def test_who_may_on_a_parcours_of_which_prefecture() -> None:
    """Local roles: their own; national ones: all; unknown préfecture: national only."""
    known, unknown = frozenset({"69"}), frozenset[str]()
    assert rules.may_act_on("voir", {"instructeur"}, {"69"}, known).accepted
    assert not rules.may_act_on("voir", {"instructeur"}, {"13"}, known).accepted
    assert not rules.may_act_on("voir", {"instructeur"}, {"69"}, unknown).accepted
    assert rules.may_act_on("voir", {"ccc"}, set(), unknown).accepted
    # A national role that may not do this act lends nothing to a local one that may.
    assert not rules.may_act_on("voir", {"exploitant", "instructeur"}, {"13"}, known).accepted
