"""An e-mail as bytes becomes words and files: nothing in it is trusted, and nothing in it can stop the reading.

Bounds: depth, number of parts, length of headers and of the text, number and size of files. What is left out is named;
what cannot be read is said so.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from html.parser import HTMLParser

from personne.reference import reference_in

PARTS_MAX, DEPTH_MAX, FILES_MAX = 100, 12, 10
FILE_BYTES, TEXT_CHARS, HEADER_CHARS = 8 * 1024 * 1024, 20_000, 300
# What is read of a page and of the headers of an e-mail, and how many lines may begin as a part does: the parser would
# take minutes for what no person's programme writes.
PAGE_CHARS, HEADERS_BYTES, BOUNDARIES_MAX = 20 * TEXT_CHARS, 256 * 1024, 20 * PARTS_MAX
LEFT_OUT_MAX = 20
# The Windows programmes that call their letters Latin-1, or say nothing, write those of Windows.
_WRITTEN_BY_WINDOWS = frozenset({"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"})
# `notify` names its e-mails so: the sending, then the message.
_OUR_MESSAGE = re.compile(r"<[\w-]+\.([\w-]{8,60})@[^<>\s]+>")
ANSWERED_MAX = 20
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_HIDDEN = frozenset({"script", "style", "head", "title", "template"})
_BREAKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "blockquote"})
FIN_DU_TEXTE = f"la fin de votre message, qui est trop long : {TEXT_CHARS} signes au plus"
ILLISIBLE = "(Ce courriel n’a pas pu être lu par la machine. Un agent l’ouvre à la main.)"


@dataclass(frozen=True)
class Fichier:
    """One attachment, not yet checked: its type is sniffed when it is stored."""

    nom: str
    contenu: bytes
    dans_le_texte: bool = False


@dataclass(frozen=True)
class Lu:
    """What an e-mail says."""

    expediteur: str
    nom: str
    sujet: str
    texte: str
    automatique: str = ""
    fichiers: tuple[Fichier, ...] = ()
    laisses: tuple[str, ...] = field(default_factory=tuple)
    # The messages of ours that it answers, as every client says it.
    repond_a: tuple[str, ...] = ()

    @property
    def reponse(self) -> str:
        """What she wrote under a message of ours, which the thread has already."""
        return _without_quotes(self.texte)

    def reference(self, letter: str) -> str:
        """What the subject names under this letter (C for a ticket, V for a route), or nothing."""
        return reference_in(self.sujet, letter)


def read(content: bytes, envelope_from: str) -> Lu:
    """Reads what can be read. Never raises for what the message holds."""
    try:
        left: list[str] = []
        message = email.message_from_bytes(_bounded_bytes(content, left), policy=email.policy.compat32)
        return _read(message, envelope_from, left)
    except (RecursionError, MemoryError, ValueError, LookupError, AttributeError, TypeError, IndexError):
        # The parser of the language meets its own limits before ours: the message is kept and shown to a person.
        return Lu(envelope_from.lower(), "", "", ILLISIBLE)


def _bounded_bytes(content: bytes, left: list[str]) -> bytes:
    """The e-mail without the end of headers too long, nor what follows too many parts."""
    blank = _BLANK_LINE.search(content)
    head, body = (content[: blank.start()], content[blank.start() :]) if blank else (content, b"")
    if len(head) > HEADERS_BYTES:
        left.append("la fin de l’en-tête du courriel, trop long")
        head = head[:HEADERS_BYTES]
    place = -1
    for _ in range(BOUNDARIES_MAX):
        place = body.find(b"\n--", place + 1)
        if place < 0:
            return head + body
    left.append("la suite du courriel, qui a trop de parties")
    return head + body[:place]


def _read(message: Message, envelope_from: str, left: list[str]) -> Lu:
    name, address = parseaddr(_header(message, "From"))
    reply = parseaddr(_header(message, "Reply-To"))[1]
    sender = (reply or address or envelope_from).strip().lower()
    texts: list[str] = []
    pages: list[str] = []
    files: list[Fichier] = []
    for part in _parts(message, left):
        _take(part, texts, pages, files, left)
    files = _bounded(files, left)
    body = "\n".join(texts).strip() or "\n".join(pages).strip()
    if len(body) > TEXT_CHARS:
        left.append(FIN_DU_TEXTE)
    return Lu(
        expediteur=_line(sender)[:254],
        nom=_line(name)[:200],
        sujet=_line(_header(message, "Subject")),
        texte=(body or ILLISIBLE)[:TEXT_CHARS],
        automatique=_automatic(message, envelope_from, sender),
        fichiers=tuple(files),
        laisses=_named(left),
        repond_a=tuple(dict.fromkeys(_OUR_MESSAGE.findall(_answered(message))))[:ANSWERED_MAX],
    )


def _answered(message: Message) -> str:
    """What the headers name as answered, the nearest first; the last of a long list of references is the nearest."""
    references = _header(message, "References").split()
    return " ".join([_header(message, "In-Reply-To"), *reversed(references)])


def _named(left: list[str]) -> tuple[str, ...]:
    once = list(dict.fromkeys(left))
    more = len(once) - LEFT_OUT_MAX
    return (*once[:LEFT_OUT_MAX], *([f"et {more} autres"] if more > 0 else []))


def _parts(message: Message, left: list[str]) -> Iterator[Message]:
    """The leaves, in order, without recursion: a message nested a thousand times is as long to read as any other."""
    waiting = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > PARTS_MAX or depth > DEPTH_MAX:
            left.append("la suite du courriel, qui a trop de parties")
            return
        payload = part.get_payload()
        if isinstance(payload, list):
            waiting[:0] = [(child, depth + 1) for child in payload if isinstance(child, Message)]
        else:
            yield part


def _take(part: Message, texts: list[str], pages: list[str], files: list[Fichier], left: list[str]) -> None:
    kind, name = part.get_content_type(), _line(_decoded(str(part.get_filename() or "")))[:150]
    attached = part.get_content_disposition() == "attachment" or bool(name)
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if not attached and kind == "text/plain":
        texts.append(_text(part, content))
    elif not attached and kind == "text/html":
        page = _text(part, content)
        if len(page) > PAGE_CHARS:
            left.append(FIN_DU_TEXTE)
        pages.append(_plain(page))
    elif content and (attached or kind.startswith(("image/", "application/pdf"))):
        shown = part.get_content_disposition() == "inline" or "Content-ID" in part
        files.append(Fichier(name or "piece-jointe", content, shown))


def _bounded(files: list[Fichier], left: list[str]) -> list[Fichier]:
    """Ten files, none too big: what she joined first, then the pictures of the text, which are logos for the most."""
    kept: list[Fichier] = []
    for file in sorted(files, key=lambda file: file.dans_le_texte):
        if len(file.contenu) > FILE_BYTES:
            left.append(f"{file.nom} (trop gros : {FILE_BYTES // 2**20} Mo au plus)")
        elif len(kept) >= FILES_MAX:
            left.append(f"{file.nom} (plus de {FILES_MAX} fichiers)")
        else:
            kept.append(file)
    return kept


def _text(part: Message, content: bytes) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        text = content.decode("cp1252" if charset in _WRITTEN_BY_WINDOWS else charset, "replace")
    except LookupError:
        text = content.decode("cp1252", "replace")
    return "".join(char for char in text if char in "\n\t" or char.isprintable() or char == "\r").replace("\r\n", "\n")


def _plain(html: str) -> str:
    reader = _Words()
    reader.feed(html[:PAGE_CHARS])
    reader.close()
    lines = ("".join(reader.words)).split("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


class _Words(HTMLParser):
    """The words of a page, without its scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _without_quotes(text: str) -> str:
    """What the person wrote, without the lines that she quotes."""
    kept = [line for line in text.split("\n") if not line.startswith(">")]
    return "\n".join(kept).strip() or text.strip()


