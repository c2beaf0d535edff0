"""How each seam of the design's table (section 4, « it dies after ») is reached from outside, and what is stored there.

A process stands still at the very seam because what it needs next does not come: a document that an operator's
transaction holds (`hold.py`), a broker that is stopped (SIGSTOP), a mailbox that says 250 late. There it is killed.

| seam | row | how it is reached | killed | then |
|---|---|---|---|---|
| `decided` | 3 | the demande is held: ruled, its write waits and is ended | web | nothing stored |
| `written` | 4 | the demande, then the key of the request is held: not answered | web | filed, once |
| `written-down` | 4 | mongod is stopped under the request | mongod | filed once or not |
| `claimed` | 5 | an unborn line of `faits` is held: claimed, not copied | worker | outbox keeps all |
| `copied` | 6 | the broker is stopped: copied, not acknowledged | worker, nats | outbox keeps all |
| `published` | 6, not 7 | and the demande held, the broker woken: not pulled | worker | sent again, dropped |
| `window` | 6, not 7 | and the stream's duplicate window at 0.1 s | worker | told once by the key |
| `delivered` | 8 | the unborn message is held: fetched, no effect | notify worker | redelivered |
| `effect` | 9, no ack | the unborn receipt is held: effect done | notify worker | redelivered |
| `opening` | 9 | the unborn sending is held: planned, not opened | notify worker | redelivered |
| `handed` | 10, not REMIS | the sink has stored and not said 250 | notify worker | at most two, one id |
| `accepted` | 10, not REMIS | the sending is held: 250 received, not noted | notify worker | at most two, one id |
| `sink` | 10, not REMIS | the sink has stored and not said 250 | sinks | at most two, one id |
| `poison` | poison | the operator publishes what nobody can read | none | `rejets`, others go on |
| `wiped` | 6 | the broker loses its disk with what notify had not read | nats | reconciler |
| `everything` | any | all at once, started again in a random order | all | nothing lost |
"""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nats.js import JetStreamContext

from chassis import lead, outbox
from dev.sinks.journal import Journal
from sejour.message.v1 import message_pb2
from tests.faults.broker import published_events, published_twice, set_window, with_broker
from tests.faults.checker import MESSAGE
from tests.faults.client import Person as Person
from tests.faults.hold import Hold
from tests.faults.world import HEALED_WITHIN, Run
from tests.waiting import wait_until

DEMANDES, FAITS = "sejour_deposit.demandes", "sejour_deposit.faits"
MESSAGES, ENVOIS, RECUS = "sejour_notify.messages", "sejour_notify.envois", "sejour_notify.recus"
WEB, WORKER, SENDER = "deposit.web", "deposit.worker", "notify.worker"
Doc = dict[str, Any]
Seam = Callable[[Run, Person], None]


def decided(run: Run, person: Person) -> None:
    """3: the rule said yes and the write has not happened: nothing is stored."""
    with _held(run, DEMANDES, person.demande_id) as hold, _filing(person):
        hold.wait_held()
        run.down(WEB)
        hold.discard()
    stored = run.world.demande(person.demande_id)
    assert (stored["state"], stored["outbox"]) == ("BROUILLON", [])


def written(run: Run, person: Person) -> None:
    """4: the one write is done and nobody was told: filed, its facts safe."""
    stack = run.world.stack
    with _filing(person):
        with _held(run, DEMANDES, person.demande_id) as hold:
            hold.wait_held()
            # Whatever is answered from here on reaches nobody.
            stack.send_signal(signal.SIGSTOP, "front")
        wait_until("it is filed", lambda: run.world.demande(person.demande_id)["state"] == "DEPOSEE")
        run.down(WEB)
        stack.send_signal(signal.SIGCONT, "front")


def written_down(run: Run, person: Person) -> None:
    """4: the store dies under the request; whatever the person is told is then true."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "mongod")
    with _filing(person):
        threading.Event().wait(run.rng.uniform(0.05, 0.3))
        run.kill("mongod")


def claimed(run: Run, person: Person) -> None:
    """5: the relay holds the lease and dies before the log has anything."""
    first = die_before_log(run, person)
    assert first in run.world.demande(person.demande_id)["outbox"]
    lease = run.world.mongo["sejour_deposit"][lead.COLLECTION].find_one({"_id": lead.KEY})
    assert lease is not None and lease["owner"]


def die_before_log(run: Run, person: Person) -> Doc:
    """The relay is killed as it copies to the log; returns the fact that it had in hand."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "deposit", "worker")
    person.file()
    first: Doc = run.world.demande(person.demande_id)["outbox"][0]
    with _held(run, FAITS, first["event_id"], {"aggregate": "tenu", "version": -1}) as hold:
        stack.send_signal(signal.SIGCONT, "deposit", "worker")
        hold.wait_held()
        run.down(WORKER)
        hold.discard()
    return first


