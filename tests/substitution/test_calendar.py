"""What the calendar makes due: P-SUB near and past, an appointment that passed, a court's deadline."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chassis import due
from services.substitution.due import DUE
from tests.substitution import acts
from tests.substitution.acts import again, opened, page_of
from tests.substitution.conftest import World
from tests.substitution.test_openings import answer_slot

ORDER = {
    "juridiction": "Tribunal administratif",
    "numero": "2701234",
    "jour-jour": "1",
    "jour-mois": "3",
    "jour-annee": "2027",
    "echeance-jour": "12",
    "echeance-mois": "3",
    "echeance-annee": "2027",
}


def pass_days(world: World, *days: date) -> None:
    """Each day comes, and what is due on it is done."""
    for day in days:
        world.on(day)
        due.run_due(DUE)


@pytest.mark.clause("SUB-19/d")
def test_the_prefecture_is_warned_before_p_sub_and_the_national_desk_told_after(world: World) -> None:
    """Near: a fact. Past: a fact, and both desks show it until an appointment is given."""
    voie = opened()

    pass_days(world, date(2027, 3, 13))
    assert acts.facts(voie).count("substitution.voie.en_retard") == 1 and again(voie).retard_date == ""
    pass_days(world, date(2027, 3, 16))

    assert again(voie).retard_date == "2027-03-16"
    assert voie.reference in world.browser("g93").get("/substitution/bureau?filtre=retard").text
    assert voie.reference in world.browser("national").get("/substitution/retards").text


def test_an_appointment_given_in_time_warns_nobody(world: World) -> None:
    """The deadline is kept."""
    voie = opened()
    answer_slot(voie)

    pass_days(world, date(2027, 3, 9), date(2027, 3, 10))

    assert "substitution.voie.en_retard" not in acts.facts(voie)


def test_who_did_not_come_keeps_her_voie_and_a_new_slot_is_asked(world: World) -> None:
    """The day after the appointment, with the date kept."""
    voie = opened()
    answer_slot(voie)

    pass_days(world, date(2027, 3, 11))

    kept = again(voie)
    assert (kept.state, kept.rendez_vous_id, kept.date_protegee) == ("OUVERTE", "", voie.date_protegee)
    assert acts.commands(voie)["ReserverRendezVous"]["request_id"].endswith(":1")


@pytest.mark.clause("SUB-18/b")
def test_a_court_order_is_recorded_tracked_and_closed(world: World) -> None:
    """It gives priority and a nearer deadline; it was no condition of the opening."""
    voie, browser = opened(), world.browser("g93")
    post_order(browser, voie)
    ordered = again(voie)
    assert ordered.priorite and ordered.echeance_date == date(2027, 3, 12)
    assert "à exécuter avant le <strong>12 mars 2027</strong>" in browser.get(page_of(voie)).text

    pass_days(world, date(2027, 3, 5), date(2027, 3, 12))
    assert again(voie).retard_date
    done = browser.post(page_of(voie, f"/ordonnances/{ordered.ordonnances[0].id}/execution"), {}, form=page_of(voie))

    assert done.status_code == 303 and again(voie).ordonnances[0].executee_date == date(2027, 3, 12)
    assert "ordonnance" not in {echeance["kind"] for echeance in again(voie).due_dates}


def post_order(browser: Any, voie: Any) -> None:
    """The order of a court, through the page."""
    assert browser.post(page_of(voie, "/ordonnance"), ORDER, form=page_of(voie)).status_code == 303
