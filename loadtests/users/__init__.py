"""Who comes: one persona for each channel, and the table of what each arrival makes them do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust.env import Environment

from loadtests.users.agent import Agent
from loadtests.users.appelant import Appelant
from loadtests.users.base import Persona
from loadtests.users.bloque import Bloque
from loadtests.users.usager import Usager
from loadtests.users.visiteur import Visiteur
from loadtests.world import World

ACTS: dict[str, tuple[type[Persona], str]] = {
    "connexion": (Usager, "sign_in"),
    "brouillon": (Usager, "save"),
    "piece": (Usager, "upload"),
    "depot": (Usager, "file"),
    "suivi": (Usager, "follow"),
    "statut": (Agent, "advance"),
    "file": (Agent, "queue"),
    "saisine": (Appelant, "ask_help"),
    "visite": (Visiteur, "book"),
    "creneaux": (Visiteur, "look"),
    "voie": (Bloque, "open_route"),
}
PERSONAE: tuple[type[Persona], ...] = (Usager, Agent, Appelant, Visiteur, Bloque)


def bound(environment: Environment, world: World) -> dict[str, Callable[[], Any]]:
    """Each operation, ready to be called."""
    people = {persona: persona(environment, world) for persona in PERSONAE}
    return {operation: getattr(people[persona], act) for operation, (persona, act) in ACTS.items()}