def copied(run: Run, person: Person) -> None:
    """6: in the log, not acknowledged: the relay and the broker die together."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "nats")
    person.file()
    event = run.world.demande(person.demande_id)["outbox"][0]["event_id"]
    wait_until("the fact is in the log", lambda: _logged(run, event))
    run.down(WORKER)
    run.kill("nats")
    assert event in {entry["event_id"] for entry in run.world.demande(person.demande_id)["outbox"]}


def published(run: Run, person: Person) -> None:
    """6 before 7: the broker acknowledged, the outbox still holds: it is sent again and the copy is dropped."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "nats")
    person.file()
    events = _unsent(run, person)
    wait_until("the facts are in the log", lambda: _logged(run, events[-1]))
    with _held(run, DEMANDES, person.demande_id) as hold:
        stack.send_signal(signal.SIGCONT, "nats")
        hold.wait_held()
        wait_until("the broker has the facts", lambda: set(events) <= set(published_events(run)))
        run.down(WORKER)
        hold.discard()
    assert _unsent(run, person) == events


def window(run: Run, person: Person) -> None:
    """6 before 7, the dedup window over: notify gets every fact twice, and the unique key makes it harmless."""
    set_window(run, 0.1)
    try:
        published(run, person)
        events = _unsent(run, person)
        run.restore()
        wait_until("the facts were published twice", lambda: published_twice(run, events), 60, every=0.3)
    finally:
        set_window(run, 120)


def published_by_two(run: Run, person: Person) -> None:
    """Two relays without a lease, the dedup window at 0.1 s: both publish the same facts before either pulls them."""
    stack = run.world.stack
    first, second = WORKER.split("."), f"bis.{WORKER}".split(".")
    for relay in (first, second):
        stack.send_signal(signal.SIGSTOP, *relay)
    person.file()
    events = _unsent(run, person)
    with _held(run, DEMANDES, person.demande_id) as hold:
        stack.send_signal(signal.SIGCONT, *first)
        hold.wait_held()
        # Longer than the window.
        threading.Event().wait(0.3)
        stack.send_signal(signal.SIGCONT, *second)
        wait_until("both have published", lambda: published_twice(run, events), 30, every=0.2)


def delivered(run: Run, person: Person) -> None:
    """8: the consumer has the fact in hand and dies before its effect."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "notify", "worker")
    person.file()
    with _held(run, MESSAGES, _receipt(run, person), {"reference": "tenu"}) as hold:
        stack.send_signal(signal.SIGCONT, "notify", "worker")
        hold.wait_held()
        run.down(SENDER)
        hold.discard()


def effect(run: Run, person: Person) -> None:
    """9 before the ack: the message is noted, the broker does not know."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "notify", "worker")
    person.file()
    message_id = _receipt(run, person)
    with _held(run, RECUS, _receipt_fact(run, person)["_id"], {}) as hold:
        stack.send_signal(signal.SIGCONT, "notify", "worker")
        hold.wait_held()
        run.down(SENDER)
        hold.discard()
    assert run.world.mongo["sejour_notify"]["messages"].find_one({"_id": message_id}) is not None


def opening(run: Run, person: Person) -> None:
    """9: the message is planned and its sending is about to be born."""
    stack = run.world.stack
    stack.send_signal(signal.SIGSTOP, "notify", "worker")
    person.file()
    message_id = _receipt(run, person)
    key = outbox.id_for(f"{message_id}:COURRIEL:1", "envoi")
    with _held(run, ENVOIS, key, {"message_id": "tenu", "canal": "tenu", "essai": 0}) as hold:
        stack.send_signal(signal.SIGCONT, "notify", "worker")
        hold.wait_held()
        run.down(SENDER)
        hold.discard()


def handed(run: Run, person: Person) -> None:
    """10 before REMIS: the mail server has the e-mail and has not said so."""
    person.file()
    _wait_mail(run, person)
    run.kill(SENDER)


def accepted(run: Run, person: Person) -> None:
    """10 before REMIS: it has said so, and that was not noted."""
    person.file()
    envoi = _wait_mail(run, person)
    with _held(run, ENVOIS, envoi) as hold:
        hold.wait_held()
        run.down(SENDER)
        hold.discard()


def sink(run: Run, person: Person) -> None:
    """10: the mail server dies with the e-mail stored and nothing said."""
    person.file()
    _wait_mail(run, person)
    run.kill("sinks")


