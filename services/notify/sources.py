"""The services that ask for messages: their words and attachments, fetched with our token, checked, kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import requests

from chassis import messages, tokens
from chassis.settings import SERVICES, Settings
from chassis.web.files import FileStore, flush
from droit.decision import Refused
from services.notify.textes import ContenuRefuse

TIMEOUTS = (2.0, 10.0)
CONTENT_BYTES = 64 * 1024
TYPES = ("application/pdf", "image/jpeg", "image/png")


class SourceMuette(Exception):
    """The source did not answer, or not yet: what it must say is fetched later. `cause` is a code."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Sources:
    """Reads the other services' web with our service token; one folder keeps what they attach."""

    def __init__(self, settings: Settings, max_bytes: int) -> None:
        self._addresses = dict(settings.web_addresses or {})
        self._tokens = {name: tokens.ServiceToken(settings, name) for name in SERVICES}
        self._max_bytes = max_bytes
        self.files = FileStore(settings.pieces_dir) if settings.pieces_dir else None
        # One connection kept open per source. Between services nothing goes through a proxy, whatever the environment.
        self._sessions = {name: requests.Session() for name in SERVICES}
        for session in self._sessions.values():
            session.trust_env = False

    def content(self, source: str, url: str, sha256: str) -> dict[str, Any]:
        """The fields and attachments announced. Raises SourceMuette or ContenuRefuse."""
        body = self._get(source, url, CONTENT_BYTES)
        try:
            contenu = json.loads(body)
        except ValueError as error:
            raise ContenuRefuse("CONTENU_ILLISIBLE") from error
        if not isinstance(contenu, dict) or messages.digest(contenu) != sha256:
            raise ContenuRefuse("CONTENU_ALTERE")
        return contenu

    def keep(self, source: str, message_id: str, rank: int, piece: dict[str, Any]) -> dict[str, Any]:
        """Fetches one attachment and keeps it on disk; a repeat finds the same file under the same name."""
        if self.files is None:
            raise SourceMuette("PIECES_DIR_ABSENT")
        key = _key(message_id, rank)
        if not self.files.path(key).exists():
            body = self._get(source, str(piece["chemin"]), self._max_bytes)
            with self.files.partial(key).open("wb") as target:
                target.write(body)
                flush(target)
        try:
            stored = self.files.finish(key, types=TYPES, name=str(piece["nom"]))
        except Refused as error:
            self.files.delete(key)
            raise ContenuRefuse(error.motif.code) from error
        return {
            "nom": stored.name,
            "cle": stored.key,
            "sha256": stored.sha256,
            "taille": stored.size_bytes,
            "type": stored.media_type,
        }

    def read(self, key: str) -> bytes:
        """The bytes of a kept attachment."""
        if self.files is None:
            raise SourceMuette("PIECES_DIR_ABSENT")
        with self.files.open(key) as content:
            return content.read()

    def delete(self, keys: Iterable[str]) -> None:
        """Removes kept attachments from the disk; those already gone are no error."""
        if self.files is None:
            raise SourceMuette("PIECES_DIR_ABSENT")
        for key in keys:
            self.files.delete(key)

    def delete_all(self, message_id: str) -> None:
        """The same for whatever was fetched for a message, named by a document or not: ranks follow one another."""
        if self.files is None:
            raise SourceMuette("PIECES_DIR_ABSENT")
        rank = 1
        while self.files.path(_key(message_id, rank)).exists() or self.files.partial(_key(message_id, rank)).exists():
            self.files.delete(_key(message_id, rank))
            rank += 1

    def _get(self, source: str, path: str, limit: int) -> bytes:
        """The body at `path` of the source's own internal pages; never elsewhere, whatever the fact says."""
        address = self._addresses.get(source)
        if not address:
            raise SourceMuette("SOURCE_SANS_ADRESSE")
        if not path.startswith(f"/{source}/interne/") or ".." in path or "//" in path:
            raise ContenuRefuse("ADRESSE_INTERDITE")
        headers = {"Authorization": f"Bearer {self._tokens[source].value()}"}
        try:
            with self._sessions[source].get(
                address + path, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True
            ) as response:
                if response.status_code != 200:
                    raise SourceMuette(f"SOURCE_{response.status_code}")
                return _bounded(response, limit)
        except requests.RequestException as error:
            raise SourceMuette("SOURCE_INJOIGNABLE") from error


def _key(message_id: str, rank: int) -> str:
    return hashlib.sha256(f"{message_id}\n{rank}".encode()).hexdigest()[:32]


def _bounded(response: requests.Response, limit: int) -> bytes:
    body = BytesIO()
    for chunk in response.iter_content(64 * 1024):
        body.write(chunk)
        if body.tell() > limit:
            raise ContenuRefuse("CONTENU_TROP_GROS")
    return body.getvalue()
