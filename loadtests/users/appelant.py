"""People who call or write to the contact centre: each opens a ticket, and gets its reference at once."""

from __future__ import annotations

from loadtests.accounts import courriel
from loadtests.users.base import Persona


class Appelant(Persona):
    """Somebody whom nothing is asked but words."""

    service = "ccc"

    asked = 0

    def ask_help(self) -> None:
        """One ticket by the public form."""
        self.asked += 1
        body = {
            "precis": "Ma demande est bloquée depuis des semaines, personne ne répond.",
            "nom": f"Appel {self.asked}",
            "courriel": courriel(self.asked),
        }
        made = self.ask("POST", "/saisines", json=body, status=201)
        assert made["reference"]
