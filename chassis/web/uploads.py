"""Files arrive in parts that resume (tus 1.0), or by one plain form without JavaScript; both end in the same action.

Collection `envois_fichiers`: one document per upload: `owner`, `key`, `length`, `offset`, `metadata`, `types`,
`lease_time` (one part at a time), `done_time`, `expire_time`. The offset moves by a conditional write, so two parts
never mix. It moves within a part too; a front that holds a body back until it is whole hands on nothing of a part that
was cut, which is why the page sends parts much smaller than the largest one taken.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any, Protocol

from flask import Blueprint, Response, current_app, g, make_response, redirect, request, url_for
from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.cursor import Cursor
from pymongo.database import Database
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Response as AnyResponse

from chassis import clock, mongo
from chassis.web import limits, refusals
from chassis.web.files import CHUNK_BYTES, FileStore, Stored, flush, new_key
from chassis.web.headers import max_body as max_body
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who
from chassis.web.inputs import HIDDEN
from chassis.web.options import MIB
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused

PART_BYTES = 5 * MIB
FORM_BYTES = 25 * MIB
KEPT = timedelta(days=2)
# A line that died without a word holds its upload this long; each mebibyte that arrives begins it again.
LEASE = timedelta(seconds=20)
# Beyond, the oldest upload that its owner left unfinished ends.
UNFINISHED_MAX = 20
NAME, VERSION = "envois", "1.0.0"
EXTENSIONS = "creation,expiration"
_NUMBER = re.compile(r"[0-9]{1,15}")
_OFFSET_TYPE = "application/offset+octet-stream"

ENVOI_DECALE = Motif(
    "ENVOI_DECALE",
    "regle-du-service",
    "Cette partie du fichier n'est pas celle qui est attendue.",
    "Demandez où reprendre, puis envoyez la suite. Ce qui est arrivé est gardé.",
    Genre.CONFLIT,
)
EN_TETE_MANQUANT = Motif(
    "EN_TETE_MANQUANT",
    "regle-du-service",
    "Il manque une indication sur le fichier envoyé.",
    "Envoyez le fichier avec le formulaire de la page.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Accepts:
    """What this person may send here."""

    max_bytes: int
    types: tuple[str, ...] = ("application/pdf", "image/jpeg", "image/png")


@dataclass(frozen=True)
class Received:
    """A file that is whole, checked and stored; `request_id` is the same however often completion is repeated."""

    stored: Stored
    metadata: dict[str, str]
    request_id: str


class Sent(Protocol):
    """A file as a form gives it."""

    filename: str | None
    stream: IO[bytes]


MayUpload = Callable[[Who, dict[str, str]], Accepts]
OnComplete = Callable[[Who, Received], str]
OnRefused = Callable[[Who, dict[str, str], Motif], str]


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL: an upload that nobody ended is forgotten (`sweep` removes what was received)."""
    db["envois_fichiers"].create_index("expire_time")
    db["envois_fichiers"].create_index([("owner", 1), ("done_time", 1), ("expire_time", -1)])


def tus_blueprint(
    store: FileStore, may_upload: MayUpload, on_complete: OnComplete, on_refused: OnRefused | None = None
) -> Blueprint:
    """Routes at `/<service>/envois`: tus, and `POST …/formulaire` for one file without JavaScript.

    `may_upload(who, metadata)` says what is accepted or raises Refused. `on_complete(who, received)` is the action; it
    returns the path of the page to go to. `on_refused(who, metadata, motif)` gives the page that shows why a whole file
    was not taken; without it the page of the form says so itself.
    """
    server = _Server(store, may_upload, on_complete, on_refused)
    pages = Blueprint(NAME, __name__, url_prefix=f"/{NAME}")
    pages.after_request(_protocol)
    pages.add_url_rule("", "creer", server.create, methods=["POST"], provide_automatic_options=False)
    pages.add_url_rule("", "options", server.options, methods=["OPTIONS"])
    pages.add_url_rule("/formulaire", "formulaire", server.form, methods=["POST"])
    pages.add_url_rule("/<key>", "etat", server.state, methods=["HEAD"], provide_automatic_options=False)
    pages.add_url_rule("/<key>", "partie", server.append, methods=["PATCH"], provide_automatic_options=False)
    return pages


