"""Wrong passwords make their source wait, longer each time; however many there are, the holder is not shut out.

A source is an address, or a browser that signed in to this account before and shows it by a signed cookie (OWASP,
« device cookies »): what others try counts nothing against it. Past a bound of wrong passwords in a day from anywhere
else the account is in doubt, and its service asks a second proof of everybody who comes from a new device. An account
that does not exist is counted alike: nothing tells the two apart.
"""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Response, current_app
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from chassis import clock, mongo, tokens
from chassis.settings import Settings
from chassis.web import cookies, limits, observe, refusals
from chassis.web.options import WebOptions
from droit.decision import Genre, Motif, Refused

COOKIE = "sejour_appareil"
# A computer that several people share is known for each of them.
ACCOUNTS = 5
WRONG, WAIT, DEVICE = "mots de passe refuses", "attente", "appareil"

ATTENDRE = Motif(
    "ATTENDRE",
    "regle-du-service",
    "Il faut attendre un peu avant le prochain essai : l’attente s’allonge après chaque erreur.",
    "Recommencez dans quelques minutes, un quart d’heure au plus. Rien n’est fermé, rien n’est perdu.",
    Genre.TROP,
)


@dataclass(frozen=True)
class Attempt:
    """One try at the password of an account. `doubted`: a right one is not enough from here."""

    account: str
    known: bool
    doubted: bool


def begin(account: str, secret: str = "") -> Attempt:
    """Takes the turn of this source, before the password is looked at. Raises Refused(ATTENDRE), or for its address.

    `account` is what is meant, however it was spelt, or what was typed when it means nothing; `secret` changes with the
    password, after which no device is known any more.
    """
    options, account = _options(), limits.meant(account)
    device = _known_device(_mark(account, secret))
    if device and limits.count(DEVICE, f"{account} {device}") <= options.sign_in_per_quarter_per_login:
        limits.count_address()
        return Attempt(account, known=True, doubted=False)
    wrong = _take_turn(account, options)
    return Attempt(account, known=False, doubted=wrong >= options.wrong_passwords_per_day)


@contextmanager
def attempt(account: str, secret: str = "") -> Iterator[Attempt]:
    """A try that is wrong when what it surrounds is refused."""
    made = begin(account, secret)
    try:
        yield made
    except Refused:
        failed(made)
        raise


def failed(attempt: Attempt) -> None:
    """The password was wrong, or the code that goes with it."""
    observe.note_sign_in("refused", known=attempt.known, doubted=attempt.doubted)
    if not attempt.known:
        limits.count(WRONG, attempt.account, window=limits.DAY)


def passed(account: str, secret: str = "", response: Response | None = None) -> None:
    """All was right: this source waits no more, and this browser is known from now on where it gets its answer."""
    account = limits.meant(account)
    limits.collection().delete_one({"_id": _turn(account)})
    if response is None:
        observe.note_sign_in("passed", opens="token")
        return
    settings, options = _settings(), _options()
    shown, mark = _shown(), _mark(account, secret)
    marks = [mark, *(other for other in shown.get("comptes", []) if other != mark)][:ACCOUNTS]
    device = str(shown.get("sub") or secrets.token_urlsafe(16))
    token = tokens.sign(settings, tokens.DEVICE, settings.service, device, comptes=marks)
    cookies.give(response, COOKIE, token, options.known_device_days * 86400)


def _take_turn(account: str, options: WebOptions) -> int:
    """Counts this address and takes the turn of its source, in one conditional write: of many tries sent at once, those
    beyond the free ones get one turn between them. How many wrong passwords the account had today.
    """
    now, first = clock.now(), options.sign_in_tries + 1
    seconds = {"$multiply": [options.sign_in_wait_seconds, {"$pow": [2, {"$subtract": ["$count", first]}]}]}
    waits = {"$min": [options.sign_in_wait_max_seconds, seconds]}
    turn: list[dict[str, Any]] = [
        {"$set": {"count": {"$add": [{"$ifNull": ["$count", 0]}, 1]}, "expire_time": now + limits.DAY}},
        {"$set": {"wait_seconds": {"$cond": [{"$lt": ["$count", first]}, 0, waits]}}},
        {"$set": {"after_time": {"$add": [now, {"$multiply": [1000, "$wait_seconds"]}]}}},
    ]
    free = {"_id": _turn(account), "after_time": {"$not": {"$gt": now}}}
    address, wrong = limits.counted_address(), limits.in_window(WRONG, account, limits.DAY)
    try:
        limits.collection().bulk_write([limits.one_more(address), UpdateOne(free, turn, upsert=True)], ordered=False)
    except BulkWriteError as error:
        if any(fault["code"] != mongo.DUPLICATE_KEY for fault in error.details["writeErrors"]):
            raise
        waiting = limits.collection().find_one({"_id": _turn(account)}) or {"after_time": now + timedelta(seconds=1)}
        observe.note_sign_in("delayed")
        left = math.ceil((waiting["after_time"] - now).total_seconds())
        raise Refused(ATTENDRE, details={"attente_secondes": left}) from error
    found = limits.collection().find({"_id": {"$in": [address, wrong]}}, {"count": 1})
    counts = {row["_id"]: int(row["count"]) for row in found}
    if counts[address] > options.sign_in_per_quarter_per_ip:
        raise Refused(refusals.TROP_DE_DEMANDES)
    return counts.get(wrong, 0)


def _turn(account: str) -> str:
    return limits.name_of(WAIT, f"{account} {limits.caller_address()}")


def _mark(account: str, secret: str) -> str:
    return hmac.new(_settings().secret, f"{DEVICE}\n{account}\n{secret}".encode(), sha256).hexdigest()[:32]


def _known_device(mark: str) -> str:
    """The name of this browser, when it signed in to this account before; else empty."""
    shown = _shown()
    oldest = clock.now() - timedelta(days=_options().known_device_days)
    fresh = shown.get("iat", 0) > oldest.timestamp()
    return str(shown["sub"]) if fresh and mark in shown.get("comptes", []) else ""


def _shown() -> dict[str, Any]:
    settings, token = _settings(), cookies.read(COOKIE)
    try:
        claims = tokens.verify(settings, tokens.DEVICE, settings.service, token) if token else {}
    except Refused:
        return {}
    return claims if claims.get("iss") == settings.service else {}


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _options() -> WebOptions:
    options: WebOptions = current_app.config["OPTIONS"]
    return options
