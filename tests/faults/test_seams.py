"""Killed at each seam of the design's table, in a random order: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.seams import SEAMS, TWO_COPIES
from tests.faults.world import Run, World

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def seams(world: World) -> Iterator[dict[str, Run]]:
    """One run a seam, so that each has its own verdict; they heal together, since leases last a minute."""
    yield {}


@pytest.mark.parametrize("name", SEAMS)
def test_the_seam_is_reached_and_holds_what_the_design_says(world: World, seams: dict[str, Run], name: str) -> None:
    reach, behaviour = SEAMS[name]
    run = world.run(name, patience=40.0)
    person = run.person("p", behaviour)
    assert person.prepare()
    seams[name] = run
    try:
        reach(run, person)
    finally:
        run.restore()


def test_after_all_seams_nothing_is_lost_and_nothing_is_doubled(seams: dict[str, Run]) -> None:
    wrong = {}
    for run in seams.values():
        run.heal()
    for name, run in seams.items():
        verdict = run.verdict(copies=2 if name in TWO_COPIES else 1)
        if not verdict.clean:
            wrong[name] = str(verdict)
        run.verify_documents()
    assert not wrong, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())
