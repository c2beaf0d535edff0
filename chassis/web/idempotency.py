"""The same command sent twice has one effect: a key is claimed by an insert, and its first result is replayed.

API: header `Idempotency-Key` on every unsafe route: 400 missing, 422 same key with another body, 409 still running.
Pages: the hidden `request_id` of each form plays the same part, and a double click waits for the first one's answer.
Where the action keeps the key in the one aggregate that it writes (`key_in_aggregate`), nothing is claimed here: the
aggregate knows its last commands, a repeat is answered from its state, and of two at once the second sees the first.
A form drawn anew after a line that was cut has another `request_id`: filled with the same words by a browser that had
no answer meanwhile, it is the same command too. `sejour_reponse` changes once a browser has the page that answers.

A result is kept 7 days when there was an effect (2xx, 3xx). A refusal or an error releases the key: nothing was done,
so the same key may be tried again. A key whose holder died is taken over when its lease ends; the action then receives
the same `request_id` and answers from the state it left.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, request, session
from flask.sessions import session_json_serializer
from pymongo import ReturnDocument, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from chassis import clock, logs, mongo, outbox
from chassis.web import cookies, refusals
from chassis.web.identity import current_who, is_api
from chassis.web.inputs import HIDDEN
from chassis.web.views import mark
from droit.decision import Refused

KEPT = timedelta(days=7)
# Longer than any request may last (gunicorn's time-out is 30 s), short enough for a person who tries again.
LEASE = timedelta(seconds=60)
WAIT_SECONDS, WAIT_STEP_SECONDS = 5.0, 0.05
# How long somebody may take to find the form again and send it once more.
SENT_AGAIN = timedelta(hours=1)
ANSWERED_COOKIE = "sejour_reponse"
STORED_BYTES = 512 * 1024
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_KEY = re.compile(r"[\x21-\x7e]{16,128}")
_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Content-Language")

V = TypeVar("V", bound=Callable[..., Any])


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL; the identifier itself is the unique (subject, route, key)."""
    db["idempotence"].create_index("expire_time", expireAfterSeconds=0)


def register(app: Flask) -> None:
    """Claims before each unsafe view, keeps or releases after it."""
    app.before_request(_claim)
    app.after_request(_settle)


def without_key(view: V) -> V:
    """Marks a route whose repeat is harmless and whose answer must not be stored (it makes a token or a session)."""
    mark(view).without_key = True
    return view


def key_in_aggregate(view: V) -> V:
    """Marks a route of the API whose action asks `outbox.already` and writes its key with the aggregate."""
    mark(view).key_in_aggregate = True
    return view


def request_id(sent: str = "") -> str:
    """What the action receives: the same for every repeat of this command, different for any other.

    `sent` says what was sent where it is known already, such as the hash of a file: the body is not read again.
    """
    if "request_id" not in g:
        key = _posted_key()
        if key and _is_kept_by_aggregate():
            g.request_id = outbox.command_id(_identifier(key, ""), sent or _fingerprint())
        else:
            g.request_id = _identifier(key, _fingerprint()) if key else clock.new_id()
    found: str = g.request_id
    return found


def _claim() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in UNSAFE or view is None or getattr(view, "without_key", False):
        return None
    key = _posted_key()
    if not key:
        if is_api():
            raise Refused(refusals.CLE_ABSENTE)
        return None
    if _is_kept_by_aggregate():
        return None
    fingerprint = _fingerprint()
    identifier = _identifier(key, fingerprint)
    if not is_api():
        g.session_before = dict(session)
        identifier = _first_sending(identifier, fingerprint)
    g.request_id = identifier
    done = _hold(identifier, fingerprint)
    return _replay(done["response"]) if done else None


def _is_kept_by_aggregate() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return is_api() and getattr(view, "key_in_aggregate", False)


def _hold(identifier: str, fingerprint: str) -> dict[str, Any] | None:
    """None once the key is this request's; otherwise what its first holder answered.

    A program is told to come back while that one runs; a person who clicked twice gets the answer of the first click.
    """
    deadline = clock.monotonic() + (0 if is_api() else WAIT_SECONDS)
    while earlier := _take(identifier, fingerprint):
        if earlier["fingerprint"] != fingerprint:
            raise Refused(refusals.CLE_REUTILISEE)
        if earlier["state"] == "done":
            return earlier
        if clock.monotonic() >= deadline:
            raise Refused(refusals.CLE_EN_COURS)
        time.sleep(WAIT_STEP_SECONDS)
    return None


def _first_sending(identifier: str, fingerprint: str) -> str:
    """The identifier of the first of these sendings, where this browser sent the same form and heard nothing since."""
    browser = session.get("csrf_token")
    if not browser:
        return identifier
    sending = _identifier(f"{browser}\n{cookies.read(ANSWERED_COOKIE)}", fingerprint)
    first = {"identifier": identifier, "expire_time": clock.now() + SENT_AGAIN}
    found = _keys().find_one_and_update(
        {"_id": sending}, {"$setOnInsert": first}, upsert=True, return_document=ReturnDocument.AFTER
    )
    return str(found["identifier"]) if found else identifier


