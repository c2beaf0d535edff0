"""deposit files and attests with its own web and store alone, and what it owes leaves once the others are back.

The four other services have the same proof in their own folders (`test_alone.py`, notify's in `test_processus.py`).
"""

from __future__ import annotations

import pytest
import requests

from tests.faults.world import Run, World

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def _down_but(run: Run, *living: str) -> None:
    children = run.world.stack.supervisor.children
    for name in [name for name, child in children.items() if child.wanted and not child.spec.job]:
        if name not in living:
            run.down(name)


def test_deposit_files_and_gives_the_attestation_with_nothing_but_its_store(world: World) -> None:
    run = world.run("seul-deposit")
    person = run.person("p")
    try:
        _down_but(run, "deposit.web", "mongod", "front")
        assert person.prepare()
        filed = person.file()
        assert filed is not None and filed["state"] == "DEPOSEE"
        [document] = filed["documents"]
        bearer = {"Authorization": f"Bearer {person.token}"}
        pdf = requests.get(f"{world.stack.url}{document['pdf']}", headers=bearer, timeout=20)
        assert (document["nature"], pdf.status_code, pdf.content[:5]) == ("AD", 200, b"%PDF-")
        run.verify_documents()
    finally:
        run.restore()
    run.heal()
    verdict = run.verdict()
    assert verdict.clean, verdict
