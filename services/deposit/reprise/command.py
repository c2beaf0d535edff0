"""`python -m services.deposit reprise FILE`: one run, its counts printed; 2 when the command is wrong or refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from chassis import mongo
from chassis.settings import Settings
from droit.decision import Refused
from services.deposit import cadre
from services.deposit.reprise.actions import reprise


def command(settings: Settings, words: Sequence[str]) -> int:
    """Runs over the file named; the report is then on `/deposit/agents/reprises/`."""
    if len(words) != 1:
        sys.stderr.write("reprise: one FILE\n")
        return 2
    mongo.connect(settings)
    cadre.use(settings)
    path = Path(words[0])
    try:
        with path.open("rb") as stream:
            run = reprise.run(stream, path.name, par="commande")
    except OSError as error:
        sys.stderr.write(f"reprise: {error.strerror}: {path.name}\n")
        return 2
    except Refused as refused:
        sys.stderr.write(f"reprise: {refused.motif.phrase} {refused.motif.suite}\n")
        return 2
    counts = " ".join(f"{name}={count}" for name, count in sorted(run.resultats.items()))
    sys.stdout.write(f"{run.id} {run.lignes} {counts}\n")
    return 0
