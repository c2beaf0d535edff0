"""What waits for an agent on a demande whatever its state: kept with its day until an agent has answered it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

PIECE, PIECE_A_TEMPS, REOUVERTURE, DEMENAGEMENT = "piece", "piece_a_temps", "reouverture", "demenagement"
NON_JOINTE, PERSONNE = "non_jointe", "personne"

PHRASES: Mapping[str, str] = {
    PIECE: "Une pièce est arrivée après la fin de la demande",
    PIECE_A_TEMPS: "Une pièce demandée était arrivée à temps : la demande est à rouvrir",
    REOUVERTURE: "La personne demande la réouverture",
    NON_JOINTE: "Une réponse n’a pas pu être dite à la personne : à lui dire autrement",
    PERSONNE: "D’autres comptes ont le même nom et la même naissance : dites de qui est cette demande",
    DEMENAGEMENT: "La personne a déménagé : le dossier est à transférer",
}


def add(kept: Iterable[Mapping[str, str]], code: str, day: date, **more: str) -> list[Mapping[str, str]]:
    """The list with one more thing that waits; what waits already keeps the day on which it was asked first."""
    rows = list(kept)
    if any(one["code"] == code for one in rows):
        return rows
    return [*rows, {"code": code, "date": day.isoformat(), **more}]


def day_of(kept: Iterable[Mapping[str, str]], code: str) -> date | None:
    """Since when this waits; None when it does not."""
    return next((date.fromisoformat(one["date"]) for one in kept if one["code"] == code), None)


def detail(kept: Iterable[Mapping[str, str]], code: str, name: str) -> str:
    """What was said with it, a préfecture for one; empty when it does not wait."""
    return next((one.get(name, "") for one in kept if one["code"] == code), "")


def without(kept: Iterable[Mapping[str, str]], *codes: str) -> list[Mapping[str, str]]:
    """The list once these were answered."""
    return [one for one in kept if one["code"] not in codes]
