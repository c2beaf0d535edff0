"""The processes themselves: they start, they send with everything else down, and a kill loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from pymongo.database import Database

from chassis import bus, messages, relay
from chassis.messages import Notice
from dev import solo
from dev.ports import Ports
from services.notify import rules, store
from services.notify.actions import planification
from services.notify.moyens import Moyens
from services.notify.store import Envoi, Message
from tests import drain
from tests.architecture import tree
from tests.conftest import Mongo
from tests.notify.monde import SMS_SECRET, Boites, Dossier, Source, contact, envois, reached, wait_until
from tests.profiler import Profiled

CHAMPS = {"reference": "R-9", "libelle": "Étudiant"}
# A port that nobody listens at: refused at once.
NOWHERE = "127.0.0.1:1"


class Processes:
    """The processes of notify started by one test, ended with it."""

    def __init__(self, environ: dict[str, str], ports: Ports, log: Path) -> None:
        self.environ, self.ports, self.log = environ, ports, log
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, process: str, **environ: str) -> tuple[subprocess.Popen[bytes], int]:
        """Starts one; returns it with its operations port."""
        ops = self.ports.get(f"ops-{len(self.running)}")
        env = {**os.environ, **self.environ, "OPS_PORT": str(ops), **environ}
        argv = [sys.executable, "-m", "services.notify", process]
        with self.log.open("ab") as log:
            started = subprocess.Popen(argv, cwd=tree.ROOT, env=env, stderr=log)
        self.running.append(started)
        return started, ops

    def prepare(self, **environ: str) -> None:
        """Runs the job that comes before the rest."""
        started, _ = self.start("prepare", **environ)
        assert started.wait(60) == 0

    def close(self) -> None:
        """Ends those that still run."""
        for each in self.running:
            if each.poll() is None:
                each.kill()
            each.wait(10)


def ready(ops: int) -> bool:
    """Whether the process says that it does its main act."""
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{ops}/readyz", timeout=2).status_code == 200
    return False


@pytest.fixture
def processes(moyens: Moyens, mongo: Mongo, tmp_path: Path) -> Iterator[Processes]:
    """Ready to be started, with the broker and the four other services nowhere."""
    settings = moyens.settings
    ports = Ports(tmp_path / "ports.json")
    made = Processes(
        {
            "PYTHONPATH": os.pathsep.join([str(tree.ROOT), str(tree.ROOT / "gen")]),
            "MONGODB_URI": mongo.uri,
            "CLES_DIR": str(settings.cles_dir),
            "PUBLIC_URL": settings.public_url,
            "PIECES_DIR": str(settings.pieces_dir),
            "NATS_URL": f"nats://{NOWHERE}",
            "SMTP_URL": settings.smtp_url,
            "SMS_URL": settings.sms_url,
            "SMS_SECRET": SMS_SECRET,
            "NOTIFY_BAIL_SECONDES": "4",
            "NOTIFY_ATTENTE_MAX_SECONDES": "1",
            "WEB_PORT": str(ports.get("web")),
            "RPC_PORT": str(ports.get("rpc")),
            **{f"{name}_WEB": f"http://{NOWHERE}" for name in ("DEPOSIT", "CCC", "PAN", "SUBSTITUTION")},
        },
        ports,
        tmp_path / "journal.jsonl",
    )
    yield made
    made.close()


@pytest.fixture
def held(moyens: Moyens, source: Source, database: Database[dict[str, Any]]) -> Callable[[str], str]:
    """A message that notify holds: its words are here, nothing has left yet."""

    def hold(name: str) -> str:
        source.say(contact(name, courriel=f"{name}@exemple.fr", canaux=["COURRIEL"]))
        message_id = source.ask(Notice(name, "p1", "demande_complete", CHAMPS))
        source.relay_to(database)
        planification.run_messages(moyens, "deposit")
        return message_id

    return hold


@pytest.mark.clause("NOT-01/a", "XCT-07/j")
def test_with_the_others_and_the_broker_down_notify_sends_what_it_holds(
    processes: Processes, held: Callable[[str], str], boites: Boites
) -> None:
    """Its third promise: only its own MongoDB is up. It is ready, it sends, and it stops with code 0."""
    message_ids = [held(f"alone-{n}") for n in range(3)]
    worker, ops = processes.start("worker")
    for n, message_id in enumerate(message_ids):
        wait_until("the mail leaves", partial(boites.mails, f"alone-{n}@exemple.fr"))
        wait_until("it is written down", partial(reached, message_id, "COURRIEL", "REMIS", "DELIVRE"))
    assert ready(ops)
    counted = 'sejour_envois_total{canal="COURRIEL",state="REMIS"} 3.0'
    metrics = f"http://127.0.0.1:{ops}/metrics"
    wait_until("all three are counted", lambda: counted in requests.get(metrics, timeout=5).text)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    lines = processes.log.read_text().splitlines()
    assert sum(json.loads(line)["event"] == "envoi.state" for line in lines) >= 3
    # One JSON line per event, and nobody can be told from it (XCT-07).
    assert not [line for line in lines if "@exemple.fr" in line or "Amina" in line or CHAMPS["libelle"] in line]


class Deadly:
    """A relay that takes the message, then sees its sender die before the answer, once."""

    def __init__(self) -> None:
        self.victim: subprocess.Popen[bytes] | None = None
        self.taken: list[str] = []
        self.lock = threading.Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keeps the Message-ID; the first time, kills whoever hands it over."""
        head = envelope.content.decode("utf-8", "replace")
        with self.lock:
            self.taken.append(next(line[12:] for line in head.splitlines() if line.startswith("Message-ID: ")))
            if self.victim is not None:
                self.victim.kill()
                self.victim.wait(10)
                self.victim = None
        return "250 OK"


