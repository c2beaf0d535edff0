"""The ways of a préfecture that need no computer, and the lists that a person chooses from."""

from __future__ import annotations

from datetime import date

from chassis.inbox import Meta
from prefecture import actions as prefectures
from prefecture import store
from prefecture.modalites import Modalites
from sejour.substitution.v1 import events_pb2
from services.ccc.cadre import cadre
from services.ccc.store import PrefectureConnue


def modalites(code: str, day: date) -> Modalites:
    """The ways in force on `day` (CCC-08)."""
    return prefectures.modalites(PrefectureConnue, code, day, cadre())


def nom_of(code: str) -> str:
    """The préfecture in words."""
    return prefectures.name(code, None, cadre())


def departements() -> list[tuple[str, str]]:
    """Every département, to choose from."""
    return [(d.code, f"{d.code} {d.nom}") for d in cadre().catalogue.departements()]


def is_prefecture(code: str) -> bool:
    """Whether a département has this code."""
    return any(d.code == code for d in cadre().catalogue.departements())


def demarches() -> list[tuple[str, str]]:
    """Every title and démarche, to choose from."""
    cat = cadre().catalogue
    return [(t.code, t.libelle) for t in cat.titres()] + [(d.code, d.libelle) for d in cat.demarches()]


def remember(event: events_pb2.PrefectureModifiee, meta: Meta) -> None:
    """Projects the rules of a préfecture; an older version changes nothing."""
    store.project(PrefectureConnue, event, meta)
