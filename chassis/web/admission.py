"""What cannot be answered in time is refused before any work: lists first, then reading, what a person does last.

A request waits for one of the threads of its process. How long it waited tells whether the process keeps up: beyond the
patience of its rank it is refused, and the time goes to those whom it can still serve. A rank has its share of the
threads too, so that slow lists never hold them all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from chassis import clock, logs, mongo, telemetry
from chassis.watch import SHEDS_HEADER
from chassis.web import problems, refusals, unsent
from chassis.web.identity import is_api
from chassis.web.options import WebOptions
from chassis.web.views import mark

# A short burst is waited out. Once no request has come through at once for so long, the queue stands: whoever is
# admitted would wait as long as everybody else, so that much less patience serves more people in time.
AT_ONCE_SECONDS, STANDING_SECONDS, STANDING_PART = 0.05, 5.0, 0.25
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
# How long what this thread does now had waited for it.
waiting = threading.local()
V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rank:
    """`patience` is a part of the longest wait, `threads` of the threads; when refused, to come back after so long."""

    name: str
    patience: float
    threads: float
    retry_seconds: int


ACT = Rank("act", patience=1.0, threads=1.0, retry_seconds=5)
READ = Rank("read", patience=0.5, threads=0.75, retry_seconds=10)
LIST = Rank("list", patience=0.125, threads=0.5, retry_seconds=30)


@dataclass
class Admission:
    """What goes through this process now."""

    options: WebOptions
    forms: frozenset[str]
    busy: dict[Rank, int] = field(default_factory=lambda: {ACT: 0, READ: 0, LIST: 0})
    answered: float | None = None
    came_at_once: float = field(default_factory=clock.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, rank: Rank, waited: float) -> bool:
        """Takes a place; False when there is none in time."""
        now = clock.monotonic()
        with self._lock:
            if waited <= AT_ONCE_SECONDS:
                self.came_at_once = now
            patience = self.options.longest_wait_seconds * rank.patience
            if now - self.came_at_once > STANDING_SECONDS:
                patience *= STANDING_PART
            if waited > patience or self.busy[rank] >= max(1, int(self.options.threads * rank.threads)):
                return False
            self.busy[rank] += 1
        telemetry.in_flight.inc()
        return True

    def give_back(self, rank: Rank) -> None:
        """The place is free again."""
        with self._lock:
            self.busy[rank] -= 1
        telemetry.in_flight.dec()

    def traffic(self) -> dict[str, Any]:
        """What a watcher asks: how many are served now, and how long ago somebody was answered, if anybody was."""
        ago = None if self.answered is None else round(clock.monotonic() - self.answered, 3)
        return {"in_flight": sum(self.busy.values()), "answered_seconds_ago": ago}


def register(app: Flask, options: WebOptions) -> None:
    """Before anything that asks a store or reads a body."""
    app.extensions["admission"] = Admission(options, frozenset())
    app.before_request(_admit)
    app.after_request(_note)
    app.teardown_request(_leave)


def find_forms(app: Flask) -> None:
    """Called once all routes are there: the page of a form and its act share an address."""
    rules = list(app.url_map.iter_rules())
    acts = {rule.rule for rule in rules if (rule.methods or set()) - HARMLESS}
    prefix = app.config["API_PREFIX"]
    admission_of(app).forms = frozenset(
        rule.endpoint for rule in rules if rule.rule in acts and not rule.rule.startswith(prefix)
    )


def admission_of(app: Flask) -> Admission:
    """That of this application."""
    found: Admission = app.extensions["admission"]
    return found


def ranked(rank: Rank) -> Callable[[V], V]:
    """Gives a route its rank, where its method does not say it."""

    def decorate(view: V) -> V:
        mark(view).rank = rank
        return view

    return decorate


def rank_of(app: Flask, endpoint: str, method: str) -> Rank:
    """That of the route; else whoever sends or fills a form acts, and whoever asks for anything else reads."""
    marked: Rank | None = getattr(app.view_functions.get(endpoint), "rank", None)
    if marked is not None:
        return marked
    return ACT if method not in HARMLESS or endpoint in admission_of(app).forms else READ


def _admit() -> Response | None:
    if request.endpoint == "static":
        return None
    rank = rank_of(current_app, request.endpoint or "", request.method)
    waited: float = getattr(waiting, "seconds", 0.0)
    if admission_of(current_app).take(rank, waited):
        g.rank = rank
        return None
    telemetry.shed.labels(rank.name).inc()
    logs.get().warning("http.shed", rank=rank.name, waited=round(waited, 3))
    return _refuse(rank)


def _refuse(rank: Rank) -> Response:
    """503 and when to come back; a form that was sent waits for its page."""
    # The page is drawn without asking who is there.
    g.failing = True
    response = _keep_form() or problems.answer(refusals.TROP_DE_MONDE)
    response.headers["Retry-After"] = str(rank.retry_seconds)
    response.headers[SHEDS_HEADER] = rank.name
    return response


def _keep_form() -> Response | None:
    """The page that leads back to the form, which is kept; None where there is none, or nowhere to keep it."""
    if request.method in HARMLESS or is_api() or not unsent.has_page():
        return None
    response = problems.answer(refusals.TROP_DE_MONDE_GARDE)
    try:
        unsent.set_aside(response)
    except mongo.STORE_DOWN:
        return None
    return response


def _note(response: Response) -> Response:
    """Somebody was answered, be it that too many are here; a fault of our own is no answer."""
    if request.endpoint != "static" and (response.status_code < 500 or SHEDS_HEADER in response.headers):
        admission_of(current_app).answered = clock.monotonic()
    return response


def _leave(_error: BaseException | None) -> None:
    rank: Rank | None = g.pop("rank", None)
    if rank is not None:
        admission_of(current_app).give_back(rank)
