"""The guarded accessors: nobody reaches a demande or a person except through these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from mongoengine.queryset.visitor import Q

from chassis import clock, mongo
from chassis.mongo import collection_of
from chassis.web.who import AGENT, AIDANT, USAGER, Who
from droit.decision import Refused
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.projections import BlocageConnu, ParcoursJoint
from services.deposit.dossier.store.usager import Mandat, Usager

ACT, READ = acces.ACT, acces.READ
HOLDER, MANDATES, BLOCAGES = "usager", "mandats", "blocages"
MANDATS_MAX, JOINTS_MAX, BLOCAGES_MAX = 20, 50, 200
SYSTEME = Who(kind="service", id="deposit")


def _read(demande_id: str) -> Demande | None:
    return mongo.find(Demande, id=demande_id)


def usager_of(demande: Demande) -> Usager:
    """The holder of the account, read once for an act."""
    found = demande.once(HOLDER, lambda: mongo.find(Usager, id=demande.usager_id))
    assert found is not None, demande.id
    return found


def running(day: date) -> dict[str, Any]:
    """Which mandates are in force on a day."""
    return {"debut_date": {"$lte": day.isoformat()}, "fin_date": {"$gte": day.isoformat()}, "revoque_date": None}


def mandates(demande: Demande) -> list[Mandat]:
    """The mandates in force that the person gave, read once for an act (at most MANDATS_MAX)."""
    hers = running(clock.today()) | {"usager_id": demande.usager_id}
    return demande.once(MANDATES, lambda: list(Mandat.objects(__raw__=hers).limit(MANDATS_MAX)))


def blocages(demande: Demande) -> list[BlocageConnu]:
    """The blocages of the person of this demande, read once for an act: who was stopped before she had an account is
    known by her parcours, and by those that joined it since.
    """

    def read() -> list[BlocageConnu]:
        taken_in = ParcoursJoint.objects(parcours_ids=demande.parcours_id).only("id").limit(JOINTS_MAX)
        parcours = [demande.parcours_id, *(joint.id for joint in taken_in)]
        hers = Q(usager_id=demande.usager_id) | Q(parcours_id__in=parcours)
        return list(BlocageConnu.objects(hers).limit(BLOCAGES_MAX))

    return demande.once(BLOCAGES, read)


def access_demande(
    demande_id: str, who: Who, act: str = acces.READ, read: Callable[[str], Demande | None] = _read
) -> Demande:
    """The demande, when `who` may do `act` on it. A demande out of reach is unknown, not forbidden, to a person."""
    found = read(demande_id)
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    check(found.usager_id, found.prefecture, who, act)
    return found


def reach_demande(demande_id: str, who: Who, act: str = acces.READ) -> None:
    """The same guard without reading the whole demande, for a caller that then reads something else."""
    found = collection_of(Demande).find_one({"_id": demande_id}, {"usager_id": 1, "prefecture": 1})
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    check(found["usager_id"], found.get("prefecture", ""), who, act)


def access_usager(usager_id: str, who: Who, act: str = acces.READ) -> Usager:
    """The person, when `who` may do `act` for her. Raises Refused."""
    found = mongo.find(Usager, id=usager_id)
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    check(found.id, found.prefecture, who, act)
    if who.kind == USAGER:
        check_open(found)
    return found


def check_open(usager: Usager) -> None:
    """Raises Refused(COMPTE_GELE), which says the way out, when her account is frozen."""
    if usager.gele:
        raise Refused(acces.COMPTE_GELE)


def check(usager_id: str, prefecture: str, who: Who, act: str) -> None:
    """Raises Refused unless `who` is the holder, a helper with a mandate in force, or an agent in scope with a role."""
    if who.kind == "service":
        return
    if who.kind == USAGER:
        if who.id != usager_id:
            raise Refused(etats.DEMANDE_INCONNUE)
        # Hers is not frozen: it would have no session, as the request that speaks for her has just read.
        acces.may(frozenset({acces.TITULAIRE}), act, in_scope=True).or_refuse()
    elif who.kind == AIDANT:
        _not_frozen(usager_id)
        mandated = mandat_of(who.structure_id, usager_id, clock.today(), act) is not None
        acces.may(frozenset({acces.AIDANT}), act, in_scope=mandated).or_refuse()
    elif who.kind == AGENT:
        acces.may(who.roles, act, in_scope=who.serves(prefecture)).or_refuse()
    else:
        raise Refused(etats.DEMANDE_INCONNUE)


def mandat_of(structure_id: str, usager_id: str, day: date, act: str = acces.READ) -> Mandat | None:
    """The widest mandate in force on `day` whose scope holds `act`, or None: a second adds to the first (XCT-05)."""
    running = Mandat.objects(
        usager_id=usager_id,
        structure_id=structure_id,
        portee=act,
        debut_date__lte=day,
        fin_date__gte=day,
        revoque_date=None,
    )
    return max(running.limit(MANDATS_MAX), key=width, default=None)


def width(mandat: Mandat) -> tuple[int, date]:
    """What orders mandates: how much is allowed, then for how long."""
    return len(mandat.portee), mandat.fin_date


def _not_frozen(usager_id: str) -> None:
    """A disputed account reads, downloads and files nothing until identity is checked (DEP-06)."""
    if collection_of(Usager).find_one({"_id": usager_id, "gele": True}, {"_id": 1}) is not None:
        raise Refused(acces.COMPTE_GELE)
