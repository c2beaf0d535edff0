"""What the calendar makes due: P-SUB near and past, an appointment that passed, a court's deadline."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from html import unescape
from typing import Any

import pytest

from chassis import due
from services.substitution.due import DUE
from services.substitution.store.voie import PAGE
from tests.profiler import Profiled
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
        while due.run_due(DUE):
            pass


@pytest.mark.clause("SUB-19/c", "SUB-19/d")
def test_the_prefecture_is_warned_before_p_sub_and_the_national_desk_told_after(world: World) -> None:
    """Near: counter and supervisor read it at once on their desk. Past: both desks show it until an appointment is
    given.
    """
    voie = opened()
    near = "sans rendez-vous. <a"
    assert near not in world.browser("g93").get("/substitution/bureau").text

    pass_days(world, date(2027, 3, 13))
    assert acts.facts(voie).count("substitution.voie.en_retard") == 1 and again(voie).retard_date == ""
    for agent in ("g93", "s93", "national"):
        assert near in world.browser(agent).get("/substitution/bureau").text
        assert voie.reference in world.browser(agent).get("/substitution/bureau?filtre=alerte").text
    pass_days(world, date(2027, 3, 16))

    assert again(voie).retard_date == "2027-03-16"
    assert voie.reference in world.browser("g93").get("/substitution/bureau?filtre=retard").text
    assert voie.reference in world.browser("national").get("/substitution/retards").text
    answer_slot(voie)
    assert voie.reference not in world.browser("g93").get("/substitution/bureau?filtre=retard").text
    assert voie.reference not in world.browser("g93").get("/substitution/bureau?filtre=alerte").text


@pytest.mark.parametrize(
    "queue", ["/substitution/bureau", "/substitution/bureau?filtre=alerte", "/substitution/bureau?filtre=retard",
              "/substitution/retards"],
)  # fmt: skip
def test_a_queue_goes_on_past_a_page_of_routes_with_one_deadline(world: World, profiled: Profiled, queue: str) -> None:
    """Each of them is on one page and one only, by the link at the end of the page; nothing is scanned or sorted."""
    references = {opened("974").reference for _ in range(PAGE + 3)}
    pass_days(world, date(2027, 3, 13), date(2027, 3, 16))
    browser, path, seen = world.browser("national"), queue, Counter[str]()
    while path:
        page = browser.get(path).text
        seen.update(set(re.findall(r"V-\w{4}-\w{4}", page)))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(following[1]) if following else ""

    assert references <= set(seen) and set(seen.values()) == {1}


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


@pytest.mark.clause("SUB-18/b", "SUB-18/d")
def test_a_court_order_is_recorded_tracked_and_closed(world: World) -> None:
    """It gives priority and a nearer deadline; it was no condition of the opening."""
    voie, browser = opened(), world.browser("g93")
    post_order(browser, voie)
    ordered = again(voie)
    assert ordered.priorite and ordered.echeance_date == date(2027, 3, 12)
    assert "à exécuter avant le <strong>12 mars 2027</strong>" in browser.get(page_of(voie)).text

    for day in (date(2027, 3, 5), date(2027, 3, 12)):
        pass_days(world, day)
        assert voie.reference in world.browser("g93").get("/substitution/bureau?filtre=retard").text
        assert voie.reference in world.browser("national").get("/substitution/retards").text
    done = browser.post(page_of(voie, f"/ordonnances/{ordered.ordonnances[0].id}/execution"), {}, form=page_of(voie))

    assert done.status_code == 303 and again(voie).ordonnances[0].executee_date == date(2027, 3, 12)
    assert "ordonnance" not in {echeance["kind"] for echeance in again(voie).due_dates}


@pytest.mark.clause("SUB-18/c")
def test_both_desks_record_an_order_also_after_the_voie_was_closed(world: World) -> None:
    voie = opened()
    world.browser("g93").post(page_of(voie, "/refus"), {"raison": "IDENTITE_NON_ETABLIE", "preuves_vues": "rien"})
    assert again(voie).state == "REFUSEE"

    for agent in ("national", "g93"):
        post_order(world.browser(agent), voie)
        assert "Tribunal administratif 2701234" in world.browser(agent).get(page_of(voie)).text
    assert len(again(voie).ordonnances) == 2


def post_order(browser: Any, voie: Any) -> None:
    """The order of a court, through the page."""
    assert browser.post(page_of(voie, "/ordonnance"), ORDER, form=page_of(voie)).status_code == 303