def take(store: FileStore, sent: Sent, *, max_bytes: int, types: tuple[str, ...]) -> Stored:
    """The file of a form, counted, judged, kept and named. Raises Refused with what to do."""
    sent.stream.seek(0, os.SEEK_END)
    limits.count_file(sent.stream.tell())
    sent.stream.seek(0)
    return store.put(sent.stream, max_bytes=max_bytes, types=types, name=sent.filename or "")


def sweep(db: Database[dict[str, Any]], store: FileStore) -> int:
    """Removes uploads that nobody ended and what they had received; returns how many. Called by a worker."""
    return _forget(db["envois_fichiers"], store, db["envois_fichiers"].find({"expire_time": {"$lt": clock.now()}}))


def _forget(uploads: Collection[dict[str, Any]], store: FileStore, stale: Cursor[dict[str, Any]]) -> int:
    ended = 0
    for upload in stale.limit(100):
        if "done_time" not in upload:
            store.delete(upload["key"])
        ended += uploads.delete_one({"_id": upload["_id"]}).deleted_count
    return ended


class _Server:
    """The routes of one blueprint, over one store and the two calls of the service."""

    def __init__(
        self, store: FileStore, may_upload: MayUpload, on_complete: OnComplete, on_refused: OnRefused | None
    ) -> None:
        self.store, self.may_upload, self.on_complete, self.on_refused = store, may_upload, on_complete, on_refused

    def options(self) -> Response:
        """What this server speaks."""
        response = make_response("", 204)
        response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Extension"] = EXTENSIONS
        return response

    @without_key
    def create(self) -> Response:
        """Opens an upload of a known length; nothing is received yet."""
        _speak_tus()
        length, metadata = _whole_number("Upload-Length"), _metadata()
        who = current_who()
        accepts = self.may_upload(who, metadata)
        if length > accepts.max_bytes:
            raise Refused(refusals.TROP_GROS)
        limits.count_file(length)
        self._end_oldest(who.subject)
        key, expire = new_key(), clock.now() + KEPT
        _uploads().insert_one(
            {
                "_id": key,
                "key": key,
                "owner": who.subject,
                "length": length,
                "offset": 0,
                "metadata": metadata,
                "types": list(accepts.types),
                "expire_time": expire,
            }
        )
        response = make_response("", 201)
        response.headers["Location"] = url_for(f"{NAME}.etat", key=key)
        response.headers["Upload-Expires"] = expire.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response

    def state(self, key: str) -> Response:
        """How much has arrived: where to resume."""
        upload = _find(key)
        response = make_response("", 200)
        response.headers["Upload-Offset"] = str(upload["offset"])
        response.headers["Upload-Length"] = str(upload["length"])
        response.headers["Cache-Control"] = "no-store"
        return response

    @without_key
    @max_body(PART_BYTES)
    def append(self, key: str) -> Response:
        """Adds one part at its offset; the last one completes the file and calls the action."""
        _speak_tus()
        if request.mimetype != _OFFSET_TYPE:
            raise Refused(refusals.TYPE_REFUSE)
        upload = _lease(_find(key), _whole_number("Upload-Offset"))
        offset = upload["offset"]
        if offset < upload["length"]:
            offset = self._receive(upload)
        else:
            # The whole file had arrived, and the answer that said so was lost.
            _move(upload, offset, more=False)
        response = make_response("", 204)
        response.headers["Upload-Offset"] = str(offset)
        if offset == upload["length"]:
            response.headers["Sejour-Suite"] = self._complete(upload)
        return response

    @max_body(FORM_BYTES)
    def form(self) -> AnyResponse:
        """One file by an ordinary form; the fields beside it are its metadata."""
        sent = request.files.get("fichier")
        if sent is None or not sent.filename:
            raise Refused(EN_TETE_MANQUANT, champ="fichier")
        metadata = {name: value for name, value in request.form.items() if name not in HIDDEN}
        who = current_who()
        accepts = self.may_upload(who, metadata)
        stored = take(self.store, sent, max_bytes=accepts.max_bytes, types=accepts.types)
        received = Received(stored, metadata, request_id())
        return redirect(self.on_complete(who, received), 303)

    def _receive(self, upload: dict[str, Any]) -> int:
        """Writes the body at the upload's offset, on disk before anything says so; returns where it now ends.

        What arrived before the line was cut is kept: the next part starts there.
        """
        offset: int = upload["offset"]
        recorded = offset
        partial = self.store.partial(upload["key"])
        with partial.open("r+b" if partial.exists() else "w+b") as target:
            # A part cut by a crash may have left bytes after the offset that was recorded.
            target.truncate(offset)
            target.seek(offset)
            try:
                # A line cut in the middle of a part is the normal case on a telephone.
                with suppress(ClientDisconnected, ConnectionError, TimeoutError):
                    while chunk := request.stream.read(CHUNK_BYTES):
                        if offset + len(chunk) > upload["length"]:
                            raise Refused(refusals.TROP_GROS)
                        target.write(chunk)
                        offset += len(chunk)
                        if offset - recorded >= MIB:
                            flush(target)
                            recorded = offset
                            _move(upload, offset, more=True)
            finally:
                flush(target)
                _move(upload, offset, more=False)
        return offset

    def _end_oldest(self, owner: str) -> None:
        """Leaves room for one more unfinished upload of this owner."""
        unfinished = _uploads().find({"owner": owner, "done_time": None})
        _forget(_uploads(), self.store, unfinished.sort("expire_time", -1).skip(UNFINISHED_MAX - 1))

    def _complete(self, upload: dict[str, Any]) -> str:
        """Checks, names and hands over the whole file; harmless to repeat, so that a crash here loses nothing."""
        who, key = current_who(), upload["key"]
        try:
            name = upload["metadata"].get("filename", "")
            stored = self.store.finish(key, types=tuple(upload["types"]), name=name)
        except Refused as refused:
            if refused.motif.genre is Genre.INDISPONIBLE:
                # Whole and kept: the page asks again in a moment.
                raise
            self.store.delete(key)
            _uploads().delete_one({"_id": key})
            if self.on_refused is not None:
                g.page_of_refusal = self.on_refused(who, upload["metadata"], refused.motif)
            raise
        page = self.on_complete(who, Received(stored, upload["metadata"], key))
        _uploads().update_one({"_id": key}, {"$set": {"done_time": clock.now()}})
        return page


