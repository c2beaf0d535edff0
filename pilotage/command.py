"""`python -m services.<name> chiffres`: forgets the figures of a service and counts them again from its facts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from chassis import mongo
from chassis.settings import Settings
from pilotage.actions import comptes
from pilotage.actions.tableau import Tableau


def command(tableau: Tableau) -> Callable[[Settings, Sequence[str]], int]:
    """The job of a service: prints how many days were counted."""

    def run(settings: Settings, words: Sequence[str]) -> int:
        mongo.connect(settings)
        sys.stdout.write(f"{comptes.rebuild(tableau)} days counted\n")
        return 0

    return run
