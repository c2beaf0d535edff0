"""What other services' facts change here: the ways of a préfecture, tickets, two parcours that become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chassis import outbox
from chassis.inbox import Meta
from chassis.mongo import Aggregate
from droit.catalogue import ROOT
from droit.catalogue.lecture import BadData, Fiche, Lecture
from droit.catalogue.lieu import Lieu, read_lieu
from sejour.ccc.v1.events_pb2 import SaisineOuverte
from sejour.deposit.v1.events_pb2 import ParcoursRattache
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan.actions import lieux, referrals
from services.pan.store import Blocage, Depot, RendezVous, Visite


def prefecture_modifiee(event: PrefectureModifiee, meta: Meta) -> None:
    """Keeps the new ways of a préfecture, and brings its places to them."""
    referrals.remember_rules(event.prefecture, event.depuis_date, event.regles_json, meta)
    table = lieux.read_regles(event.regles_json)
    lieux.renew_from(event.prefecture, table, _places(table))


def _places(table: Mapping[str, Any]) -> list[Lieu]:
    """The places of published rules, by the reader of droit. Raises BadData: the fact is then set aside."""
    lecture = Lecture(ROOT)
    services = {str(s["code"]) for s in table.get("services", [])}
    fiche = Fiche(lecture, "prefecture publiée", {"lieux": _dated(table.get("lieux", []))})
    read = [read_lieu(entry, services) for entry in fiche.tables("lieux")]
    if lecture.faults:
        raise BadData(tuple(lecture.faults))
    return read


def _dated(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """JSON has no dates: those of closed periods are read back."""
    return [
        {**entry, "fermetures": [{**f, "du": _day(f["du"]), "au": _day(f["au"])} for f in entry.get("fermetures", [])]}
        for entry in entries
    ]


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def saisine_ouverte(event: SaisineOuverte, meta: Meta) -> None:
    """Keeps who used the contact centre (PAN-08)."""
    saisine = {"saisine_id": event.saisine_id, "reference": event.reference, "usager_id": event.usager_id}
    referrals.remember_ticket(saisine, meta)


def parcours_rattache(event: ParcoursRattache, meta: Meta) -> None:
    """Two parcours are one person's: what is kept under the old one joins the other (XCT-21)."""
    for document in (Visite, RendezVous, Blocage, Depot):
        for held in document.objects(parcours_id=event.ancien_parcours_id).limit(100):
            _join(document, held.id, event.parcours_id)


@outbox.retry_conflicts
def _join(document: type[Aggregate], held_id: str, parcours_id: str) -> None:
    held: Aggregate = document.objects(id=held_id).first()
    try:
        held.parcours_id = parcours_id
        outbox.update(held)
    except outbox.Duplicate:
        # Both had a live appointment for the same motive: each keeps its own until one is used or cancelled.
        return