@pytest.mark.clause("NOT-12/c")
def test_killed_after_handing_over_it_hands_the_same_message_again_under_the_same_identity(
    processes: Processes, held: Callable[[str], str]
) -> None:
    """Handed to SMTP, dead before REMIS: the mail goes twice with one Message-ID, and is REMIS once."""
    deadly = Deadly()
    relay_smtp = Controller(deadly, hostname="127.0.0.1", port=processes.ports.get("deadly"))
    relay_smtp.start()
    try:
        environ = {"SMTP_URL": f"smtp://127.0.0.1:{relay_smtp.port}"}
        message_id = held("killed")
        deadly.victim, _ = processes.start("worker", **environ)
        wait_until("the first worker dies", lambda: deadly.taken and deadly.victim is None)
        envoi = Envoi.objects(message_id=message_id).first()
        assert envoi is None or envoi.state == rules.A_REMETTRE
        processes.start("worker", **environ)
        wait_until("a second worker takes it up", lambda: envois(message_id)["COURRIEL"].state == rules.REMIS)
    finally:
        relay_smtp.stop()
    assert len(deadly.taken) == 2 and len(set(deadly.taken)) == 1
    kinds = [preuve["genre"] for preuve in envois(message_id)["COURRIEL"].preuves]
    assert kinds == ["remis"]


def publish(source: Source, url: str) -> None:
    """What the service left to send goes to the broker, its words beside it."""

    async def all_of_it() -> None:
        connection = await bus.connect(replace(source.settings, nats_url=url))
        js = connection.jetstream()
        await bus.prepare(js, source.settings, {})
        publisher = bus.Publisher(js, "deposit", partial(messages.sealed_words, source.settings))
        sender = relay.Relay(source.db, (Dossier,), publisher, drain.in_a_thread)
        while await sender.run_once():
            pass
        await connection.close()

    asyncio.run(all_of_it())


def worked(seen: list[dict[str, Any]]) -> list[str]:
    """The commands that did something: a vain look for work costs the same whatever is sent, and is not of a message.
    A batch of updates is noted statement by statement, all at one instant.
    """
    done = [
        entry
        for entry in seen
        if any(entry.get(name, 0) for name in ("nreturned", "ninserted", "nModified", "nUpserted", "ndeleted"))
        and not entry["ns"].endswith((".system.profile", ".reconciliations"))
        and "$group" not in str(entry.get("command", {}).get("pipeline", ""))
    ]
    batches = {(entry["ts"], entry["ns"]) for entry in done if entry["op"] == "update"}
    return [f"update {ns}" for _, ns in batches] + [f"{e['op']} {e['ns']}" for e in done if e["op"] != "update"]


