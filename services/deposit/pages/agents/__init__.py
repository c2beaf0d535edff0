"""The agents' desk: the queue, a dossier, a person at 360°, helping structures, delays."""

from services.deposit.pages.agents import (
    bureau,
    concertation,
    delais,
    pannes,
    personnes,
    promesses,
    refus,
    remontees,
    reprises,
    ruptures,
    structures,
)

BLUEPRINTS = [
    bureau.pages,
    personnes.pages,
    structures.pages,
    delais.pages,
    promesses.pages,
    refus.pages,
    remontees.pages,
    concertation.pages,
    ruptures.pages,
    reprises.pages,
    pannes.pages,
]

__all__ = ["BLUEPRINTS"]
