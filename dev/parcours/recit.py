"""A timeline that a jurist can read: day, act, rule and text applied, document, message."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dev.parcours.monde import Acteur
from droit.jours import day_in_words

WIDTH = 112


@dataclass(frozen=True)
class Ligne:
    """One event of the story."""

    day: date
    acte: str
    regle: str = ""
    document: str = ""
    message: str = ""


@dataclass
class Recit:
    """The story of one person, and the papers that she received."""

    case: str
    titre: str
    folder: Path
    lines: list[Ligne] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def note(self, day: date, acte: str, *, regle: str = "", document: str = "", message: str = "") -> None:
        """Adds a line; the order of the story is the order of the days, then of the notes."""
        self.lines.append(Ligne(day, acte, regle, document, message))

    def keep(self, name: str, pdf: bytes) -> str:
        """Keeps a paper beside the story; returns its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(pdf)
        return name

    def messages(self, day: date, courriels: Iterable[dict[str, Any]]) -> None:
        """Adds the e-mails that came since the last look."""
        for courriel in reversed(list(courriels)):
            if courriel["id"] not in self.seen:
                self.seen.add(courriel["id"])
                names = ", ".join(piece["name"] for piece in courriel["attachments"])
                self.note(day, "La personne reçoit un message.", message=courriel["subject"], document=names)

    def text(self) -> str:
        """The whole story, printed."""
        parts = [f"{self.case} — {self.titre}", "=" * WIDTH]
        for line in sorted(self.lines, key=lambda line: line.day):
            parts.append(f"{day_in_words(line.day)} : {line.acte}")
            for label, value in (("règle", line.regle), ("document", line.document), ("message", line.message)):
                if value:
                    parts += textwrap.wrap(
                        value, WIDTH - 16, initial_indent=f"    {label:<9}: ", subsequent_indent=" " * 15
                    )
        return "\n".join([*parts, ""])


def days_without(documents: Iterable[dict[str, Any]], first: date, last: date) -> list[date]:
    """Days from `first` to `last` that no document of the person covers (API rows: debut_date, fin_date or empty)."""
    spans = [
        (date.fromisoformat(d["debut_date"]), date.fromisoformat(d["fin_date"]) if d["fin_date"] else date.max)
        for d in documents
        if d["nature"] in ("API", "ADF", "REG", "REC")
    ]
    count = (last - first).days + 1
    days = (first + timedelta(days=n) for n in range(max(count, 0)))
    return [day for day in days if not any(start <= day <= end for start, end in spans)]


def papers(recit: Recit, person: Acteur, documents: Iterable[dict[str, Any]]) -> None:
    """Keeps the PDF of each document, and lists those that prove a right on their first day."""
    for document in documents:
        name = f"{document['nature'].lower()}-{document['numero']}.pdf"
        recit.keep(name, person.get(f"/documents/{document['numero']}.pdf"))
        if document["nature"] in ("API", "ADF", "REG"):
            until = document["fin_date"] or "la remise du titre"
            recit.note(
                date.fromisoformat(document["debut_date"]),
                f"{document['nature']} valable jusqu'à {until}. {document['travail']}",
                regle=document["regle"],
                document=name,
            )
