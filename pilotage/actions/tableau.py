"""What a service counts: which of its facts, by which function, and under which indicators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from google.protobuf.message import Message

from pilotage.rules import (
    AUTREMENT,
    EN_LIGNE,
    VOIE,
    Genre,
    Indicateur,
    Ligne,
    Mesure,
    added,
    gains,
    total,
)

__all__ = [
    "AUTREMENT",
    "EN_LIGNE",
    "VOIE",
    "Compter",
    "Fait",
    "Genre",
    "Indicateur",
    "Ligne",
    "Mesure",
    "Tableau",
    "added",
    "days",
    "first",
    "gains",
    "prefecture_of",
    "total",
]


@dataclass(frozen=True)
class Fait:
    """A fact of the log, read: its legal day, who did it, what it says."""

    subject: str
    jour: date
    par: str
    message: Message

    def says(self, name: str) -> str:
        """A field of text of its message; empty where this kind of fact has none."""
        return str(getattr(self.message, name, ""))


# The measures of a fact, from what the same aggregate had told before it.
Compter = Callable[[Fait, Sequence[Fait]], Iterable[Mesure]]


@dataclass(frozen=True)
class Tableau:
    """What a service publishes. `lus` are the facts that it reads, `comptes` those that count.

    `arrivees` and `faites` are the indicators of its workload, `roles` the agents who do it; `gain` names the
    indicators of days and of acts that compare a filing online with any other.
    """

    service: str
    indicateurs: tuple[Indicateur, ...]
    lus: Mapping[str, type[Message]]
    comptes: Mapping[str, Compter]
    arrivees: tuple[str, ...] = ()
    faites: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    gain: tuple[str, str] | None = None
    demarches: Mapping[str, str] = field(default_factory=dict)

    def indicateur(self, code: str) -> Indicateur | None:
        """The indicator of this code."""
        return next((indicateur for indicateur in self.indicateurs if indicateur.code == code), None)


def prefecture_of(fait: Fait, before: Sequence[Fait]) -> str:
    """Where it was on that day: what this fact says, else what the last one before it said."""
    return next((said for seen in (fait, *reversed(before)) if (said := seen.says("prefecture"))), "")


def first(before: Sequence[Fait], subject: str) -> Fait | None:
    """The first fact of this subject that the aggregate had told."""
    return next((seen for seen in before if seen.subject == subject), None)


def days(since: Fait | None, until: Fait) -> Iterable[float]:
    """The days between two facts, or nothing where the first is not known."""
    return () if since is None else ((until.jour - since.jour).days,)
