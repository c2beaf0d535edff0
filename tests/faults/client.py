"""A seeded client: people who open accounts, file demandes and answer; an agent who asks and decides.

Every command has its Idempotency-Key, drawn from the seed; without an answer it is tried again under the same key.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from chassis import clock
from dev.people import MOT_DE_PASSE
from tests.faults import ledger
from tests.faults.ledger import Ledger, Operation

SECONDS = 12.0
# A refusal that says "later": nothing is known, the same key is to be used again.
LATER = {408, 425, 429, 500, 502, 503, 504}
STILL_RUNNING = "CLE_EN_COURS"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Command:
    """One request, as often as it must be sent."""

    operation: Operation
    path: str
    token: str = ""
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    file: tuple[str, bytes] | None = None


class Client:
    """Sends commands to the front, writes each attempt in the ledger, remembers those without an answer."""

    def __init__(
        self, url: str, kept: Ledger, seed: str, patience: float, codes: Callable[[str], dict[str, str]]
    ) -> None:
        self.url, self.ledger, self.seed, self.patience, self.codes = url, kept, seed, patience, codes
        self.pending: dict[str, Command] = {}
        self.stopped = threading.Event()
        self._local = threading.local()

    def send(self, command: Command, patience: float | None = None) -> dict[str, Any] | None:
        """The answer of an `ok`; None when refused, or still unknown after `patience` seconds."""
        deadline = clock.monotonic() + (self.patience if patience is None else patience)
        while True:
            event, answer = self._attempt(command)
            if event != ledger.UNKNOWN:
                self.pending.pop(command.operation.id, None)
                return answer if event == ledger.OK else None
            self.pending[command.operation.id] = command
            if clock.monotonic() > deadline:
                return None
            self.stopped.wait(0.3)

    def resume(self, patience: float) -> None:
        """Tries again, under its own key, whatever has no answer yet; all of them at once, as their senders would."""
        waiting = [
            threading.Thread(target=self.send, args=(command, patience)) for command in list(self.pending.values())
        ]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join()

    def read(self, path: str, token: str = "") -> dict[str, Any]:
        """A question, asked until it is answered."""
        return self._until_answered("GET", path, token, None)

    def sign_in(self, identifiant: str) -> str:
        """A person's token."""
        body = {"identifiant": identifiant, "password": MOT_DE_PASSE}
        return str(self._until_answered("POST", "/comptes:connexion", "", body)["jeton"])

    def confirm(self, usager_id: str, token: str) -> None:
        """Gives back the codes that went to her mailbox."""
        for voie, code in self.codes(usager_id).items():
            self._until_answered("POST", "/moi:confirmer", token, {"voie": voie, "code": code})

    def _until_answered(self, method: str, path: str, token: str, body: dict[str, Any] | None) -> dict[str, Any]:
        key = {"Idempotency-Key": clock.new_id()}
        deadline = clock.monotonic() + 60
        while True:
            try:
                answer = self._session().request(
                    method, self._address(path), headers=key | _bearer(token), json=body, timeout=SECONDS
                )
                if answer.status_code < 300:
                    return dict(answer.json())
                said = f"{answer.status_code} {answer.text[:200]}"
            except requests.RequestException as error:
                said = type(error).__name__
            assert clock.monotonic() < deadline, f"{method} {path}: {said}"
            self.stopped.wait(0.3)

    def _attempt(self, command: Command) -> tuple[str, dict[str, Any]]:
        operation = command.operation
        self.ledger.write(ledger.INVOKE, operation)
        try:
            answer = self._post(command)
        except requests.RequestException as error:
            self.ledger.write(ledger.UNKNOWN, operation, type(error).__name__)
            return ledger.UNKNOWN, {}
        event, body = _read(answer)
        self.ledger.write(event, operation, f"{answer.status_code} {body.get('code', '')}", body)
        return event, body

    def _post(self, command: Command) -> requests.Response:
        key = hashlib.sha256(f"{self.seed}:{command.operation.id}".encode()).hexdigest()[:40]
        files = {"fichier": (command.file[0], command.file[1], "application/pdf")} if command.file else None
        return self._session().post(
            self._address(command.path),
            headers={"Idempotency-Key": key, **_bearer(command.token)},
            json=command.json,
            data=command.form,
            files=files,
            timeout=SECONDS,
        )

    def _address(self, path: str) -> str:
        return f"{self.url}/deposit/api/v1{path}"

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session


