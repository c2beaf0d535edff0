"""Ruptures counted: how many, why and how long, by préfecture and month; no person in it (XCT-04)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chassis import clock
from chassis.mongo import collection_of
from droit.jours import add_months
from sejour.deposit.v1 import events_pb2 as deposit
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.projections import BlocageConnu
from services.deposit.droits.actions import ruptures, settle
from services.deposit.droits.actions.ailleurs import DEMANDES_MAX
from services.deposit.droits.rules.ruptures import CAUSES, VEILLEES
from services.deposit.droits.store import Rupture
from services.deposit.instruction.actions import file_attente

if TYPE_CHECKING:
    from chassis.inbox import Meta

MOIS, BLOQUEES_MAX = 12, 100
# Who follows the ruptures of a préfecture, or of all.
LECTEURS = ("superviseur", "prefecture", "bureau_national")
COLONNES = ("prefecture", "mois", "cause", "nombre", "en_cours", "jours", "jours_max")

__all__ = [
    "CAUSES",
    "COLONNES",
    "LECTEURS",
    "MOIS",
    "Compte",
    "as_csv",
    "blocked",
    "count",
    "months",
    "on_attestations",
    "totals",
]


@dataclass(frozen=True)
class Compte:
    """Ruptures that began in a month in a préfecture for one cause; the days of those under way count too."""

    prefecture: str
    mois: str
    cause: str
    nombre: int
    en_cours: int
    jours: int
    jours_max: int


def count(scope: Sequence[str], today: date | None = None) -> list[Compte]:
    """The ruptures of the last twelve months in these préfectures, the latest month first."""
    file_attente.catch_up(scope)
    day = today or clock.today()
    criteria = {"prefecture": {"$in": list(scope)}, "debut_date": {"$gte": months(day)[0]}}
    found = collection_of(Rupture).aggregate([{"$match": criteria}, {"$set": _lasting(day)}, _GROUP])
    rows = [Compte(**row["_id"], **{name: row[name] for name in COLONNES[3:]}) for row in found]
    return sorted(rows, key=lambda row: (row.mois, row.nombre), reverse=True)


@dataclass(frozen=True)
class Bloquee:
    """Somebody who could not file yet: the reference of her blocage, and the last day of the right that she holds."""

    reference: str
    prefecture: str
    fin_droit_date: str
    sans_document: bool


def blocked(scope: Sequence[str], today: date | None = None) -> list[Bloquee]:
    """Open blocages before any filing whose right has ended, or ends within P-APILEAD; the first to act for first."""
    day, frame = today or clock.today(), cadre()
    until = (day + timedelta(days=frame.number("P-APILEAD", day))).isoformat()
    criteria = {
        "prefecture": {"$in": list(scope)},
        "fin_droit_date": {"$gt": "", "$lte": until},
        "fin_date": None,
        "objection": {"$ne": True},
    }
    rows = list(collection_of(BlocageConnu).find(criteria).sort("fin_droit_date", 1).limit(BLOQUEES_MAX))
    ids = sorted({row["demande_id"] for row in rows} - {""})
    filed = {found.id for found in Demande.objects(id__in=ids, depot_date__ne=None).only("id")} if ids else set()
    return [
        Bloquee(row["reference"], row["prefecture"], row["fin_droit_date"], row["fin_droit_date"] < day.isoformat())
        for row in rows
        if row["demande_id"] not in filed
    ]


def on_attestations(given: Sequence[tuple[deposit.AttestationDelivree, Meta]]) -> None:
    """Documents were given: a rupture of another demande of the person may be over."""
    days = {event.usager_id: meta.day for event, meta in given}
    watched = Demande.objects(usager_id__in=list(days), state__in=VEILLEES)
    theirs = {event.demande_id for event, _ in given}
    for other in watched.only("usager_id", "ruptures", "rupture_prevue").limit(DEMANDES_MAX * len(days)):
        if other.id not in theirs and ruptures.urgent(other) is not None:
            settle.examine_droits(other.id, days[other.usager_id], clock.today())


def months(day: date) -> list[str]:
    """The months counted on a day, the earliest first."""
    first = day.replace(day=1)
    return [add_months(first, step - MOIS).isoformat()[:7] for step in range(1, MOIS + 1)]


def totals(rows: Sequence[Compte], name: str) -> dict[str, int]:
    """How many ruptures for each value of one column."""
    found: dict[str, int] = {}
    for row in rows:
        key = getattr(row, name)
        found[key] = found.get(key, 0) + row.nombre
    return found


def as_csv(rows: Sequence[Compte]) -> str:
    """The table, one line a préfecture, month and cause."""
    written = io.StringIO()
    sheet = csv.DictWriter(written, COLONNES, lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(asdict(row) for row in rows)
    return written.getvalue()


_GROUP: dict[str, Any] = {
    "$group": {
        "_id": {"prefecture": "$prefecture", "mois": {"$substrBytes": ["$debut_date", 0, 7]}, "cause": "$cause"},
        "nombre": {"$sum": 1},
        "en_cours": {"$sum": {"$cond": [{"$gt": ["$fin_date", ""]}, 0, 1]}},
        "jours": {"$sum": "$jours"},
        "jours_max": {"$max": "$jours"},
    }
}


def _lasting(day: date) -> dict[str, Any]:
    """A rupture under way is as long as the days lived until today."""
    began = {"$dateFromString": {"dateString": "$debut_date"}}
    until = {"$dateFromString": {"dateString": day.isoformat()}}
    return {"jours": {"$ifNull": ["$jours", {"$dateDiff": {"startDate": began, "endDate": until, "unit": "day"}}]}}
