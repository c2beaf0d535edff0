"""What a person sent, as she and her préfecture see it: both views compared, and the receipt once they agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any

from chassis import clock, event_log, mongo
from chassis.mongo import collection_of
from chassis.outbox import Entry, Fact
from droit.jours import day_in_words
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.actions import envois
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import etats
from services.deposit.dossier.rules.envois import DEPOT, ENVOIS, gap
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.store import Ligne

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


def receipt(demande: Demande, today: date) -> Iterable[Entry]:
    """The receipt of what came from a person since the view last confirmed something; none when nothing did."""
    since = event_log.history_of(demande, mongo.database(ALIAS), demande.vue_version)
    sent = [
        (code, fact)
        for fact in since
        if (code := envois.code_of(fact)) in ENVOIS and _is_from_person(demande, code, fact)
    ]
    if not sent:
        return ()
    confirmed = events_pb2.ReceptionConfirmee(demande_id=demande.id, demande_version=demande.version)
    lines = [f"{ENVOIS[code].nom} du {day_in_words(date.fromisoformat(fact['day']))}" for code, fact in sent]
    private = {"recus": [fact["_id"] for _code, fact in sent]}
    return (
        Fact("deposit.reception.confirmee", confirmed, private=private),
        notice_fact(demande, "reception_confirmee", {"recus": lines, "reception_date": today.isoformat()}),
    )


def _is_from_person(demande: Demande, code: str, fact: dict[str, Any]) -> bool:
    """Whether it came from the person or her helper; a filing by another channel was brought for her too."""
    return not fact["by"].startswith(("systeme", "agent")) or (code == DEPOT and not demande.origine)