def _find(key: str) -> dict[str, Any]:
    """The upload, for who opened it only."""
    upload = _uploads().find_one({"_id": key, "owner": current_who().subject})
    if upload is None:
        # Her session may have ended: signed in again she finds it, with all that had arrived.
        raise Refused(refusals.INTROUVABLE if current_who().signed_in else refusals.NON_AUTHENTIFIE)
    return upload


def _lease(upload: dict[str, Any], offset: int) -> dict[str, Any]:
    """Reserves the upload for this part, if it starts where the last one ended and no other is arriving."""
    now = clock.now()
    criteria = {
        "_id": upload["_id"],
        "offset": offset,
        "$or": [{"lease_time": {"$exists": False}}, {"lease_time": {"$lt": now}}],
    }
    leased = _uploads().find_one_and_update(
        criteria, {"$set": {"lease_time": now + LEASE}}, return_document=ReturnDocument.AFTER
    )
    if leased is None:
        raise Refused(ENVOI_DECALE)
    return leased


def _move(upload: dict[str, Any], offset: int, *, more: bool) -> None:
    """Records how much has arrived, while this part is still the one expected. Raises Refused when it no longer is."""
    now = clock.now()
    moved: dict[str, Any] = {"$set": {"offset": offset, "expire_time": now + KEPT}}
    if more:
        moved["$set"]["lease_time"] = now + LEASE
    else:
        moved["$unset"] = {"lease_time": 1}
    still_leased = {"_id": upload["_id"], "lease_time": upload["lease_time"]}
    if not _uploads().update_one(still_leased, moved).matched_count:
        raise Refused(ENVOI_DECALE)
    upload["lease_time"] = now + LEASE


def _speak_tus() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Refused(EN_TETE_MANQUANT, champ="Tus-Resumable")


def _whole_number(header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        raise Refused(EN_TETE_MANQUANT, champ=header)
    return int(text)


def _metadata() -> dict[str, str]:
    """`Upload-Metadata`: names with base64 values. Raises Refused when it cannot be read."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        if not name:
            continue
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except ValueError as error:
            raise Refused(EN_TETE_MANQUANT, champ="Upload-Metadata") from error
    if len(found) > 20 or any(not name.isidentifier() or len(text) > 300 for name, text in found.items()):
        raise Refused(EN_TETE_MANQUANT, champ="Upload-Metadata")
    return found


def _protocol(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if "page_of_refusal" in g:
        response.headers["Sejour-Suite"] = g.page_of_refusal
    return response


def _uploads() -> Collection[dict[str, Any]]:
    return mongo.database(current_app.config["SETTINGS"].service)["envois_fichiers"]
