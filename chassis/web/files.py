"""What people send, kept on local files: whole or absent, under a name of ours, with its size, type and SHA-256.

A file is written beside its place, flushed to disk, then renamed: a crash leaves no half file under a final name.
Several replicas share one folder (a volume mounted by all).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from flask import Response, make_response, send_file

from chassis.web import refusals
from droit.decision import Genre, Motif, Refused

CHUNK_BYTES = 64 * 1024
_HEAD_BYTES = 8
_HEX = frozenset("0123456789abcdef")

TYPE_NON_ADMIS = Motif(
    "TYPE_NON_ADMIS",
    "regle-du-service",
    "Ce type de fichier n'est pas accepté, ou le fichier est abîmé.",
    "Envoyez un PDF ou une photo (JPEG, PNG). Ce qui était déjà enregistré est gardé.",
    Genre.INVALIDE,
)
FICHIER_VIDE = Motif(
    "FICHIER_VIDE",
    "regle-du-service",
    "Le fichier est vide.",
    "Choisissez le fichier de nouveau, puis envoyez-le.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Stored:
    """A file that is safe on disk."""

    key: str
    size_bytes: int
    sha256: str
    media_type: str

    def as_fields(self) -> dict[str, Any]:
        """Its fields, as every document names them that keeps a file."""
        return {"cle": self.key, "sha256": self.sha256, "taille": self.size_bytes, "media_type": self.media_type}


class FileStore:
    """The files of one service under one folder; a key is 32 hexadecimal digits, never a name that somebody chose."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, source: IO[bytes], *, max_bytes: int, types: tuple[str, ...]) -> Stored:
        """Stores a stream. Raises Refused: FICHIER_VIDE, TROP_GROS, TYPE_NON_ADMIS; nothing then remains."""
        key = new_key()
        partial = self.partial(key)
        try:
            with partial.open("wb") as target:
                copied = 0
                while chunk := source.read(CHUNK_BYTES):
                    copied += len(chunk)
                    if copied > max_bytes:
                        raise Refused(refusals.TROP_GROS)
                    target.write(chunk)
                flush(target)
            return self.finish(key, types=types)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def finish(self, key: str, *, types: tuple[str, ...]) -> Stored:
        """Gives a complete partial file its final name, once its content is of an accepted type; repeatable."""
        partial, final = self.partial(key), self.path(key)
        source = partial if partial.exists() else final
        size = source.stat().st_size
        if size == 0:
            raise Refused(FICHIER_VIDE)
        media_type = sniff(source)
        if media_type not in types:
            raise Refused(TYPE_NON_ADMIS)
        with source.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if source is partial:
            final.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(final)
            _sync_folder(final.parent)
        return Stored(key=key, size_bytes=size, sha256=digest, media_type=media_type)

    @contextmanager
    def open(self, key: str) -> Iterator[IO[bytes]]:
        """The content. Raises Refused(INTROUVABLE) when there is none."""
        try:
            with self.path(key).open("rb") as content:
                yield content
        except FileNotFoundError as error:
            raise Refused(refusals.INTROUVABLE) from error

    def delete(self, key: str) -> None:
        """Removes the file; one that is gone already is no error."""
        self.path(key).unlink(missing_ok=True)
        self.partial(key).unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where the finished file lives."""
        return self.folder / _checked(key)[:2] / key

    def partial(self, key: str) -> Path:
        """Where the file grows until it is complete."""
        folder = self.folder / "partiels"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / _checked(key)


def new_key() -> str:
    """An internal name: random, so that it tells nothing and cannot be guessed."""
    return secrets.token_hex(16)


def sniff(path: Path) -> str:
    """The media type told by the content itself, whatever the name says; an empty text when it is not known."""
    with path.open("rb") as content:
        head = content.read(_HEAD_BYTES)
    return next((media_type for start, media_type in _STARTS if head.startswith(start)), "")


# Every type that any service accepts.
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


def flush(target: IO[bytes]) -> None:
    """On disk, not in a cache: what a receipt names must survive a power cut."""
    target.flush()
    os.fsync(target.fileno())


def download(store: FileStore, key: str, name: str, media_type: str, *, inline: bool = False) -> Response:
    """The file as an attachment under `name`; `inline` only for types a browser shows without running anything."""
    path = store.path(key)
    if not path.exists():
        raise Refused(refusals.INTROUVABLE)
    response = make_response(send_file(path.resolve(), mimetype=media_type, conditional=True))
    shown = inline and media_type in ("application/pdf", "image/jpeg", "image/png")
    response.headers["Content-Disposition"] = disposition(name, inline=shown)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'self'"
    return response


def disposition(name: str, *, inline: bool = False) -> str:
    """A header that keeps the name's accents and cannot be broken by it."""
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\%;' else "_" for letter in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain or 'document'}\"; filename*=UTF-8''{quote(name or 'document')}"


def _checked(key: str) -> str:
    if len(key) != 32 or not _HEX.issuperset(key):
        raise Refused(refusals.INTROUVABLE)
    return key


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
