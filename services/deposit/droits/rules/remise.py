"""When the person is asked whether she has her title: nobody recorded the handing over (DEP-62)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from services.deposit.dossier.rules import etats


@dataclass(frozen=True)
class Attente:
    """A title that waits for its handing over. `depuis` is the day it was announced, or accepted; `posee` the last
    question; `delai_jours` and `fabrication_jours` what is waited for before asking, announced or not.
    """

    state: str
    depuis: date | None
    posee: date | None
    delai_jours: int
    fabrication_jours: int


def question_day(attente: Attente) -> date | None:
    """The day of the next question; None when no title waits. Asked again until somebody records or answers."""
    if attente.state not in (etats.FAVORABLE, etats.TITRE_PRET) or attente.depuis is None:
        return None
    if attente.posee is not None and attente.posee >= attente.depuis:
        return attente.posee + timedelta(days=attente.delai_jours)
    wait = attente.delai_jours if attente.state == etats.TITRE_PRET else attente.fabrication_jours
    return attente.depuis + timedelta(days=wait)
