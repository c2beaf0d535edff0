"""A national year of the reception points (PAN-18): each visit is recorded by the acts of the desk and counted once.

`make test` lives a slice of it; `make test-volumes` all its 131 426 people.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest

from chassis.mongo import collection_of
from chassis.web.who import AGENT, Who
from loadtests.mix import ACCOMPAGNES
from pilotage.actions import comptes
from services.pan import inputs
from services.pan.__main__ import SERVICE
from services.pan.actions import accueil
from services.pan.actions.indicateurs import TABLEAU
from services.pan.store import Lieu, Visite
from tests import drain
from tests.browser import Browser
from tests.pan.conftest import JOUR

NATURALISATION = 4_884
JOURS, ECHANTILLON = 365, 200
# A page of figures that a person waits for (seconds).
PAGE_SECONDES = 5.0
AGENT_PARTOUT = Who(AGENT, "volume", frozenset({"pan_forme"}), frozenset({"*"}))


@pytest.mark.timeout(120)
def test_a_slice_of_the_year_loses_no_visit(public: Browser, move_clock: Callable[[int], date]) -> None:
    live_and_judge(ECHANTILLON, public, move_clock)


@pytest.mark.volume
@pytest.mark.timeout(3 * 3600)
@pytest.mark.clause("PAN-18/c")
def test_the_whole_year_loses_no_visit_and_the_page_of_figures_answers(
    public: Browser, move_clock: Callable[[int], date]
) -> None:
    assert ACCOMPAGNES == 131_426
    live_and_judge(ACCOMPAGNES, public, move_clock)


def live_and_judge(people: int, public: Browser, move_clock: Callable[[int], date]) -> None:
    """Receives so many people from the first of March to the last of February, then reads what the public reads."""
    places = sorted(lieu.id for lieu in Lieu.objects(genre="pan", prefecture__gt="").only("id"))
    before = collection_of(Visite).count_documents({"_id": {"$gt": ""}})
    said: Counter[str] = Counter()
    day = JOUR
    for rank in range(people):
        if rank * JOURS // people != (rank - 1) * JOURS // people:
            day = move_clock(rank * JOURS // people)
        naturalisation = rank * NATURALISATION // ACCOMPAGNES != (rank + 1) * NATURALISATION // ACCOMPAGNES
        received(places[rank % len(places)], rank, naturalisation)
        said["naturalisation" if naturalisation else "titre"] += 1
        if rank % 2_000 == 0:
            drain.outboxes(SERVICE)
    drain.outboxes(SERVICE)

    period = f"du={JOUR.isoformat()}&au={day.isoformat()}"
    started = time.monotonic()
    page = public.get(f"/pan/statistiques?{period}")
    told = public.get(f"/pan/api/v1/statistiques?{period}").json or {}
    took = time.monotonic() - started
    total = told["total"]
    assert (total["visites"], total["titres"], total["naturalisation"]) == (
        people,
        said["titre"],
        said["naturalisation"],
    )
    assert sum(row["visites"] for row in told["lieux"]) == people
    assert page.status_code == 200 and took < 2 * PAGE_SECONDES, took
    assert collection_of(Visite).count_documents({"_id": {"$gt": ""}}) == before + people

    # Counted from the facts too, by the job of the operator: no fact was lost on its way.
    comptes.rebuild(TABLEAU)
    started = time.monotonic()
    shown = public.get("/pan/indicateurs")
    assert shown.status_code == 200 and time.monotonic() - started < PAGE_SECONDES
    counted = Counter[str]()
    for line in comptes.months(TABLEAU):
        if line.indicateur == "visites":
            counted[line.detail] += round(line.nombre)
    assert counted == said


def received(lieu_id: str, rank: int, naturalisation: bool) -> None:
    """Somebody comes without appointment, is called, is helped and leaves with her proof."""
    arrivee = inputs.Arrivee(nom=f"Personne {rank}")
    visite = accueil.record_arrival(lieu_id, arrivee, AGENT_PARTOUT, request_id=f"vol:{rank}")
    accueil.call_in(visite.id, AGENT_PARTOUT, request_id=f"vol:{rank}:appel")
    bilan = inputs.Bilan(services=("ORDINATEUR",), resultat="ABOUTI", naturalisation=naturalisation)
    accueil.end_visit(visite.id, bilan, AGENT_PARTOUT, request_id=f"vol:{rank}:fin")
