"""What a person sent, as she and her préfecture see it: both views compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from chassis import clock
from chassis.mongo import collection_of
from services.deposit.dossier.rules import etats
from services.deposit.dossier.rules.envois import gap
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.store import Ligne

LOT = 500
RECENT_JOURS = 2
_COMPARED = {"envois": 1, "state": 1, "prefecture": 1}


def differences(scope: Sequence[str], *, recent: bool = False) -> dict[str, int]:
    """By demande under way, how many filings, pieces and changes one view holds and the other does not (DEP-29).

    `recent`, for a page: only demandes to which something was sent these last two days, as long as both views hold as
    many; the job compares them all.
    """
    under_way = {"prefecture": {"$in": list(scope)}, "state": {"$in": list(etats.EN_INSTRUCTION)}}
    counts = {collection_of(document).count_documents(under_way) for document in (Demande, Ligne)}
    recent, sent = recent and len(counts) == 1, {}
    if recent:
        sent = {"envoi_date": {"$gte": (clock.today() - timedelta(days=RECENT_JOURS)).isoformat()}}
    found = dict(_find_missing(collection_of(Demande).find(under_way | sent, _COMPARED), Ligne))
    if not recent:
        found |= dict(_find_missing(collection_of(Ligne).find(under_way, _COMPARED), Demande))
    return found


def _find_missing(rows: Iterable[dict[str, Any]], document: type[Any]) -> Iterator[tuple[str, int]]:
    """Each of `rows` that `document` holds otherwise or not at all, with how much is missing there: one at least."""
    for batch in _batches(rows):
        ids = [row["_id"] for row in batch]
        views = {row["_id"]: row for row in collection_of(document).find({"_id": {"$in": ids}}, _COMPARED)}
        for row in batch:
            other = views.get(row["_id"], {})
            missing = gap(row.get("envois", {}), other.get("envois", {}))
            if missing or any(row[name] != other.get(name) for name in ("state", "prefecture")):
                yield row["_id"], max(missing, 1)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, LOT)):
        yield batch
