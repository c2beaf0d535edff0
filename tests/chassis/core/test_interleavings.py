"""Whatever relays and consumers do to one another, each fact takes effect once and every projection ends equal.

Seeded random interleavings over a real MongoDB: relays that die between two steps and know nothing of one another,
messages doubled, reordered and redelivered. The same game is then played with one protection removed at a time: where
the design says that a protection is what makes it right, the game must go wrong without it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis import event_log, outbox, relay
from chassis.inbox import ACK, Inbox, Received
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal

STEPS, RELAYS, JARS, ROUNDS = 120, 3, 3, 100
SEEDS = range(6)


class Died(Exception):
    """The relay was killed at this step."""


@dataclass
class Broker:
    """Keeps every copy published, and gives them in any order, as often as it likes: a broker at its worst."""

    copies: list[dict[str, Any]] = field(default_factory=list)

    def accept(self, entries: list[dict[str, Any]]) -> set[str]:
        """Stores all of them."""
        self.copies += entries
        return {entry["event_id"] for entry in entries}

    def deliveries(self, rng: random.Random) -> Iterator[Received]:
        """Every copy at least once, some twice, in no order."""
        handed = [*self.copies, *(copy for copy in self.copies if rng.random() < 0.3)]
        rng.shuffle(handed)
        for entry in handed:
            headers = {
                "Nats-Msg-Id": entry["event_id"],
                "sejour-aggregate": entry["aggregate"],
                "sejour-version": str(entry["version"]),
                "sejour-parcours": entry["parcours"],
                "sejour-day": entry["day"],
                "sejour-time": entry["time"].isoformat(),
            }
            yield Received(entry["subject"], entry["payload"], headers, 1)


class MortalRelay(relay.Relay):
    """A relay that may be killed before or after each of its steps, beside others that all believe that they lead."""

    def __init__(self, db: Any, broker: Broker, rng: random.Random) -> None:
        async def publish(entries: list[dict[str, Any]]) -> set[str]:
            self._maybe_die()
            kept = [entry for entry in entries if rng.random() < 0.8]
            acknowledged = broker.accept(kept)
            # An acknowledgement may be lost on its way: what is stored is then thought unsent.
            return {event_id for event_id in acknowledged if rng.random() < 0.9}

        async def blocking(function: Any, *args: Any) -> Any:
            self._maybe_die()
            result = function(*args)
            self._maybe_die()
            return result

        super().__init__(db, (Bocal,), publish, blocking)
        self._rng, self.mortal = rng, True

    def _maybe_die(self) -> None:
        if self.mortal and self._rng.random() < 0.08:
            raise Died


@dataclass
class Game:
    """One run. The flags remove one protection each."""

    deposit: Any
    notify: Any
    seed: int
    conditional: bool = True
    keyed: bool = True
    written: int = 0

    def play(self) -> None:
        """Writers and relays, at random; then all is sent and delivered."""
        rng, broker = random.Random(self.seed), Broker()
        jars = [monde.create(f"b{number}") for number in range(JARS)]
        self.written = JARS
        relays = [MortalRelay(self.deposit, broker, rng) for _ in range(RELAYS)]
        stale = [Bocal.objects(id=jar.id).first() for jar in jars]
        for _ in range(STEPS):
            which = rng.randrange(JARS)
            step = rng.choice(("load", "write", "write", "relay", "relay"))
            if step == "load":
                stale[which] = Bocal.objects(id=jars[which].id).first()
            elif step == "write":
                self._write(stale, which)
            else:
                self._turn(relays, broker, rng)
        last = MortalRelay(self.deposit, broker, rng)
        last.mortal = False
        for _ in range(ROUNDS):
            if not relay.depth((Bocal,)):
                break
            asyncio.run(last.run_once())
        self._deliver(broker, rng)

    def _turn(self, relays: list[MortalRelay], broker: Broker, rng: random.Random) -> None:
        which = rng.randrange(RELAYS)
        try:
            asyncio.run(relays[which].run_once())
        except Died:
            relays[which] = MortalRelay(self.deposit, broker, rng)

    def _write(self, stale: list[Bocal], which: int) -> None:
        jar = stale[which]
        if not self.conditional:
            # The mutation: the version is written without being looked at.
            stored = Bocal.objects(id=jar.id).first()
            entries = outbox._outgoing(jar, (monde.fact(str(jar.count + 1)),))
            change = {
                "$set": {"count": jar.count + 1, "version": jar.version + 1},
                "$push": {"outbox": {"$each": entries}},
            }
            self.deposit["bocaux"].update_one({"_id": stored.id}, change)
            self.written += 1
            return
        try:
            monde.refill(jar, monde.fact(str(jar.count + 1)))
        except outbox.Conflict:
            stale[which] = Bocal.objects(id=jar.id).first()
            return
        self.written += 1

    def _deliver(self, broker: Broker, rng: random.Random) -> None:
        """Two consumers share the deliveries; each effect adds one to a total, under the key of its fact."""
        handlers = monde.ledger(self.notify)
        if not self.keyed:
            handlers = {monde.REMPLI: (handlers[monde.REMPLI][0], self._add_blindly)}
        inboxes = [Inbox(self.notify, handlers), Inbox(self.notify, handlers)]
        for received in broker.deliveries(rng):
            assert rng.choice(inboxes).handle_batch([received]) == [ACK]

    def _add_blindly(self, event: Any, meta: Any) -> None:
        self.notify["effets"].insert_one({"aggregate": meta.aggregate, "version": meta.version})

    def wrong(self) -> list[str]:
        """What does not hold at the end; empty when all is right."""
        found = []
        effects = list(self.notify["effets"].find())
        if len(effects) != self.written:
            found.append(f"{len(effects)} effects of {self.written} facts")
        for jar in self.deposit["bocaux"].find():
            versions = sorted(effect["version"] for effect in effects if effect["aggregate"] == jar["_id"])
            if versions != list(range(1, jar["version"] + 1)) or jar["count"] != jar["version"] - 1:
                found.append(f"{jar['etiquette']} counts {jar['count']}, version {jar['version']}, effects {versions}")
            logged = event_log.whole_history(Bocal, self.deposit, jar["_id"])
            if [fact["version"] for fact in logged] != versions or event_log.broken_link(logged):
                found.append(f"the history of {jar['etiquette']} does not hold")
        return found


@pytest.mark.parametrize("seed", SEEDS)
def test_each_fact_takes_effect_once_and_projections_end_equal(deposit: Any, notify: Any, seed: int) -> None:
    game = Game(deposit, notify, seed)
    game.play()
    assert game.written > JARS
    assert game.wrong() == []


def test_without_the_conditional_write_it_goes_wrong(deposit: Any, notify: Any) -> None:
    game = Game(deposit, notify, 0, conditional=False)
    game.play()
    assert game.wrong() != []


def test_without_the_unique_key_it_goes_wrong(deposit: Any, notify: Any) -> None:
    game = Game(deposit, notify, 0, keyed=False)
    game.play()
    assert game.wrong() != []
