"""A person registered under one spelling is the same person in every service, whatever the spelling told there."""

from __future__ import annotations

from datetime import date

import pytest

from services.ccc.rules import etats, identite
from services.deposit.compte import rules as controle
from services.notify import rules as notify
from services.pan.actions.personnes import person_key
from services.pan.rules import acces as pan
from services.substitution.actions.voies import identity_key

BORN = date(1990, 5, 4)
SPELLINGS = [
    ("D'Arc", "DARC"),
    ("Ben Ali", "BENALI"),
    ("El-Amrani", "Elamrani"),
    ("Straße", "STRASSE"),
    ("Łukasz", "Lukasz"),
    ("ĐẶNG", "Dang"),
    ("Nguyễn", "NGUYEN"),
    ("O", "o"),
    ("أحمد", "احمد"),
]


def deposit_knows(registered: str, told: str) -> bool:
    """On a paper shown at a desk of deposit."""
    declared = {"nom": registered, "naissance": "04/05/1990", "numero_etranger": "9901234567"}
    seen = {"nom": told, "naissance": "1990-05-04", "numero_etranger": "99 01 23 45 67"}
    return controle.compare_paper(declared, seen, "PASSEPORT").accepted


def ccc_knows(registered: str, told: str) -> bool:
    """On the telephone of ccc."""
    said = identite.Reponses(told, "Amina", BORN)
    return identite.result(said, identite.Connu(registered, "Amina Fatou", BORN)) == etats.VERIFIEE


def pan_knows(registered: str, told: str) -> bool:
    """At a reception point, by her paper and by the number that she left."""
    keys = {person_key(name, "+33612345678") for name in (registered, told)}
    return pan.same_person((told, "1990-05-04"), (registered, "1990-05-04")).accepted and len(keys) == 1


def substitution_knows(registered: str, told: str) -> bool:
    """At the counter of a préfecture, by name and birth."""
    return identity_key(registered, BORN) == identity_key(told, BORN)


def notify_knows(registered: str, told: str) -> bool:
    """On a call that notify makes."""
    return notify.may_tell_by_voice(f"Amina {registered}", f"{told} Amina", {"75 011"}, "75011").accepted


SERVICES = [deposit_knows, ccc_knows, pan_knows, substitution_knows, notify_knows]


@pytest.mark.parametrize("knows", SERVICES)
@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_who_is_known_in_one_service_is_known_in_the_next(knows: object, one: str, other: str) -> None:
    """In both directions."""
    assert callable(knows)
    assert knows(one, other) and knows(other, one)


@pytest.mark.parametrize("knows", SERVICES)
def test_somebody_else_is_known_in_none(knows: object) -> None:
    """Another name of the same birth date."""
    assert callable(knows)
    assert not knows("D'Arc", "Dark")


def test_who_has_no_first_name_is_verified_on_the_telephone() -> None:
    """Her papers have one single name: none is asked for."""
    said, known = identite.Reponses("SOEKARNO", "", BORN), identite.Connu("Soekarno", "", BORN)

    assert identite.result(said, known) == etats.VERIFIEE
