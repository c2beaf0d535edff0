"""People who come to a reception point: look for a free slot, and book it with a name and nothing else."""

from __future__ import annotations

import secrets
from typing import Any

from locust.env import Environment

from loadtests.accounts import PREFECTURE, nom, telephone
from loadtests.users.base import Fault, Persona
from loadtests.world import World

# People do not all take the first slot: the list holds fifty, and seven goes through all of them.
STEP = 7
OTHERS = 10**9


class Visiteur(Persona):
    """Somebody without account, e-mail or ticket."""

    service = "pan"

    def __init__(self, environment: Environment, world: World) -> None:
        super().__init__(environment, world)
        self.slots: list[dict[str, Any]] = []
        # Who has an appointment takes no second one: each run is of other people.
        self.booked = secrets.randbelow(OTHERS)

    def look(self) -> None:
        """Free slots of the sample préfecture."""
        self.slots = self.ask("GET", f"/creneaux?prefecture={PREFECTURE}", name="/creneaux")["creneaux"]

    def book(self) -> None:
        """A slot of the list last read, another one for each person."""
        if not self.slots:
            self.look()
        if not self.slots:
            raise Fault("plus de créneau libre")
        self.booked += 1
        body = {
            "creneau_id": self.slots[self.booked * STEP % len(self.slots)]["id"],
            "nom": nom(self.booked),
            "telephone": telephone(self.booked),
        }
        self.ask("POST", "/rendez-vous", json=body, status=201)
