"""People whom the téléservice stops, and people who choose otherwise: both get a route and a dated convocation."""

from __future__ import annotations

from loadtests.accounts import PREFECTURE, courriel, nom
from loadtests.users.base import Persona


class Bloque(Persona):
    """Somebody without account, at the counter's page or at « Je n'y arrive pas »."""

    service = "substitution"

    opened = 0

    def open_route(self) -> None:
        """A choice and a blocage in turn; the reference is in the answer."""
        self.opened += 1
        if self.opened % 2:
            body = {
                "prefecture": PREFECTURE,
                "nom": nom(self.opened),
                "naissance": "1990-05-17",
                "courriel": courriel(self.opened),
            }
            made = self.ask("POST", "/voies", json=body, status=201)
        else:
            body = {
                "essai": "La page tourne sans fin quand j’envoie ma demande.",
                "prefecture": PREFECTURE,
                "contact": courriel(self.opened),
            }
            made = self.ask("POST", "/blocages", json=body, status=201)
        assert made["reference"]
