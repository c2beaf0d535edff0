"""Whether a web is there, seen from another process: slow, shedding and gone are told apart, and time alone decides.

The replicas of a watcher look together: in each slot of time one of them looks, for all. So the same silence is too
long at the same second, however many they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from http import HTTPStatus
from typing import Any

import requests
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from chassis import clock, logs
from chassis.settings import Settings, whole_number

# How often a worker asks itself whether a new slot has begun.
TICK_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
# A web that refuses what it cannot do in time says so by this header: it is there.
SHEDS_HEADER = "Sejour-Delestage"
_NAME = "web"


class State(Enum):
    """What one look met."""

    ANSWERS = "answers"
    SHEDS = "sheds"
    SLOW = "slow"
    SILENT = "silent"


@dataclass(frozen=True)
class Probe:
    """Which page of deposit is asked, and its ops port; how often, and how long a silence lasts before it is an outage.

    No page: only the watcher's own absence is seen. No ops port: an answer that comes too late is a silence.
    """

    page: str
    ops: str
    seconds: int
    silence_seconds: int

    @classmethod
    def from_env(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> Probe:
        """`DEPOSIT_WEB`, `DEPOSIT_OPS`, `SONDE_SECONDES`, `SONDE_SILENCE_SECONDES`."""
        source = os.environ if environ is None else environ
        web, ops = (settings.web_addresses or {}).get("deposit", ""), source.get("DEPOSIT_OPS", "")
        return cls(
            page=f"{web.rstrip('/')}/deposit/" if web else "",
            ops=f"{ops.rstrip('/')}/traffic" if ops else "",
            seconds=max(1, whole_number(source, "SONDE_SECONDES", 10)),
            silence_seconds=whole_number(source, "SONDE_SILENCE_SECONDES", 60),
        )


@dataclass(frozen=True)
class Away:
    """Nobody looked since then: the watchers were stopped or, with `store_lost`, could not write what they saw."""

    time: datetime
    day: date
    store_lost: bool


@dataclass(frozen=True)
class Seen:
    """One look. `answer_time`: when the web last answered anybody; `lost`: it has been silent for too long."""

    state: State
    instant: datetime
    answer_time: datetime
    lost: bool
    away: Away | None


class Watch:
    """One replica of a watcher. `looks` is the collection that all of them share."""

    def __init__(self, looks: Collection[dict[str, Any]], probe: Probe) -> None:
        self._looks, self._probe = looks, probe
        self._timeout = min(TIMEOUT_SECONDS, probe.seconds / 2)
        self._slot: datetime | None = None
        self._unwritten: datetime | None = None

    def look(self) -> Seen | None:
        """Looks, unless another replica does in this slot."""
        length = self._probe.seconds
        slot = datetime.fromtimestamp(clock.now().timestamp() // length * length, UTC)
        if slot == self._slot:
            return None
        self._slot = slot
        try:
            before = self._looks.find_one_and_update(
                {"_id": _NAME, "vue_time": {"$lt": slot}},
                {"$set": {"vue_time": slot, "vue_date": clock.today().isoformat()}},
                upsert=True,
            )
        except DuplicateKeyError:
            self._unwritten = None
            return None
        except PyMongoError:
            self._unwritten = self._unwritten or slot
            raise
        lost, self._unwritten = self._unwritten, None
        return self._seen(slot, before, lost)

    def _seen(self, slot: datetime, before: dict[str, Any] | None, unwritten: datetime | None) -> Seen:
        silence, length = timedelta(seconds=self._probe.silence_seconds), timedelta(seconds=self._probe.seconds)
        away, answered = None, slot
        if before is not None:
            gap = slot - before["vue_time"]
            wrote = unwritten is None or unwritten - before["vue_time"] > silence
            if gap > silence:
                away = Away(before["vue_time"], date.fromisoformat(before["vue_date"]), not wrote)
            if gap <= 2 * length or (gap <= silence and not wrote):
                # Who was not there heard no silence: past one look that failed, it is counted from now.
                answered = before.get("reponse_time", slot)
        state, answer_time = self._ask(slot)
        last = max(answered, answer_time or answered)
        self._looks.update_one({"_id": _NAME}, {"$max": {"reponse_time": last}})
        if state is not State.ANSWERS:
            logs.get().info("watch.look", state=state.value, silent_seconds=(slot - last).total_seconds())
        return Seen(state, slot, last, slot - last >= silence, away)

    def _ask(self, slot: datetime) -> tuple[State, datetime | None]:
        """What the web does, and when it last answered anybody, if that was learnt."""
        if not self._probe.page:
            return State.ANSWERS, slot
        traffic = self._traffic()
        if traffic is not None and not traffic["store"]:
            return State.SILENT, None
        try:
            answer = requests.get(self._probe.page, timeout=self._timeout, allow_redirects=False)
        except requests.RequestException:
            age = traffic["answered_seconds_ago"] if traffic is not None else None
            return (State.SILENT, None) if age is None else (State.SLOW, slot - timedelta(seconds=age))
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return State.ANSWERS, slot
        return (State.SHEDS, slot) if SHEDS_HEADER in answer.headers else (State.SILENT, None)

    def _traffic(self) -> dict[str, Any] | None:
        """What the process says of itself, by a thread that serves nobody else; None when it does not."""
        if not self._probe.ops:
            return None
        try:
            answer = requests.get(self._probe.ops, timeout=self._timeout, allow_redirects=False)
            return dict(answer.json()) if answer.ok else None
        except (requests.RequestException, ValueError):
            return None
