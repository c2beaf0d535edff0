"""People who call or write to the contact centre: each opens a ticket, and gets its reference at once."""

from __future__ import annotations

from typing import Any

from loadtests.accounts import PREFECTURE, courriel, nom
from loadtests.subjects import subject
from loadtests.users.base import Persona


class Appelant(Persona):
    """Somebody of whom nothing is asked but words."""

    service = "ccc"

    asked = 0

    def ask_help(self) -> None:
        """One ticket by the public form."""
        self.asked += 1
        categorie, words = subject(self.asked)
        body: dict[str, Any] = {
            "precis": words,
            "categorie": categorie,
            "prefecture": PREFECTURE,
            "nom": nom(self.asked),
            "courriel": courriel(self.asked),
        }
        if categorie == "TELEPROCEDURE":
            body["symptome"] = 1
        made = self.ask("POST", "/saisines", json=body, status=201)
        assert made["reference"]