def _automatic(message: Message, envelope_from: str, sender: str) -> str:
    """Why this message was written by a machine, or nothing: a machine is never answered (RFC 3834)."""
    if not envelope_from:
        return "enveloppe vide"
    if _header(message, "Auto-Submitted").lower().split(";")[0].strip() not in ("", "no"):
        return "auto-submitted"
    if _header(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return "precedence"
    if message.get_content_type() == "multipart/report" or _header(message, "List-Id"):
        return "rapport ou liste"
    # X-Auto-Response-Suppress is no sign: Exchange puts it on what people write.
    if _header(message, "X-Autoreply"):
        return "réponse automatique"
    local = sender.split("@", 1)[0]
    return "robot" if local in ("mailer-daemon", "postmaster", "no-reply", "noreply", "ne-pas-repondre") else ""


def _header(message: Message, name: str) -> str:
    # Unfolded first: a fold between an encoded word and a plain one is a space.
    return _decoded(_FOLD.sub(" ", str(message.get(name, "") or "")))[: HEADER_CHARS * 4]


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text[: HEADER_CHARS * 8])
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return text
    out = []
    for value, charset in parts:
        if isinstance(value, bytes):
            try:
                out.append(value.decode(charset or "latin-1", "replace"))
            except LookupError:
                out.append(value.decode("latin-1", "replace"))
        else:
            out.append(value)
    return "".join(out)


def _line(text: str) -> str:
    """One line without control characters: a header can then inject nothing anywhere."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:HEADER_CHARS]
