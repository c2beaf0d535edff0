"""The last day of a title as a person or her paper tells it: a slip of the keyboard is asked again, never filed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from chassis import clock
from chassis.web.inputs import CivilDay
from droit.catalogue import catalogue
from droit.dates import Position


def _can_be_meant(day: date) -> date:
    today, national = clock.today(), catalogue().national
    past, future = (national.number(cle, today, Position.RECOMMANDATION) for cle in ("P-TITRE-PASSE", "P-TITRE-FUTUR"))
    if not today.year - past <= day.year <= today.year + future:
        raise ValueError("Vérifiez l’année : ce dernier jour est trop loin. Recopiez celui qui est écrit sur le titre.")
    return day


FinDeTitre = Annotated[CivilDay, AfterValidator(_can_be_meant)]
