"""The lives in which the machine of `trois_ans` found a day without document or a false answer, made short."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.deposit import actes_vecus as actes
from tests.deposit import jugement, reprises
from tests.deposit.actes_vecus import Ancien, Visite
from tests.deposit.conftest import Deposit
from tests.deposit.oracle import SITUATIONS
from tests.deposit.reprises import Ancienne
from tests.deposit.trois_ans.scene import DEBUT
from tests.deposit.vie import Vie

ETUDIANT, CONJOINT, REFUGIE, JEUNE = SITUATIONS[0], SITUATIONS[1], SITUATIONS[6], SITUATIONS[8]


@pytest.fixture
def vie(deposit: Deposit) -> Vie:
    """A life that begins."""
    return Vie(deposit, DEBUT, reglee=True)


def day(vie: Vie, jours: int) -> date:
    """A day, counted from today."""
    return vie.today + timedelta(days=jours)


def judge(vie: Vie) -> None:
    """What must hold today."""
    jugement.check_days(vie, vie.today, vie.today)
    jugement.check_record(vie)
    jugement.check_told(vie)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_recepisse_that_began_after_the_filing_leaves_no_day_before_it_bare(vie: Vie, accepted: bool) -> None:
    reprises.take_over(vie, JEUNE, Ancienne(before=180, fin=0, receipt=(25, 120), accepted=accepted))

    judge(vie)


def test_what_she_filed_elsewhere_is_never_joined_to_the_demande_of_her_child(vie: Vie) -> None:
    childs = actes.file(vie, REFUGIE, None, enfant=True)

    reprises.take_over(vie, REFUGIE, Ancienne(before=60, fin=0, receipt=(0, 90), accepted=False))

    judge(vie)
    assert len(vie.demandes) == 2
    assert vie.read(childs).retenue_date == DEBUT, "the child's date is the child's"


def test_what_was_decided_for_her_child_takes_no_blocked_attempt_from_her(vie: Vie) -> None:
    fin = day(vie, 2)
    actes.blocked_draft(vie, ETUDIANT, fin)
    childs = actes.file(vie, ETUDIANT, fin, enfant=True)
    vie.agent(childs, "defavorable", **actes.MOTIFS)
    vie.wait(9)

    hers = actes.file(vie, ETUDIANT, fin)

    assert vie.read(hers).retenue_date == DEBUT
    judge(vie)


def test_who_holds_another_card_or_a_recepisse_of_another_demande_is_not_late(vie: Vie) -> None:
    actes.declare_card(vie, "visiteur", since_days=30, left_days=20)
    actes.counter(vie, CONJOINT, day(vie, 300), Visite(vie.today, complete=False, receipt_days=40))

    actes.file(vie, ETUDIANT, day(vie, -5))
    vie.wait(60)

    judge(vie)


def test_the_document_given_where_she_filed_second_proves_her_right_too(vie: Vie) -> None:
    actes.file(vie, ETUDIANT, day(vie, 40))
    vie.wait(10)

    reprises.take_over(vie, ETUDIANT, Ancienne(before=1, fin=40, receipt=(0, 90), accepted=False))

    judge(vie)


def test_a_card_given_back_for_the_new_one_proves_nothing_on_any_demande(vie: Vie) -> None:
    fin = day(vie, 90)
    granted = actes.file(vie, ETUDIANT, fin)
    actes.file(vie, CONJOINT, fin)
    vie.agent(granted, "favorable")

    actes.hand_over(vie, granted, 12)

    judge(vie)


def test_a_desk_recognises_what_she_filed_elsewhere_beside_the_same_demande_of_her_child(vie: Vie) -> None:
    actes.file(vie, ETUDIANT, day(vie, 30), enfant=True)

    actes.recognise(vie, ETUDIANT, Ancien(before=20, fin=40, receipt=60))

    judge(vie)
    assert len(vie.demandes) == 2
