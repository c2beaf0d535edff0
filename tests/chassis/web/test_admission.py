"""What waited too long is refused before any work, lists first and acts last; what was typed comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask_openapi import OpenAPI

from chassis.watch import SHEDS_HEADER
from chassis.web import admission
from chassis.web.admission import ACT, LIST, READ, Admission, Rank, admission_of
from chassis.web.options import WebOptions
from tests.browser import Browser
from tests.chassis.web.exemple import Exemple

Wait = Callable[[float], None]


@pytest.fixture
def wait(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Says how long each request after it had waited for its thread; until now, none had."""
    monkeypatch.setattr(admission.waiting, "seconds", 0.0, raising=False)
    admission_of(app).take(ACT, 0.0)
    admission_of(app).give_back(ACT)
    return lambda seconds: monkeypatch.setattr(admission.waiting, "seconds", seconds)


@pytest.mark.parametrize(
    ("waited", "refused"),
    [(0.5, set()), (1.5, {"list"}), (4.5, {"list", "read"}), (8.5, {"list", "read", "act"})],
)
def test_lists_are_refused_first_then_reading_and_a_form_last(
    web: Browser, wait: Wait, waited: float, refused: set[str]
) -> None:
    wait(waited)
    pages = {"list": "/deposit/vitrine", "read": "/deposit/", "act": "/deposit/adresse"}

    answers = {name: web.get(path) for name, path in pages.items()}

    assert {name for name, answer in answers.items() if answer.status_code == 503} == refused
    assert all(SHEDS_HEADER in answers[name].headers and answers[name].headers["Retry-After"] for name in refused)
    assert {answer.status_code for name, answer in answers.items() if name not in refused} <= {200}


def test_a_form_that_there_was_no_time_for_does_nothing_and_comes_back_filled(
    exemple: Exemple, web: Browser, wait: Wait
) -> None:
    page, before = "/deposit/adresse", exemple.effects
    typed = web.hidden(page) | {"rue": "12 rue de l’Exemple", "ville": "Lyon", "naissance_date-day": "17"}
    wait(9.0)
    answer = web.client.post(page, data=typed)
    wait(0.0)
    again = web.get(page)

    assert answer.status_code == 503 and "est gardé une heure" in answer.text
    assert f'href="{page}"' in answer.text and "je-n-y-arrive-pas" in answer.text
    assert exemple.effects == before
    assert "12 rue de l’Exemple" in again.text


def test_a_program_reads_a_problem_and_when_to_come_back(web: Browser, wait: Wait) -> None:
    wait(9.0)
    answer = web.get("/deposit/api/v1/moi")

    assert answer.json is not None
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert (answer.json["code"], answer.headers["Retry-After"]) == ("TROP_DE_MONDE", "10")


@pytest.mark.parametrize(("rank", "places"), [(LIST, 6), (READ, 9), (ACT, 12)])
def test_lists_never_hold_all_the_threads(rank: Rank, places: int) -> None:
    going = Admission(WebOptions(threads=12), frozenset())

    assert [going.take(rank, 0.0) for _ in range(places + 1)] == [True] * places + [False]
    going.give_back(rank)
    assert going.take(rank, 0.0)


def test_a_burst_is_waited_out_and_a_standing_queue_is_not() -> None:
    going = Admission(WebOptions(threads=12, longest_wait_seconds=8), frozenset())
    assert going.take(ACT, 7.0)
    going.came_at_once -= admission.STANDING_SECONDS + 1
    assert not going.take(ACT, 3.0) and going.take(ACT, 1.5)
    assert going.take(ACT, 0.0)
    assert going.take(ACT, 7.0)
