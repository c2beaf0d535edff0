"""How many files the opening of a route crosses, counted as it runs."""

from __future__ import annotations

from chassis import clock
from tests.substitution.conftest import World
from tests.trip import followed

AT_MOST = 8


def test_opening_a_route_crosses_eight_files_at_most(world: World) -> None:
    client = world.browser().client
    asked = {"prefecture": "75", "nom": "Chen", "objet": "titre:etudiant"}

    with followed("substitution") as crossed:
        made = client.post("/substitution/api/v1/voies", json=asked, headers={"Idempotency-Key": clock.new_id()})

    assert made.status_code == 201
    assert 0 < len(crossed) <= AT_MOST, crossed
