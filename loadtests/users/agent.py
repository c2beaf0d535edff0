"""Agents of a préfecture: read their queue, find a demande complete, decide, announce that the title is there."""

from __future__ import annotations

from typing import Any

from loadtests.users.base import Persona

# The three status events of a title, with what each route takes.
ACTES: dict[str, dict[str, Any] | None] = {
    "complete": None,
    "favorable": None,
    "titre-pret": {"lieu": "Guichet de l’Exemple, 75000 Paris"},
}


class Agent(Persona):
    """An agent of the sample préfecture."""

    service = "deposit"

    def advance(self) -> None:
        """One status event; the person is told by the same write."""
        act, demande = self.world.next_act()
        token = self.world.plan.agent_token
        self.ask("POST", f"/demandes/{demande}:{act}", token=token, json=ACTES[act], name=f"/demandes/{{id}}:{act}")

    def queue(self) -> None:
        """The first page of the queue, over the whole store."""
        self.ask("GET", "/agents/file", token=self.world.plan.agent_token)
