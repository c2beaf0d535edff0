"""How a story acts on the stack: people and agents by the public API, e-mail by the sinks, days by the legal clock."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import requests

from chassis import clock
from dev.browser import SECONDS, HttpBrowser, Page
from dev.codes import to_give_back
from dev.people import MOT_DE_PASSE
from dev.seed import UNAUTHORIZED, one_time_codes, sign_agent_in, token_of
from dev.stack import Stack

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

    def queue(self) -> Iterator[dict[str, Any]]:
        """Every line of the queue of this agent's desk, page after page, once what was done has reached it."""
        self.monde.stack.clock.wait_quiet()
        after = ""
        while True:
            found = self.get(f"/agents/file?apres={quote(after)}")
            yield from found["demandes" if self.service == "deposit" else "saisines"]
            after = str(found.get("suite", ""))
            if not after:
                return


class Navigateur(HttpBrowser):
    """A browser of the stack, and how people and agents sign in with it."""

    def read_all(self, path: str) -> str:
        """The words of a list, page after page."""
        words = ""
        while path:
            page = self.read(path)
            words += page.text
            following = page.html.find("a", rel="next")
            path = str(following["href"]) if following else ""
        return words

    def sign_in(self, identifiant: str, password: str = MOT_DE_PASSE) -> Page:
        """A person signs in by the page."""
        page = self.read("/deposit/connexion")
        return self.send(page, "/connexion", identifiant=identifiant, password=password)

    def sign_agent_in(self, service: str, login: str) -> Page:
        """A sample agent signs in by the page of a service."""
        page = self.read(f"/{service}/agents/connexion")
        for code in one_time_codes(login):
            page = self.send(page, "/agents/connexion", login=login, password=MOT_DE_PASSE, code=code)
            if page.status != UNAUTHORIZED:
                break
        return page


@dataclass
class Monde:
    """A running stack, as a story sees it."""

    stack: Stack
    http: requests.Session = field(default_factory=requests.Session)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    desks: dict[str, Navigateur] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The legal day."""
        return self.stack.clock.today()

    def in_days(self, days: int) -> str:
        """A legal day from today, in ISO form."""
        return (self.today + timedelta(days=days)).isoformat()

    def agent(self, service: str, login: str) -> Acteur:
        """A sample agent signed in at a service, once."""
        if login not in self.sessions:
            made = sign_agent_in(self.stack.url, service, login)
            self.sessions[login], self.tokens[service, login] = made["session"], made["jeton"]
        if (service, login) not in self.tokens:
            made = token_of(self.stack.url, service, {"session": self.sessions[login]}).json()
            self.tokens[service, login] = made["jeton"]
        return Acteur(self, service, self.tokens[service, login])

    def anybody(self, service: str) -> Acteur:
        """Somebody who is not signed in."""
        return Acteur(self, service)

    def browser(self) -> Navigateur:
        """A browser of somebody who is not signed in."""
        return Navigateur(self.stack.url)

    def desk(self, login: str) -> Navigateur:
        """The browser of a sample agent: signed in once, at the contact centre, her session holds at every desk."""
        if login not in self.desks:
            self.desks[login] = Navigateur(self.stack.url)
            self.desks[login].sign_agent_in("ccc", login)
        return self.desks[login]

    def person(self, **identite: Any) -> Acteur:
        """A person who opens an account and signs in."""
        opened = self.anybody("deposit").post("/comptes", password=MOT_DE_PASSE, **identite)
        key = opened["identifiant"]
        token = self.anybody("deposit").post("/comptes:connexion", identifiant=key, password=MOT_DE_PASSE)["jeton"]
        person = Acteur(self, "deposit", token)
        for said in to_give_back(self.stack, opened):
            person.post("/moi:confirmer", **said)
        return person

    def send_to_centre(self, message: EmailMessage) -> None:
        """An e-mail to the contact centre, by the server that takes them."""
        port = int(self.stack.env_for("ccc", "worker")["SMTP_INBOUND_PORT"])
        with smtplib.SMTP("127.0.0.1", port, timeout=SECONDS) as server:
            server.send_message(message)

    def advance(self, days: int, step: int = 5) -> None:
        """Lets days pass, by steps of at most `step`, each worked through until quiet."""
        end = self.today + timedelta(days=days)
        while self.today < end:
            self.stack.clock.set(min(self.today + timedelta(days=step), end), direct=True)


def file_demande(person: Acteur, **choix: Any) -> dict[str, Any]:
    """Begins a demande, gives it its `reponses`, sends its mandatory pieces and files it."""
    reponses = choix.pop("reponses", None)
    draft = person.post("/demandes", **choix)
    if reponses:
        person.call("PUT", f"/demandes/{draft['demande_id']}/reponses", json={"reponses": reponses})
    add_pieces(person, draft["demande_id"])
    filed: dict[str, Any] = person.post(f"/demandes/{draft['demande_id']}:deposer")
    return filed


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
    until = (clock.today() + timedelta(days=365)).isoformat()
    agent.post(f"/demandes/{demande_id}:remettre", numero="C-0001", fin_date=until)
