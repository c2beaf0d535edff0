"""One running system for the faults, and runs on it: each has its own seed, people, ledger and list of kills."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient

from chassis.settings import Settings
from dev.children import Spec
from dev.clock import ClockError
from dev.codes import codes_sent
from dev.probes import answers_http
from dev.seed import sign_agent_in
from dev.stack import Stack
from tests.faults import ledger, stores
from tests.faults.checker import Verdict, check
from tests.faults.client import Client, Person
from tests.faults.ledger import Ledger
from tests.waiting import wait_until

# What a stack for faults is told beside the defaults: one address plays everybody, and an interrupted hand over of an
# e-mail is tried again after ten seconds instead of two minutes.
SETTINGS = {
    "LIMITE_FORMULAIRES_MINUTE": "100000",
    "LIMITE_REQUETES_MINUTE": "100000",
    "LIMITE_CONNEXION_IP": "100000",
    "NOTIFY_BAIL_SECONDES": "10",
}
# The longest lease of all is a minute (a message being planned, a key whose holder died), redelivery half a minute.
HEALED_WITHIN = 150.0
RESTART = 90.0
# Interrupting one of these between SMTP's 250 and the note of it sends an e-mail again.
SMTP_SEAM = ("notify.worker", "sinks", "mongod")

Doc = dict[str, Any]


def seed_of_run() -> int:
    """`FAULTS_SEED` plays a run again; otherwise a new one, which is printed."""
    return int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))


@dataclass
class World:
    """The stack, its stores as the operator sees them, and the agent of the préfecture."""

    stack: Stack
    mongo: MongoClient[Doc]
    folder: Path
    seed: int
    agent: str

    def run(self, name: str, patience: float = 20.0) -> Run:
        """A new run; its people live at addresses of their own."""
        seed = f"{self.seed}.{name}"
        kept = Ledger(self.folder / f"{name}.jsonl")
        return Run(self, name, random.Random(seed), Client(self.stack.url, kept, seed, patience, self.codes))

    def codes(self, usager_id: str) -> dict[str, str]:
        """The codes that a person still has to give back."""
        notify = Settings.from_env("notify", self.stack.env_for("notify", "worker"))
        return codes_sent(self.mongo["sejour_deposit"], notify, usager_id)

    def demande(self, demande_id: str) -> Doc:
        """A demande as stored."""
        return dict(self.mongo["sejour_deposit"]["demandes"].find_one({"_id": demande_id}) or {})

    @contextmanager
    def mutant(self, name: str, module: str) -> Iterator[None]:
        """A worker without one of its protections (`tests/faults/mutants/`), in the place of the true one."""
        supervisor = self.stack.supervisor
        true = supervisor.children[name].spec
        try:
            self._replace(replace(true, argv=_mutant(module)))
            yield
        finally:
            self._replace(true)

    @contextmanager
    def second(self, name: str, module: str) -> Iterator[None]:
        """One more such worker beside the first."""
        supervisor = self.stack.supervisor
        first = supervisor.children[name].spec
        port = self.stack.place.ports.get(f"bis.{name}.ops")
        spec = replace(
            first,
            name=f"bis.{name}",
            argv=_mutant(module),
            env={**first.env, "OPS_PORT": str(port)},
            ready=answers_http(port),
            ports={"ops": port},
        )
        try:
            self._replace(spec)
            yield
        finally:
            supervisor.stop([spec.name])
            del supervisor.children[spec.name]

    def _replace(self, spec: Spec) -> None:
        supervisor = self.stack.supervisor
        supervisor.stop([spec.name])
        supervisor.start(spec)
        supervisor.wait_ready([spec.name], RESTART)


@dataclass
class Run:
    """One story with faults: who takes part, what was killed, and how it ends."""

    world: World
    name: str
    rng: random.Random
    client: Client
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def domain(self) -> str:
        """Where this run's people get their e-mails."""
        return f"@{self.name}.exemple.test"

    def person(self, name: str, behaviour: str = "") -> Person:
        """Somebody new; `behaviour` is a word of the sink's table (`lent-8`)."""
        local = f"{name}+{behaviour}" if behaviour else name
        return Person(self.client, name, f"{local}{self.domain}", self.world.agent)

    def kill(self, name: str) -> None:
        """kill -9; the supervisor starts it again."""
        self.kills[name] += 1
        self.world.stack.kill(name, wait=False)

    def down(self, name: str) -> None:
        """kill -9, and it stays down."""
        self.kills[name] += 1
        self.world.stack.keep_down(name)

    def wait_up(self) -> None:
        """Everything that should run is ready."""
        supervisor = self.world.stack.supervisor
        names = [name for name, child in supervisor.children.items() if child.wanted and not child.spec.job]
        supervisor.wait_ready(names, RESTART)

    def restore(self) -> None:
        """Starts whatever is down, wakes whatever is stopped; everything is ready."""
        supervisor = self.world.stack.supervisor
        for child in list(supervisor.children.values()):
            if child.spec.job:
                continue
            if not child.wanted:
                supervisor.start(child.spec)
            elif pid := child.pid:
                os.killpg(pid, signal.SIGCONT)
        self.wait_up()

    def heal(self, patience: float = 70.0) -> None:
        """Everything runs again, every command has its last word, and nothing is left to do anywhere."""
        stack = self.world.stack
        self.restore()
        self.client.resume(patience)
        try:
            stack.clock.wait_quiet(HEALED_WITHIN)
        except ClockError as error:
            raise AssertionError(f"{self.name}: {error}") from error
        wait_until("every message has left", self._all_left, HEALED_WITHIN, every=0.3)
        stack.clock.wait_quiet(HEALED_WITHIN)

    def verdict(self, copies: int | None = None) -> Verdict:
        """The comparison, printed with the seed and the kills."""
        self.client.ledger.close()
        allowed = 1 + sum(self.kills[name] for name in SMTP_SEAM) if copies is None else copies
        found = check(ledger.read(self.client.ledger.path), self.stores(), allowed)
        print(f"\n{self.name}: seed {self.world.seed}, killed {dict(self.kills)}, {found.figures}")
        return found

    def stores(self) -> stores.Stores:
        """What is stored of this run's people."""
        return stores.read(self.world.stack, self.world.mongo, self.domain)

    def verify_documents(self) -> None:
        """Every attestation that was given verifies, without login, as anybody would."""
        for demande in self.stores().demandes:
            for attestation in demande["attestations"]:
                address = f"{self.world.stack.url}/deposit/api/v1/verifications/{attestation['numero']}"
                answer = requests.get(address, timeout=10)
                assert answer.status_code == 200, (answer.status_code, address)
                assert answer.json()["etat"] in ("valide", "remplace"), answer.json()

    def _all_left(self) -> bool:
        """Neither `/quiet` nor a lag tells of what waits for its next attempt: the documents do."""
        found = self.stores()
        planned = all(message["state"] != "A_PLANIFIER" for message in found.messages)
        left = all(envoi["state"] != "A_REMETTRE" or envoi["canal"] != "COURRIEL" for envoi in found.envois)
        told = sum(fact["subject"] == "deposit.message.demande" for fact in found.faits["deposit"])
        return planned and left and len(found.messages) >= told


@contextmanager
def running(folder: Path, services: tuple[str, ...] | None) -> Iterator[World]:
    """A world of its own, started by the same code as `make run`."""
    known = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update(SETTINGS)
    try:
        with (
            Stack(folder / "stack", services=services) as stack,
            MongoClient[Doc](stack.mongodb_uri, tz_aware=True) as client,
        ):
            yield World(stack, client, folder, seed_of_run(), sign_agent_in(stack.url, "deposit", "sam")["jeton"])
    finally:
        for name, value in known.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _mutant(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"tests.faults.mutants.{module}", "worker")
