"""Limits in constant time: a window counted in this process for traffic, one counter in MongoDB for sign-in.

Traffic is limited to protect a replica, so each replica counts for itself and asks nobody: the limit cannot fail.
Sign-in is limited to protect an account, so all replicas share one count: one `$inc` by identifier, never a COUNT.
"""

from __future__ import annotations

import hashlib
import threading
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, request
from pymongo import ReturnDocument, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from chassis import clock, mongo, typed
from chassis.web import refusals
from chassis.web.identity import current_who
from chassis.web.options import MIB, WebOptions
from droit.decision import Genre, Motif, Refused

WINDOW, DAY = timedelta(minutes=15), timedelta(days=1)
TRAFFIC_SECONDS = 60.0
REFERENCE_SIGNS = 9

TROP_DE_FICHIERS = Motif(
    "TROP_DE_FICHIERS",
    "regle-du-service",
    "Beaucoup de fichiers sont déjà arrivés aujourd'hui : celui-ci n'est pas pris.",
    "Ce qui est arrivé est gardé. Envoyez la suite demain, ou apportez-la à un guichet.",
    Genre.TROP,
)


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL index: a window that is over is forgotten, with the address that it counted."""
    db["limites"].create_index("expire_time", expireAfterSeconds=0)


class Windows:
    """Hits in the minute that begins with the first of each key, counted in this process.

    Nothing is asked of the system while the lock is held: each request passes here.
    """

    def __init__(self) -> None:
        self._lock, self._begun, self._forgotten = threading.Lock(), dict[tuple[str, ...], tuple[float, int]](), 0.0

    def hit(self, most: int, *key: str) -> bool:
        """Counts one more; False beyond `most`."""
        now = clock.monotonic()
        with self._lock:
            if now - self._forgotten >= TRAFFIC_SECONDS:
                self._forgotten = now
                self._begun = {one: (at, n) for one, (at, n) in self._begun.items() if now - at < TRAFFIC_SECONDS}
            began, hits = self._begun.get(key, (now, 0))
            if now - began >= TRAFFIC_SECONDS:
                began, hits = now, 0
            self._begun[key] = began, hits + 1
        return hits < most


def register(app: Flask, options: WebOptions) -> None:
    """The wide limit per address, and a narrower one for what people without a session may send."""
    windows = Windows()

    @app.before_request
    def limit() -> None:
        if request.endpoint == "static":
            return
        address, route = caller_address(), request.endpoint or ""
        within = windows.hit(options.requests_per_minute_per_ip, "requetes", address)
        if within and not _is_harmless():
            within = windows.hit(options.forms_per_minute_per_ip, "formulaires", address, route)
        if not within:
            raise Refused(refusals.TROP_DE_DEMANDES)


def caller_address() -> str:
    """The address seen by the front when it is ours, else the peer's."""
    return request.remote_addr or "inconnue"


def count_sign_in(login: str) -> None:
    """Counts one attempt for this login and this address; raises Refused(TROP_DE_DEMANDES) beyond the limits.

    Called before the password is checked, and for unknown logins too: the answer tells nothing about who exists.
    """
    _count_all("ip", "login", (login,))


def count_address() -> None:
    """Counts one sign-in attempt for this address alone. Raises Refused(TROP_DE_DEMANDES) beyond its limit."""
    _count_all("ip", "login", ())


def count_attempts(kind: str, names: Sequence[str]) -> None:
    """Counts one attempt for each of these names and all of them for this address, as for sign-in; before any answer.

    Raises Refused(TROP_DE_DEMANDES) beyond the limits: a secret of a few letters is not found by trying.
    """
    _count_all(f"{kind} ip", kind, names)


def _count_all(ip_kind: str, kind: str, names: Sequence[str]) -> None:
    options: WebOptions = current_app.config["OPTIONS"]
    by_ip = count(ip_kind, caller_address(), max(len(names), 1))
    most = max((count(kind, meant(name)) for name in names), default=0)
    if by_ip > options.sign_in_per_quarter_per_ip or most > options.sign_in_per_quarter_per_login:
        raise Refused(refusals.TROP_DE_DEMANDES)