@pytest.mark.clause("NOT-01/a")
def test_a_fact_goes_through_the_broker_to_a_mailbox_at_the_cost_of_a_few_commands(
    processes: Processes,
    nats: solo.SoloNats,
    source: Source,
    boites: Boites,
    database: Database[dict[str, Any]],
    mongo: Mongo,
) -> None:
    """Prepared, started, fed by a real JetStream with the rights of each service. The words come with the fact: their
    source is down. One message alone costs six commands at most, sixty that come together half of one each.
    """
    processes.prepare(NATS_URL=nats.url_for("notify"))
    source.web.stop()
    patient = {"NATS_URL": nats.url_for("notify"), "NOTIFY_BAIL_SECONDES": "60"}
    processes.start("worker", DEPOSIT_WEB=f"http://127.0.0.1:{source.web.port}", **patient)
    people = [f"bus-{number}" for number in range(60)]
    source.say(*(contact(name, courriel=f"{name}@exemple.fr") for name in people))
    publish(source, nats.url_for("deposit"))
    wait_until("the contacts are known", lambda: database["contacts"].count_documents({"_id": {"$gt": ""}}) == 60)
    looked_at = Profiled(mongo.client, [database.name])

    def cost(names: list[str]) -> list[str]:
        looked_at.start()
        asked = [source.ask(Notice(name, f"p-{name}", "demande_complete", CHAMPS)) for name in names]
        publish(source, nats.url_for("deposit"))
        handed = {"message_id": {"$in": asked}, "state": "REMIS"}
        wait_until("all are handed", lambda: database["envois"].count_documents(handed) == len(names))
        wait_until("and receipts kept", lambda: receipts(database, source, asked) == len(names))
        return [line for line in worked(looked_at.stop()) if "sejour_notify" in line]

    # The best of three: a machine that stands still for seconds makes a worker let go of what it held.
    alone, together = min((cost([name]) for name in people[:3]), key=len), cost(people)
    source.web.start()
    assert len(alone) <= 6, alone
    assert len(together) <= 45, together
    assert all(len(boites.mails(f"{name}@exemple.fr")) >= 1 for name in people)
    # Nobody waited to be told that they were handed; the service that asks for it is told.
    told = {"subject": "notify.envoi.remis", "copie_time": {"$gt": store.EPOCH}}
    assert database["faits"].count_documents(told) == 0
    source.ask(Notice(people[0], "p-suivi", "demande_complete", CHAMPS, suivi=True))
    publish(source, nats.url_for("deposit"))
    wait_until("the log holds what was published", lambda: database["faits"].count_documents(told) == 1)


def receipts(database: Database[dict[str, Any]], source: Source, asked: list[str]) -> int:
    """How many receipts notify kept of the facts that ask for these messages."""
    wanted = {"prive.message_id": {"$in": asked, "$gt": ""}}
    facts = [fact["_id"] for fact in source.db["faits"].find(wanted, {"_id": 1})]
    return database["recus"].count_documents({"_id": {"$in": facts}})


def test_web_and_rpc_start_and_say_that_they_are_ready(
    processes: Processes, database: Database[dict[str, Any]]
) -> None:
    """Each with its own port; they end with code 0."""
    started = [processes.start(name) for name in ("web", "rpc")]
    for _, ops in started:
        wait_until("the process is ready", partial(ready, ops))
    page = requests.get(f"http://127.0.0.1:{processes.environ['WEB_PORT']}/notify/openapi.json", timeout=5)
    assert page.json()["openapi"].startswith("3.1")
    for process, _ in started:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.clause("CCC-13/e")
def test_no_process_starts_with_a_sender_that_names_the_dgef(processes: Processes) -> None:
    """Whatever a person would read as who writes to her; the log says which setting it is."""
    senders = {
        "NOTIFY_EXPEDITEUR": "dgef@sejour.example",
        "NOTIFY_EXPEDITEUR_NOM": "La DGEF vous répond",
        "NOTIFY_EXPEDITEUR_NEUTRE": "Dgef",
        "NOTIFY_REPONSE_CCC": "contact@dgef.example",
    }
    started = [processes.start("worker", **{name: value})[0] for name, value in senders.items()]
    assert 0 not in [process.wait(60) for process in started]
    log = processes.log.read_text()
    assert [name for name in senders if f"{name} names the DGEF" not in log] == []


def test_what_waits_is_counted_for_who_waits_for_quiet(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """A message to plan, then a sending to hand: `/quiet` is told of both."""
    assert store.count_waiting(Message, Envoi) == 0
    source.say(messages.fact("deposit", Notice("nobody", "p1", "demande_complete", CHAMPS)))
    source.relay_to(database)
    assert store.count_waiting(Message, Envoi) == 1
