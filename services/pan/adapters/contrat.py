"""What pan asks of another appointment system, and how: with a deadline and a breaker, in its own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol, TypeVar

import pybreaker
import requests
from urllib3.exceptions import HTTPError

from chassis import clock, logs
from droit.decision import Genre, Motif, Refused

T = TypeVar("T")
CONNECT_SECONDS, READ_SECONDS, OVERALL_SECONDS = 2.0, 6.0, 8.0
BODY_BYTES = 2 * 1024 * 1024
# One thread for each system at most: a préfecture has one, and some a second while they change.
SYSTEMS_MAX = 128

SYSTEME_MUET = Motif(
    "SYSTEME_MUET",
    "regle-du-service",
    "Le système de rendez-vous de ce lieu ne répond pas.",
    "Ce n’est pas un refus : essayez plus tard, téléphonez au lieu, ou choisissez un autre lieu.",
    Genre.INDISPONIBLE,
)
RESERVATION_AILLEURS = Motif(
    "RESERVATION_AILLEURS",
    "regle-du-service",
    "Ce créneau se prend sur le site de la préfecture ou par téléphone.",
    "Suivez le lien du créneau, ou appelez le lieu : son numéro est dans l’annuaire.",
)


class Muet(Exception):
    """The system did not answer, or not in its contract's words."""


@dataclass(frozen=True)
class CreneauExterne:
    """A slot of another system. `cle` is its own identifier there, `lien` where the person books when we cannot."""

    cle: str
    lieu_id: str
    debut: datetime
    duree_minutes: int
    lien: str = ""
    places: int = 1


class Systeme(Protocol):
    """One appointment system. `peut_reserver`: whether it books for us, or only shows."""

    peut_reserver: bool

    def list(self, lieu_ids: Sequence[str], objet: str, du: date, au: date) -> list[CreneauExterne]:
        """Free slots. Raises Muet."""

    def book(self, cle: str, rendez_vous_id: str, reference: str) -> str:
        """Books; gives the identifier there. Raises Muet, or Refused when the slot is gone."""

    def cancel(self, reservation: str) -> None:
        """Cancels; harmless when it is gone. Raises Muet."""


def fetch(method: str, url: str, **more: Any) -> requests.Response:
    """One HTTP exchange: TLS verified, no redirect followed (a token would travel), bounded time. Raises Muet."""
    try:
        response = requests.request(
            method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True, **more
        )
        with response:
            content = _body(response, clock.monotonic() + READ_SECONDS)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise Muet(type(error).__name__) from error
    if len(content) > BODY_BYTES or 300 <= response.status_code < 400 or response.status_code >= 500:
        raise Muet(f"HTTP {response.status_code}")
    response._content = content
    return response


def _body(response: requests.Response, deadline: float) -> bytes:
    """The body, however slowly its bytes come: a system that drips is silent. Raises Muet."""
    content = b""
    while chunk := response.raw.read1(BODY_BYTES, decode_content=True):
        content += chunk
        if len(content) > BODY_BYTES or clock.monotonic() > deadline:
            raise Muet("too long or too slow")
    return content


class Isolement:
    """Calls systems side by side: one that is slow, wrong or down costs its own slots and nobody else's.

    A system that has not ended its call gets no other one: it keeps one thread, however often it is asked.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._breakers: dict[str, pybreaker.CircuitBreaker] = {}
        self._pool = futures.ThreadPoolExecutor(max_workers=SYSTEMS_MAX, thread_name_prefix="adaptateurs")
        self._under_way: dict[str, futures.Future[Any]] = {}

    def gather(self, calls: Mapping[str, Callable[[], Sequence[T]]]) -> tuple[list[T], list[str]]:
        """The answers of all that answered, and the names of those that did not."""
        with self._lock:
            stuck = {name for name, future in self._under_way.items() if not future.done()}
            running = {n: self._pool.submit(self.guarded, n, call) for n, call in calls.items() if n not in stuck}
            self._under_way = {name: self._under_way[name] for name in stuck} | running
        futures.wait(running.values(), timeout=OVERALL_SECONDS)
        answers: list[T] = []
        silent = [name for name in calls if name in stuck]
        for name, future in running.items():
            error = future.exception() if future.done() else TimeoutError()
            if error is None:
                answers.extend(future.result())
            else:
                silent.append(name)
                logs.get().warning("adaptateur.muet", systeme=name, error=type(error).__name__, detail=str(error))
        return answers, silent

    def guarded(self, name: str, call: Callable[[], T]) -> T:
        """One call through the breaker of its system. Raises Muet, or what the system refused."""
        try:
            answer: T = self._breaker(name).call(call)
        except pybreaker.CircuitBreakerError as error:
            raise Muet("open") from error
        return answer

    def ask(self, name: str, call: Callable[[], T]) -> T:
        """One call for an act. Raises Refused(SYSTEME_MUET) when there is no answer."""
        try:
            return self.guarded(name, call)
        except Muet as error:
            raise Refused(SYSTEME_MUET) from error

    def _breaker(self, name: str) -> pybreaker.CircuitBreaker:
        with self._lock:
            if name not in self._breakers:
                self._breakers[name] = pybreaker.CircuitBreaker(fail_max=3, reset_timeout=30, exclude=[Refused])
            return self._breakers[name]


@cache
def isolement() -> Isolement:
    """The instance of this process: breakers only work when all calls share them."""
    return Isolement()
