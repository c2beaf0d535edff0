"""What people send, kept on local files: whole or absent, under a name of ours, with its size, type and SHA-256.

A file is written beside its place, flushed to disk, then renamed: a crash leaves no half file under a final name.
Several replicas share one folder (a volume mounted by all).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from flask import Response, make_response, send_file

from chassis.web import contents, conversion, refusals
from chassis.web.scanner import Analysis, Scanner, ScannerSilent
from droit.decision import Genre, Motif, Refused

CHUNK_BYTES = 64 * 1024
NAME_CHARS = 120
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_INNER_DOT = re.compile(r"\.(?=\S)")
_HEX = frozenset("0123456789abcdef")

ANALYSE_ATTENDUE = Motif(
    "ANALYSE_ATTENDUE",
    "regle-du-service",
    "Ce fichier n'est pas encore analysé : il ne peut pas être ouvert maintenant.",
    "Il est gardé. Recommencez dans quelques minutes : l'analyse est refaite à chaque essai.",
    Genre.INDISPONIBLE,
)


@dataclass(frozen=True)
class Stored:
    """A file that is safe on disk; `name` is what it is shown as, with the one ending that its content has.

    `sent_sha256` is that of the photo as it came, where it was converted: what she kept on her telephone has it.
    """

    key: str
    size_bytes: int
    sha256: str
    media_type: str
    name: str
    sent_sha256: str = ""

    def as_fields(self) -> dict[str, Any]:
        """Its fields, as every document names them that keeps a file."""
        kept = {"nom": self.name, "cle": self.key, "sha256": self.sha256, "sha256_recu": self.sent_sha256}
        return kept | {"taille": self.size_bytes, "media_type": self.media_type}


class FileStore:
    """The files of one service under one folder; a key is 32 hexadecimal digits, never a name that somebody chose.

    With a `scanner`, what it has not found clean leaves by no way: it is asked when the file comes, and again when
    somebody opens what came while it was silent.
    """

    def __init__(self, folder: Path, scanner: Scanner | None = None) -> None:
        self.folder, self.scanner = folder, scanner

    def put(self, source: IO[bytes], *, max_bytes: int, types: tuple[str, ...], name: str = "") -> Stored:
        """Stores a stream. Raises Refused: TROP_GROS, or what `contents.inspect` and the scanner refuse; nothing then
        remains.
        """
        key = new_key()
        partial = self.partial(key)
        try:
            with partial.open("wb") as target:
                copied, digest = 0, hashlib.sha256()
                while chunk := source.read(CHUNK_BYTES):
                    copied += len(chunk)
                    if copied > max_bytes:
                        raise Refused(refusals.TROP_GROS)
                    target.write(chunk)
                    digest.update(chunk)
                flush(target)
            return self.finish(key, types=types, name=name, digest=digest.hexdigest())
        except BaseException:
            self.delete(key)
            raise

    def finish(self, key: str, *, types: tuple[str, ...], name: str = "", digest: str = "") -> Stored:
        """Gives a complete partial file its final name, once its content is of an accepted type or has become one;
        repeatable. `digest` is the SHA-256 of what was written, where it was made on the way: it is not read again.
        """
        partial, final = self.partial(key), self.path(key)
        source = partial if partial.exists() else final
        if not source.exists():
            raise Refused(refusals.INTROUVABLE)
        if source is partial and conversion.is_needed(source):
            _write(self._sent(key), digest or _digest(source))
            conversion.to_jpeg(source)
            digest = ""
        media_type = contents.inspect(source, types)
        digest = digest or _digest(source)
        if source is partial:
            final.parent.mkdir(parents=True, exist_ok=True)
            if self.scanner is not None:
                # Silent, it is asked again by who opens the file: nobody's sending waits for it.
                with suppress(ScannerSilent):
                    self._analyse(key, partial)
            partial.replace(final)
            _sync_folder(final.parent)
        shown, sent = clean_name(name, media_type), self._sent(key)
        return Stored(
            key, final.stat().st_size, digest, media_type, shown, sent.read_text("utf-8") if sent.exists() else ""
        )

    @contextmanager
    def open(self, key: str) -> Iterator[IO[bytes]]:
        """The content. Raises Refused(INTROUVABLE) when there is none, or when it may not leave."""
        with self.released(key).open("rb") as content:
            yield content

    def released(self, key: str) -> Path:
        """The file, free to leave. Raises Refused: INTROUVABLE, ANALYSE_ATTENDUE, or what the scanner found."""
        path = self.path(key)
        if not path.exists():
            raise Refused(refusals.INTROUVABLE)
        if self.scanner is not None and self.analysis(key) is None:
            try:
                self._analyse(key, path)
            except ScannerSilent as error:
                raise Refused(ANALYSE_ATTENDUE) from error
        return path

    def analysis(self, key: str) -> Analysis | None:
        """Who found the file clean, and when; None when nobody did."""
        try:
            return Analysis.of_text(self._verdict(key).read_text("utf-8"))
        except FileNotFoundError:
            return None

    def _analyse(self, key: str, path: Path) -> None:
        """Keeps the scanner's word beside the file. Raises ScannerSilent, or Refused when it found something."""
        assert self.scanner is not None
        _write(self._verdict(key), self.scanner.analyse(path).as_text())

    def _verdict(self, key: str) -> Path:
        return self.path(key).with_suffix(".analyse")

    def _sent(self, key: str) -> Path:
        """Where the SHA-256 of what was converted is kept: the conversion may be done, and its answer lost."""
        return self.path(key).with_suffix(".recu")

    def delete(self, key: str) -> None:
        """Removes the file; one that is gone already is no error."""
        for path in (self.path(key), self.partial(key), self._verdict(key), self._sent(key)):
            path.unlink(missing_ok=True)

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