def meant(name: str) -> str:
    """One form for every spelling of a login, a number, a reference or a code: another spelling is no further attempt.

    Letters and digits count, whatever is between them; in an address the rest does too. A reference is known without
    the letter before its eight signs.
    """
    folded = unicodedata.normalize("NFKC", typed.clean(name)).casefold().strip()
    if "@" in folded:
        return folded
    signs = "".join(char for char in folded if char.isalnum())
    return signs[1:] if len(signs) == REFERENCE_SIGNS and signs[0].isalpha() else signs


def count_opening(*given: str) -> None:
    """Counts an account opened with this e-mail and this number, taken or not: each is a message to who has it.

    Raises Refused(TROP_DE_DEMANDES).
    """
    count_attempts("ouverture", [each for each in given if each])


def count_claim(login: str) -> None:
    """Counts a word against an account: as a sign-in for this login, and few in a day for one address.

    Raises Refused(TROP_DE_DEMANDES) beyond the limits, whether the claims before were right or wrong.
    """
    options: WebOptions = current_app.config["OPTIONS"]
    if count("reclamations", caller_address(), 1, DAY) > options.claims_per_day_per_ip:
        raise Refused(refusals.TROP_DE_DEMANDES)
    count_sign_in(login)


def count_file(size_bytes: int) -> None:
    """Counts what this person, or this address when nobody is signed in, sends in a day.

    Raises Refused(TROP_DE_FICHIERS) beyond the limit: nobody fills the disk on which everybody's pieces are kept.
    """
    options: WebOptions = current_app.config["OPTIONS"]
    who = current_who()
    # A helper sends the files of many people: each has her own count.
    sender = f"{who.subject} {who.acts_for}" if who.signed_in else caller_address()
    most = options.file_mib_per_day_per_person if who.signed_in else options.file_mib_per_day_per_ip
    if count("fichiers", sender, size_bytes, DAY) > most * MIB:
        raise Refused(TROP_DE_FICHIERS)


def count_today(kind: str, value: str) -> int:
    """Counts one more of this kind for this value; how many there were since midnight, this one included."""
    return count(kind, value, window=DAY)


def forget_sign_in(login: str) -> None:
    """A right password clears the count of its login."""
    collection().delete_one({"_id": in_window("login", meant(login), WINDOW)})


def collection() -> Collection[dict[str, Any]]:
    """Where all replicas count."""
    return mongo.database(current_app.config["SETTINGS"].service)["limites"]


def count(kind: str, value: str, times: int = 1, window: timedelta = WINDOW) -> int:
    """Counts so many more of this kind for this value; how many there are in this window, these included."""
    counted: Any = collection().find_one_and_update(
        {"_id": in_window(kind, value, window)},
        _addition(times, window),
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return int(counted["count"])


def counted(kind: str, value: str, window: timedelta) -> int:
    """How many of this kind there are for this value in this window."""
    found = collection().find_one({"_id": in_window(kind, value, window)}, {"count": 1})
    return int(found["count"]) if found else 0


def counted_address() -> str:
    """Under which the sign-ins of this address are counted in this window."""
    return in_window("ip", caller_address(), WINDOW)


def one_more(counter: str) -> UpdateOne:
    """Counts one more sign-in there, for a write that does more."""
    return UpdateOne({"_id": counter}, _addition(1, WINDOW), upsert=True)


def _addition(times: int, window: timedelta) -> dict[str, Any]:
    return {"$inc": {"count": times}, "$setOnInsert": {"expire_time": clock.now() + 2 * window}}


def name_of(kind: str, value: str) -> str:
    """The name under which something is counted: who looks into the store reads no login and no address."""
    return hashlib.sha256(f"{kind}\n{value}".encode()).hexdigest()


def in_window(kind: str, value: str, window: timedelta) -> str:
    """The name of the counter of this kind for this value, in this window."""
    return name_of(kind, f"{value}\n{int(clock.now().timestamp() // window.total_seconds())}")


def _is_harmless() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")
