"""An e-mail as bytes: text and HTML, attachments, headers, as the standard library writes them and ten times faster.

What is out of the ordinary (an address that is not plain ASCII, a long file name) is left to the library itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import SMTPUTF8 as SMTPUTF8_POLICY
from email.utils import format_datetime, formataddr, quote
from functools import lru_cache
from typing import Any

from chassis import clock

PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,190}")
_PLAIN_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")
_PLAIN_NAME = re.compile(r"[ -~]{1,60}")
_NAME_BYTES, _LINE = 100, 76
_EOL = "\r\n"


@dataclass(frozen=True)
class PieceJointe:
    """A file that travels with the message."""

    nom: str
    contenu: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Courriel:
    """One e-mail, ready. `retour` is the envelope sender that names the sending; `suivi` asks for a report of delivery,
    where a failure alone would be reported.
    """

    message_id: str
    de: str
    de_nom: str
    a: str
    objet: str
    texte: str
    html: str
    retour: str
    enveloppe_id: str
    suivi: bool = True
    pieces: Sequence[PieceJointe] = ()
    # Where an answer goes; empty, nobody reads one.
    reponse: str = ""


def compose(courriel: Courriel) -> bytes:
    """The message as it travels, marked as written by a machine. Raises MessageError, ValueError or UnicodeError."""
    plain = PLAIN_ADDRESS.fullmatch(courriel.a) and all(_is_plain(piece) for piece in courriel.pieces)
    return _joined(courriel) if plain else by_the_library(courriel).as_bytes()


def by_the_library(courriel: Courriel) -> EmailMessage:
    """The same message, made by the standard library."""
    # An address that is not ASCII cannot be written in a header in any other way (RFC 6532).
    message = EmailMessage(policy=SMTP_POLICY if courriel.a.isascii() else SMTPUTF8_POLICY)
    message["Message-ID"] = courriel.message_id
    message["Date"] = format_datetime(clock.now())
    message["From"] = Address(one_line(courriel.de_nom), addr_spec=courriel.de)
    message["To"] = courriel.a
    if courriel.reponse:
        message["Reply-To"] = courriel.reponse
    message["Subject"] = one_line(courriel.objet)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(courriel.texte, cte="quoted-printable")
    message.add_alternative(courriel.html, subtype="html", cte="quoted-printable")
    for piece in courriel.pieces:
        main, _, sub = piece.media_type.partition("/")
        message.add_attachment(piece.contenu, maintype=main, subtype=sub, filename=one_line(piece.nom))
    return message


def one_line(text: Any) -> str:
    """The text without line ends: nothing that is typed becomes a header."""
    return " ".join(str(text).split())


def _joined(courriel: Courriel) -> bytes:
    # Neither quoted-printable nor base64 can hold « =_ »: a boundary that begins so is in no part.
    inner, outer = (f"=_{courriel.enveloppe_id}.{rank}" for rank in (1, 2))
    head = [
        f"Message-ID: {courriel.message_id}",
        f"Date: {format_datetime(clock.now())}",
        _from(courriel.de_nom, courriel.de),
        f"To: {courriel.a}",
        *([f"Reply-To: {courriel.reponse}"] if courriel.reponse else []),
        f"Subject: {_words(one_line(courriel.objet), 'Subject')}",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
    ]
    words = _multipart("alternative", inner, [_text("plain", courriel.texte), _text("html", courriel.html)])
    if courriel.pieces:
        words = _multipart("mixed", outer, [words, *(_attachment(piece) for piece in courriel.pieces)])
    return _EOL.join(head).encode("ascii") + _EOL.encode() + words


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind};{_EOL} boundary="{boundary}"{_EOL}{_EOL}'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def _text(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"
    head = f'Content-Type: text/{subtype}; charset="utf-8"{_EOL}Content-Transfer-Encoding: quoted-printable{_EOL}{_EOL}'
    return head.encode() + b2a_qp(lines.replace("\n", _EOL).encode("utf-8"), istext=True)


def _attachment(piece: PieceJointe) -> bytes:
    name = one_line(piece.nom)
    said = f'filename="{quote(name)}"' if _PLAIN_NAME.fullmatch(name) else f"filename*=utf-8''{_percent(name)}"
    head = (
        f"Content-Type: {piece.media_type}{_EOL}Content-Transfer-Encoding: base64{_EOL}"
        f"Content-Disposition: attachment;{_EOL} {said}{_EOL}{_EOL}"
    )
    encoded = b64encode(piece.contenu)
    return head.encode("ascii") + b"\r\n".join(encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE))


@lru_cache(maxsize=16)
def _from(nom: str, address: str) -> str:
    return f"From: {formataddr((one_line(nom), address))}"


def _words(text: str, header: str) -> str:
    """The words of a header: folded, and encoded where they are not ASCII (RFC 2047)."""
    if text.isascii() and text.isprintable() and len(text) + len(header) < _LINE and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=header).encode(linesep=_EOL)


def _is_plain(piece: PieceJointe) -> bool:
    return bool(_PLAIN_TYPE.fullmatch(piece.media_type)) and len(one_line(piece.nom).encode()) <= _NAME_BYTES


def _percent(name: str) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in name.encode())