@dataclass
class Person:
    """One person and her demande, each act of hers named after her: `p3`, `p3.deposer`."""

    client: Client
    name: str
    courriel: str
    agent: str
    token: str = ""
    demande: dict[str, Any] = field(default_factory=dict)

    @property
    def demande_id(self) -> str:
        """Of the demande she began."""
        return str(self.demande["demande_id"])

    def prepare(self) -> bool:
        """An account, a draft and its mandatory pieces; False when an answer is still missing."""
        return self.open() and self.begin() and self.join_pieces()

    def open(self) -> bool:
        """Her account."""
        body = {"nom": "Exemple", "prenoms": "Personne", "naissance_date": "1990-05-17", "courriel": self.courriel}
        body |= {"password": MOT_DE_PASSE, "prefecture": "75"}
        opened = self._do("compte", self.courriel, "/comptes", json=body)
        if opened is None:
            return False
        self.token = self.client.sign_in(str(opened["identifiant"]))
        self.client.confirm(str(opened["usager_id"]), self.token)
        return True

    def begin(self, fin_titre: str = "") -> bool:
        """A draft; a renewal when she holds a title that ends on `fin_titre`."""
        usager = self.client.read("/moi", self.token)
        asked = {"titre_code": "conjoint-de-francais", "prefecture": "75"}
        if fin_titre:
            asked["fin_titre_date"] = fin_titre
        found = self._do("commencer", str(usager["usager_id"]), "/demandes", json=asked)
        self.demande = found or {}
        return found is not None

    def join_pieces(self) -> bool:
        """Every mandatory piece that is not there."""
        missing = [p["code"] for p in self.demande["pieces_attendues"] if p["obligatoire"] and not p["presente"]]
        return all(self.join(code) for code in missing)

    def join(self, code: str) -> bool:
        """One file, under a name of its own."""
        name = "-".join((self.name, code, self.client.seed.replace(".", "-"))) + ".pdf"
        target = f"{self.demande_id}/{name}"
        form = {"code": code}
        return (
            self._do("piece", target, self._path("/pieces"), f"piece.{code}", form=form, file=(name, PDF)) is not None
        )

    def file(self, which: str = "deposer", patience: float | None = None) -> dict[str, Any] | None:
        """Files the demande."""
        return self._do("deposer", self.demande_id, self._path(":deposer"), which, patience=patience)

    def asked(self, codes: list[str]) -> bool:
        """The agent asks for pieces."""
        texte = f"{self.name}.demander.{self.client.seed}"
        body = {"pieces": codes, "texte": texte}
        target = f"{self.demande_id}/{texte}"
        return self._act("demander", target, self._path(":demander-pieces"), json=body) is not None

    def decided(self, which: str = "favorable") -> bool:
        """The agent decides."""
        return self._act("favorable", self.demande_id, self._path(":favorable"), which) is not None

    def _path(self, act: str) -> str:
        return f"/demandes/{self.demande_id}{act}"

    def _act(self, kind: str, target: str, path: str, which: str = "", **sent: Any) -> dict[str, Any] | None:
        return self._do(kind, target, path, which, token=self.agent, **sent)

    def _do(
        self,
        kind: str,
        target: str,
        path: str,
        which: str = "",
        *,
        token: str = "",
        patience: float | None = None,
        **sent: Any,
    ) -> dict[str, Any] | None:
        operation = Operation(f"{self.name}.{which or kind}", kind, target, {"courriel": self.courriel})
        return self.client.send(Command(operation, path, token or self.token, **sent), patience)


def live(person: Person, rng: random.Random, fin_titre: str) -> bool:
    """A life: filed too early (refused), filed, twice at once now and then, asked, answered, decided, decided again.

    Whether she filed.
    """
    if not (person.open() and person.begin(fin_titre if rng.random() < 0.5 else "")):
        return False
    if rng.random() < 0.3:
        person.file("trop-tot")
    if not person.join_pieces() or not _perhaps_twice(person, rng):
        return False
    if rng.random() < 0.5:
        codes = [person.demande["pieces_attendues"][0]["code"]]
        if person.asked(codes):
            person.join(codes[0])
    if rng.random() < 0.4 and person.decided():
        person.decided("favorable-encore")
    return True


def _perhaps_twice(person: Person, rng: random.Random) -> bool:
    """Files; one person in four clicks twice: the same key, at the same time."""
    if rng.random() < 0.25:
        other = threading.Thread(target=person.file)
        other.start()
        found = person.file()
        other.join()
        return found is not None
    return person.file() is not None


def _read(answer: requests.Response) -> tuple[str, dict[str, Any]]:
    try:
        body = dict(answer.json())
    except ValueError:
        # A still page, or an answer cut short: it says nothing of the effect.
        return ledger.UNKNOWN, {}
    if answer.status_code < 300:
        return ledger.OK, body
    if answer.status_code in LATER or body.get("code") == STILL_RUNNING:
        return ledger.UNKNOWN, body
    return ledger.FAIL, body


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
