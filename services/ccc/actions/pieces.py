"""Screenshots sent with a form: stored one by one; a bad one is left out and never stops the person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Protocol

from chassis import logs
from chassis.web.files import FileStore, Stored
from chassis.web.who import Who
from droit.decision import Refused
from personne import protegee
from services.ccc.cadre import cadre
from services.ccc.store import PersonneProtegee, PieceJointe, Saisine

FILE_BYTES, FILES_MAX = 8 * 1024 * 1024, 5
TYPES = ("image/png", "image/jpeg", "application/pdf")


class Sent(Protocol):
    """A file as a form gives it."""

    filename: str | None
    stream: IO[bytes]


def take(sent: Iterable[Sent]) -> tuple[PieceJointe, ...]:
    """What of these files could be stored, at most five."""
    kept: list[PieceJointe] = []
    for file in sent:
        if not file.filename or len(kept) >= FILES_MAX:
            continue
        try:
            stored = cadre().files.put(file.stream, max_bytes=FILE_BYTES, types=TYPES)
        except (Refused, OSError) as error:
            logs.get().warning("ccc.capture.refused", error=type(error).__name__)
            continue
        kept.append(
            PieceJointe(
                nom=file.filename[:200],
                **stored.as_fields(),
            )
        )
    return tuple(kept)


def of_stored(stored: Stored | None) -> tuple[PieceJointe, ...]:
    """The screenshot that the shared page has already stored."""
    if stored is None:
        return ()
    return (
        PieceJointe(
            nom="capture",
            **stored.as_fields(),
        ),
    )


def files() -> FileStore:
    """The files of ccc."""
    return cadre().files


def hides(saisine: Saisine, who: Who) -> bool:
    """Whether files are hidden: those of a protected person, but for the agent who checked who she is (DEP-08)."""
    return saisine.identite_par != who.id and protegee.is_protected(PersonneProtegee, saisine.usager_id)


def of_ticket(saisine: Saisine, thread: Iterable[object], cle: str) -> PieceJointe | None:
    """The file of this key when it belongs to this ticket or to its thread."""
    pieces = [*saisine.captures, *(piece for message in thread for piece in getattr(message, "pieces", ()))]
    return next((piece for piece in pieces if piece.cle == cle), None)
