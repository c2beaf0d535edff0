"""Blockages seen by the contact centre: recorded at once, bound to the person once it is known who she is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime

from blocage import actions as shared
from blocage import rules as shared_rules
from blocage.actions import Constat
from chassis import clock, outbox
from chassis.mongo import collection_of, find
from droit.decision import Refused
from personne import joindre
from personne.joindre import Joignable
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1.events_pb2 import DemandeDeposee
from services.ccc.cadre import cadre
from services.ccc.store import Blocage, Injoignable

__all__ = ["Blocage", "attach", "lift", "object_to_copy", "record", "record_vain", "resolve_for"]

KEPT = 50


def record(constat: Constat, *, request_id: str) -> Blocage:
    """A blocage, without asking anyone (CCC-09, CCC-21)."""
    return shared.record(Blocage, constat, request_id=request_id)


def lift(blocage_id: str, *, by: str, request_id: str) -> None:
    """Records that the act can be done again; a blockage that is over stays over."""
    try:
        shared.lift(Blocage, blocage_id, by=by, request_id=request_id)
    except Refused as refused:
        if refused.motif not in (shared_rules.BLOCAGE_TERMINE, shared_rules.BLOCAGE_INCONNU):
            raise


def attach(blocage_id: str, usager_id: str, demande_id: str, *, by: str, request_id: str) -> None:
    """The person is known now: her dates are protected from the first attempt (DEP-25)."""
    # Recorded by another service, which alone may tell more of it.
    with suppress(Refused):
        shared.attach(Blocage, blocage_id, (usager_id, demande_id), by=by, request_id=request_id)


def object_to_copy(blocage_id: str, *, by: str, request_id: str) -> None:
    """Its person does not want her préfecture to see it; one recorded by another service is that service's."""
    with suppress(Refused):
        shared.object_to_copy(Blocage, blocage_id, by=by, request_id=request_id)


@outbox.retry_conflicts
def record_vain(reached_from: str, prefecture: str, days: list[date], *, by: str, request_id: str) -> Injoignable:
    """Counts the vain attempts of a person; at P-ATTEMPTS the centre itself is the blockage (CCC-20, CASE-55)."""
    # One counter for one telephone or mailbox, however it was typed.
    courriel, telephone = joindre.read_either(reached_from, prefecture)
    reached = telephone or joindre.courriel_key(courriel or reached_from)
    key = _key(reached)
    injoignable = find(Injoignable, id=key)
    if injoignable is None:
        injoignable = outbox.insert(
            Injoignable(id=key, parcours_id=outbox.id_for(key, "parcours"), prefecture=prefecture)
        )
    if outbox.already(injoignable, request_id):
        return injoignable
    if injoignable.blocage_id and not _lasts(injoignable.blocage_id):
        # That one is over: what she tries in vain now is another.
        injoignable.tentatives, injoignable.blocage_id, injoignable.blocage_reference = [], "", ""
    injoignable.tentatives = [*injoignable.tentatives, *(day.isoformat() for day in days)][-KEPT:]
    injoignable.prefecture = prefecture or injoignable.prefecture
    if len(injoignable.tentatives) >= cadre().number("P-ATTEMPTS", clock.today()) and not injoignable.blocage_id:
        blocage = _centre_unreachable(injoignable, reached_from, by)
        injoignable.blocage_id, injoignable.blocage_reference = blocage.id, blocage.reference
    return outbox.update(injoignable, request_id=request_id)


@outbox.retry_conflicts
def resolve_vain(number: str, *, by: str, request_id: str) -> None:
    """Somebody answered this caller: what she tried in vain before is over."""
    injoignable = find(Injoignable, id=_key(number))
    if injoignable is None or not injoignable.tentatives or outbox.already(injoignable, request_id):
        return
    if injoignable.blocage_id:
        with suppress(Refused):
            shared.resolve(Blocage, injoignable.blocage_id, by=by, request_id=request_id)
    injoignable.tentatives, injoignable.blocage_id, injoignable.blocage_reference = [], "", ""
    outbox.update(injoignable, request_id=request_id)


def _lasts(blocage_id: str) -> bool:
    blocage = find(Blocage, id=blocage_id)
    return blocage is not None and blocage.state in shared_rules.OPEN_STATES


def _key(reached: str) -> str:
    return hashlib.sha256(f"injoignable\n{reached}".encode()).hexdigest()[:40]


def resolve_for(depots: Sequence[tuple[DemandeDeposee, datetime]], *, by: str) -> None:
    """These persons could file: what had blocked the same title or démarche is over.

    What one met after she filed stays: the fact may be told later than her call.
    """
    usagers = {depot.usager_id for depot, _ in depots}
    criteria = {"usager_id": {"$in": list(usagers)}, "state": {"$in": list(shared_rules.OPEN_STATES)}}
    fields = {"usager_id": 1, "titre_code": 1, "demarche_code": 1, "rencontre_time": 1}
    for found in list(collection_of(Blocage).find(criteria, fields).limit(50 * len(usagers))):
        wanted = (found.get("titre_code", ""), found.get("demarche_code", ""))
        for depot, filed in depots:
            same = wanted in (("", ""), (depot.titre_code, depot.demarche_code))
            if depot.usager_id == found["usager_id"] and same and found.get("rencontre_time", filed) <= filed:
                shared.resolve(Blocage, found["_id"], by=by, request_id=f"depot:{depot.demande_id}:{found['_id']}")


def _centre_unreachable(injoignable: Injoignable, reached: str, by: str) -> Blocage:
    courriel, telephone = joindre.read_either(reached, injoignable.prefecture or "")
    constat = Constat(
        parcours_id=injoignable.parcours_id,
        symptome=blocage_pb2.SYMPTOME_CENTRE_INJOIGNABLE,
        prefecture=injoignable.prefecture,
        jour=clock.today(),
        par=by,
        premiere_tentative=date.fromisoformat(min(injoignable.tentatives)),
        precis=f"Tentatives sans réponse : {len(injoignable.tentatives)}",
        joignable=Joignable(courriel=courriel, telephone=telephone),
    )
    return shared.record(Blocage, constat, request_id=f"injoignable:{injoignable.id}:{injoignable.version}")