def clean_name(name: str, media_type: str) -> str:
    """One line without folder, hidden sign or sign that turns the text round, and the one ending of its content."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(" " if c in '<>:"|?*' or c.isspace() else c for c in last if c.isprintable() or c.isspace())
    line = " ".join(plain.split())
    if media_type not in contents.ENDINGS:
        return line[:NAME_CHARS] or "fichier"
    stem = _ENDING.sub("", line)
    # A dot inside a word would leave a second ending: « passeport.pdf.exe ».
    words = _INNER_DOT.sub("-", stem)[:NAME_CHARS].strip(" .-")
    return (words or "fichier") + contents.ENDINGS[media_type]


def fingerprint(file: Any) -> str:
    """What proves that a file is the one that was sent: of a photo that became a JPEG, that of both."""
    kept: str = file["sha256"]
    if "sha256_recu" not in file or not file["sha256_recu"]:
        return kept
    return f"{file['sha256_recu']} pour la photo reçue, {kept} pour le JPEG qui en a été fait"


def flush(target: IO[bytes]) -> None:
    """On disk, not in a cache: what a receipt names must survive a power cut."""
    target.flush()
    os.fsync(target.fileno())


def download(store: FileStore, key: str, name: str, media_type: str, *, inline: bool = False) -> Response:
    """The file as an attachment under `name`; `inline` only for types a browser shows without running anything."""
    response = make_response(send_file(store.released(key).resolve(), mimetype=media_type, conditional=True))
    shown = inline and media_type in contents.ENDINGS
    response.headers["Content-Disposition"] = disposition(clean_name(name, media_type), inline=shown)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'self'"
    return response


def disposition(name: str, *, inline: bool = False) -> str:
    """A header that keeps the name's accents and cannot be broken by it."""
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\%;' else "_" for letter in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain or 'document'}\"; filename*=UTF-8''{quote(name or 'document')}"


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, beside a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{secrets.token_hex(16)}")
    written.write_text(text, "utf-8")
    written.replace(path)


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