def _take(identifier: str, fingerprint: str) -> dict[str, Any] | None:
    """Claims the key for this request; otherwise returns what holds it."""
    now, owner = clock.now(), clock.new_id()
    claim = {"owner": owner, "lease_time": now + LEASE, "fingerprint": fingerprint, "state": "running"}
    keys = _keys()
    if mongo.insert_once(keys, {"_id": identifier, "expire_time": now + KEPT, **claim}):
        g.idempotence = (identifier, owner)
        return None
    # The holder died: same command, same request_id, hence no second effect.
    criteria = {"_id": identifier, "state": "running", "fingerprint": fingerprint, "lease_time": {"$lt": now}}
    if keys.find_one_and_update(criteria, {"$set": claim}, return_document=ReturnDocument.AFTER):
        g.idempotence = (identifier, owner)
        return None
    earlier = keys.find_one({"_id": identifier})
    return earlier if earlier is not None else _take(identifier, fingerprint)


def _settle(response: Response) -> Response:
    taken: tuple[str, str] | None = g.pop("idempotence", None)
    try:
        if taken is not None:
            _record(taken, response)
    except mongo.STORE_DOWN as error:
        # What was done is done, and is told. A repeat takes the key over when its lease ends, and finds the same.
        logs.get().error("http.unavailable", error=type(error).__name__)
    if not is_api() and _answers(response):
        cookies.give(response, ANSWERED_COOKIE, clock.new_id())
    return response


def _answers(response: Response) -> bool:
    """Whether this is the page that tells what became of a form, and not only where that page is."""
    if request.method == "POST":
        if response.status_code in (302, 303):
            to = urlsplit(response.location or "")
            session["suite"] = f"{to.path}?{to.query}".rstrip("?")
            return False
        return response.status_code < 500
    if request.method != "GET" or response.mimetype != "text/html" or response.status_code >= 400:
        return False
    here = session.get("suite") == request.full_path.rstrip("?")
    if here:
        session.pop("suite")
    return here


def _record(taken: tuple[str, str], response: Response) -> None:
    criteria = {"_id": taken[0], "owner": taken[1]}
    if _keeps(response):
        stored = {
            "status": response.status_code,
            "headers": [[name, response.headers[name]] for name in _KEPT_HEADERS if name in response.headers],
            "body": response.get_data(),
            "session": session_json_serializer.dumps(_kept_in_browser()),
        }
        _keys().update_one(criteria, {"$set": {"state": "done", "response": stored}})
    else:
        _keys().delete_one(criteria)


def _kept_in_browser() -> dict[str, Any]:
    """What a page wrote in this browser: its notice, and which appointment is hers."""
    if "session_before" not in g:
        return {}
    before: dict[str, Any] = {"csrf_token": session.get("csrf_token"), **g.session_before}
    return {name: value for name, value in session.items() if before.get(name) != value}


def _keeps(response: Response) -> bool:
    """A page shown again by a form (2xx) had no effect; a credential is never written down."""
    had_effect = 200 <= response.status_code < 400 if is_api() else 300 <= response.status_code < 400
    if not had_effect or response.direct_passthrough or "Set-Cookie" in response.headers:
        return False
    return len(response.get_data()) <= STORED_BYTES


def _replay(stored: dict[str, Any]) -> Response:
    response = make_response(stored["body"], stored["status"])
    if kept := session_json_serializer.loads(stored.get("session", "{}")):
        # The answer that was lost would have written it.
        session.update(kept)
    for name, value in stored["headers"]:
        response.headers[name] = value
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _posted_key() -> str:
    if not is_api():
        value = request.form.get("request_id", "") if request.mimetype in _FORMS else ""
        return value if _KEY.fullmatch(value) else ""
    # The IETF draft writes the key as a quoted string; many clients send it bare.
    value = request.headers.get("Idempotency-Key", "").strip().removeprefix('"').removesuffix('"')
    return value if _KEY.fullmatch(value) else ""


_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def _identifier(key: str, fingerprint: str) -> str:
    """(subject, route, key) in one text of fixed length: unique as an `_id`, and nothing personal in it.

    On pages the content counts too: who goes back, corrects and sends again gives another command, not a faulty repeat.
    """
    route = request.url_rule.rule if request.url_rule else ""
    parts = (current_who().subject, request.method, route, key, "" if is_api() else fingerprint)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def _fingerprint() -> str:
    """SHA-256 of what is asked, whatever the order of the fields; the address is part of it."""
    return hashlib.sha256(f"{request.full_path}\n".encode() + _canonical_body()).hexdigest()


def _canonical_body() -> bytes:
    if request.is_json:
        value = request.get_json(silent=True)
        if value is not None:
            return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    if request.mimetype in _FORMS:
        fields = sorted((name, value) for name, value in request.form.items(multi=True) if name not in HIDDEN)
        files = sorted((name, _file_hash(file)) for name, file in request.files.items(multi=True))
        return json.dumps([fields, files]).encode()
    return request.get_data(cache=True)


def _file_hash(file: Any) -> str:
    digest = hashlib.file_digest(file.stream, "sha256").hexdigest()
    file.stream.seek(0)
    return digest


def _keys() -> Collection[dict[str, Any]]:
    # Neither written nor read by a majority: the effect that follows is, and makes durable what came before it.
    keys = mongo.database(current_app.config["SETTINGS"].service)["idempotence"]
    return keys.with_options(write_concern=WriteConcern(w=1, j=False), read_concern=ReadConcern("local"))