def poison(run: Run, person: Person) -> None:
    """What nobody can read is set aside, and what comes after it goes on."""
    known = _rejected(run)
    headers = {"Nats-Msg-Id": f"poison-{run.name}", "sejour-aggregate": "x", "sejour-version": "1"}
    headers |= {"sejour-parcours": "x", "sejour-day": "2026-11-22", "sejour-time": "2026-11-22T00:00:00+00:00"}
    poisons = [(b"\xff\xff\xff", headers), (b"", {}), (b"\x00" * 1000, {"sejour-version": "un"})]

    async def publish(js: JetStreamContext) -> None:
        for payload, said in poisons:
            await js.publish("deposit.message.demande", payload, headers=said)

    with_broker(run, publish)
    person.file()
    wait_until("the neighbour was told", lambda: _mails(run, person), 30, every=0.2)
    wait_until("all three are set aside", lambda: _rejected(run) == known + len(poisons), 30, every=0.2)


def wiped(run: Run, person: Person) -> None:
    """6: the broker loses its disk; the log of the source gives back what nobody had read."""
    stack = run.world.stack
    # Contacts have no log to come back from: this is about facts, so everybody's contacts have arrived.
    stack.clock.wait_quiet(HEALED_WITHIN)
    run.down(SENDER)
    person.file()
    wait_until("the facts have left", lambda: not run.world.demande(person.demande_id)["outbox"])
    run.down("nats")
    shutil.rmtree(stack.data / "nats")
    stack.start_process("nats")


def everything(run: Run, person: Person) -> None:
    """Power fails: all at once, and each comes back when it can."""
    assert person.file() is not None
    supervisor = run.world.stack.supervisor
    names = [name for name, child in supervisor.children.items() if child.wanted and not child.spec.job]
    run.rng.shuffle(names)
    for name in names:
        run.down(name)
    run.rng.shuffle(names)
    for name in names:
        supervisor.start(supervisor.children[name].spec)


# Name -> how to get there, and the mailbox that it needs.
SEAMS: dict[str, tuple[Seam, str]] = {
    "decided": (decided, ""),
    "written": (written, ""),
    "written-down": (written_down, ""),
    "claimed": (claimed, ""),
    "copied": (copied, ""),
    "published": (published, ""),
    "window": (window, ""),
    "delivered": (delivered, ""),
    "effect": (effect, ""),
    "opening": (opening, ""),
    "handed": (handed, "lent-8"),
    "accepted": (accepted, "lent-3"),
    "sink": (sink, "lent-8"),
    "poison": (poison, ""),
    "wiped": (wiped, ""),
    "everything": (everything, ""),
}
# Here, and nowhere else, an e-mail may be there twice: SMTP offers no better.
TWO_COPIES = {"handed", "accepted", "sink", "everything"}


@contextmanager
def _filing(person: Person) -> Iterator[None]:
    """The person files while the `with` lasts; her client gives up waiting after it, and asks again later."""
    filing = threading.Thread(target=person.file, kwargs={"patience": 0})
    filing.start()
    try:
        yield
    finally:
        filing.join()


def _held(run: Run, namespace: str, key: str, absent: Doc | None = None) -> Hold:
    return Hold(run.world.mongo, namespace, key, absent)


def _logged(run: Run, event_id: str) -> bool:
    return run.world.mongo["sejour_deposit"]["faits"].find_one({"_id": event_id}) is not None


def _receipt_fact(run: Run, person: Person) -> Doc:
    """The fact that asks for her receipt, once the relay has logged it."""
    found: list[Doc] = []

    def logged() -> bool:
        found[:] = [
            fact
            for fact in run.world.mongo["sejour_deposit"]["faits"].find({"aggregate": person.demande_id})
            if fact["subject"] == MESSAGE and fact["prive"]["modele"] == "depot_recu"
        ]
        return bool(found)

    wait_until("her receipt is asked for", logged)
    return found[0]


def _receipt(run: Run, person: Person) -> str:
    return str(message_pb2.MessageDemande.FromString(_receipt_fact(run, person)["payload"]).message_id)


def _mails(run: Run, person: Person) -> list[Doc]:
    path = run.world.stack.data / "boites" / "courriels.jsonl"
    return [line for line in Journal(path).lines() if person.courriel in line["to"]]


def _wait_mail(run: Run, person: Person) -> str:
    """The sending of her receipt, once the sink has stored it."""
    before = _receipt(run, person)
    envoi = outbox.id_for(f"{before}:COURRIEL:1", "envoi")
    wait_until(
        "the sink has stored her receipt",
        lambda: any(envoi in line["message_id"] for line in _mails(run, person)),
        60,
    )
    return envoi


def _rejected(run: Run) -> int:
    return len(list(run.world.mongo["sejour_notify"]["rejets"].find({}, {"_id": 1})))


def _unsent(run: Run, person: Person) -> list[str]:
    return [entry["event_id"] for entry in run.world.demande(person.demande_id)["outbox"]]
