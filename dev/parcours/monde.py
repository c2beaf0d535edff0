"""How a story acts on the stack: people and agents by the public API, e-mail by the sinks, days by the legal clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import requests

from chassis import clock
from dev.seed import MOT_DE_PASSE, sign_agent_in
from dev.stack import Stack

SECONDS = 30
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Refus(Exception):
    """The stack refused a request of the story: status and problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem}")
        self.status, self.problem = status, problem


@dataclass
class Acteur:
    """Whoever calls one service's API: a person, an agent, or somebody who is not signed in."""

    monde: Monde
    service: str
    token: str = ""

    def call(self, method: str, path: str, **kwargs: Any) -> Any:
        """A request; its JSON, or its bytes when it is a document. Raises Refus."""
        headers = {"Idempotency-Key": clock.new_id()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        url = f"{self.monde.stack.url}/{self.service}/api/v1{path}"
        answer = self.monde.http.request(method, url, headers=headers, timeout=SECONDS, **kwargs)
        if answer.status_code >= 400:
            is_json = "json" in answer.headers.get("Content-Type", "")
            raise Refus(answer.status_code, answer.json() if is_json else {"texte": answer.text[:300]})
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.content

    def post(self, path: str, **body: Any) -> Any:
        """A command."""
        return self.call("POST", path, json=body)

    def get(self, path: str) -> Any:
        """A reading."""
        return self.call("GET", path)


@dataclass
class Monde:
    """A running stack, as a story sees it."""

    stack: Stack
    http: requests.Session = field(default_factory=requests.Session)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The legal day."""
        return self.stack.clock.today()

    def in_days(self, days: int) -> str:
        """A legal day from today, in ISO form."""
        return (self.today + timedelta(days=days)).isoformat()

    def agent(self, service: str, login: str) -> Acteur:
        """A sample agent signed in at a service, once."""
        if (service, login) not in self.tokens:
            self.tokens[service, login] = sign_agent_in(self.stack.url, service, login)
        return Acteur(self, service, self.tokens[service, login])

    def anybody(self, service: str) -> Acteur:
        """Somebody who is not signed in."""
        return Acteur(self, service)

    def person(self, **identite: Any) -> Acteur:
        """A person who opens an account and signs in."""
        opened = self.anybody("deposit").post("/comptes", password=MOT_DE_PASSE, **identite)
        key = opened["identifiant"]
        token = self.anybody("deposit").post("/comptes:connexion", identifiant=key, password=MOT_DE_PASSE)["jeton"]
        return Acteur(self, "deposit", token)

    def advance(self, days: int, step: int = 5) -> None:
        """Lets days pass, by steps of at most `step`, each worked through until quiet."""
        end = self.today + timedelta(days=days)
        while self.today < end:
            self.stack.clock.set(min(self.today + timedelta(days=step), end), direct=True)


def add_pieces(person: Acteur, demande_id: str) -> None:
    """Sends each mandatory piece that the demande still misses, as the téléservice names them."""
    for piece in person.get(f"/demandes/{demande_id}")["pieces_attendues"]:
        if piece["obligatoire"] and not piece["presente"]:
            add_piece(person, demande_id, piece["code"])


def add_piece(person: Acteur, demande_id: str, code: str) -> None:
    """One file for one piece."""
    person.call(
        "POST",
        f"/demandes/{demande_id}/pieces",
        data={"code": code},
        files={"fichier": (f"{code}.pdf", PDF, "application/pdf")},
    )


def hand_over(agent: Acteur, demande_id: str, usager_id: str, answers: dict[str, str]) -> None:
    """The title is handed over after the fixed questions: those asked are answered by the person who is there."""
    asked = agent.get(f"/usagers/{usager_id}/questions")["questions"]
    given = {question["code"]: answers[question["code"]] for question in asked}
    agent.post(f"/usagers/{usager_id}:verifier-identite", reponses=given, pour="REMISE")
    agent.post(f"/demandes/{demande_id}:remettre")
