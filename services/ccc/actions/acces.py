"""The guarded accessors: nobody reads or changes a ticket except through one of these."""

from __future__ import annotations

import hmac
from datetime import timedelta

from chassis import clock, mongo
from chassis.mongo import find
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from personne.reference import read_reference
from services.ccc.rules import acces as rules
from services.ccc.rules.etats import SAISINE_INCONNUE
from services.ccc.store import Blocage, Saisine

OPEN_FOR = timedelta(minutes=10)
SYSTEME = Who(kind="service", id="ccc")
# What the edges call the acts of the table of rules.
ACTES = {"LIRE": rules.LIRE, "REPONDRE": rules.REPONDRE, "APPELER": rules.APPELER, "FICHE_ECRIRE": rules.FICHE_ECRIRE}


def acts_of(who: Who) -> frozenset[str]:
    """What this agent may do to a ticket that she may read: a page shows no form for anything else."""
    return rules.acts_of(who.roles)


def require_act(who: Who, act: str) -> None:
    """Raises Refused unless this agent may do that somewhere."""
    if who.kind != AGENT:
        raise Refused(rules.ACTE_NON_PERMIS)
    rules.may(who.roles, act, in_scope=True).or_refuse()


def access_saisine(saisine_id: str, who: Who, act: str) -> Saisine:
    """The ticket, when this agent may do that on it; the service itself (due work, answers) may do everything."""
    found = find(Saisine, id=saisine_id)
    if found is None:
        raise Refused(SAISINE_INCONNUE)
    if who == SYSTEME:
        return found
    require_act(who, act)
    centre = bool(who.roles & rules.CENTRE_ROLES)
    in_scope = who.serves(found.prefecture) or (centre and not found.prefecture)
    rules.may(who.roles, act, in_scope=in_scope, copied=not found.objection).or_refuse()
    return found


def access_dossier(saisine_id: str, who: Who, act: str) -> Saisine:
    """The same, for what shows or changes a dossier: only once the identity is checked (CCC-15, CCC-16)."""
    saisine = access_saisine(saisine_id, who, act)
    rules.may_touch_dossier(saisine.identite).or_refuse()
    return saisine


def access_suivi(cle: str) -> Saisine:
    """The ticket of whoever holds the secret link. Raises Refused(SAISINE_INCONNUE) for anything else."""
    found = find(Saisine, suivi_cle=cle) if len(cle) >= 20 else None
    if found is None or not hmac.compare_digest(found.suivi_cle, cle):
        raise Refused(SAISINE_INCONNUE)
    return found


def by_reference(typed: str) -> Saisine | None:
    """The ticket of this reference, typed with or without dashes, in any case."""
    return find(Saisine, reference=read_reference(typed, "C"))


def by_answered(message_ids: tuple[str, ...]) -> Saisine | None:
    """The ticket of the first of these messages that we sent; nobody guesses the name of a message (CCC-01)."""
    if not message_ids:
        return None
    sent = mongo.database("ccc")["faits"].find({"prive.message_id": {"$in": list(message_ids)}}, {"aggregate": 1})
    told = {line["aggregate"] for line in sent.limit(len(message_ids))}
    return find(Saisine, id=told.pop()) if len(told) == 1 else None


def by_blocage(typed: str) -> tuple[Saisine | None, Blocage | None]:
    """The ticket that a blocage made, or that brings its reference; and the blocage, where this service recorded it."""
    reference = read_reference(typed, "B")
    blocage = find(Blocage, reference=reference)
    made = find(Saisine, blocage_id=blocage.id) if blocage is not None else None
    return made or find(Saisine, blocage_apporte=reference), blocage


def access_blocage(blocage: Blocage, who: Who) -> Blocage:
    """A blocage without ticket, for an agent of the centre who serves its préfecture. Raises Refused."""
    require_act(who, rules.LIRE)
    centre = bool(who.roles & rules.CENTRE_ROLES)
    in_scope = centre and (who.serves(blocage.prefecture) or not blocage.prefecture)
    rules.may(who.roles, rules.LIRE, in_scope=in_scope).or_refuse()
    return blocage


def opened_by_others(saisine: Saisine, who: Who) -> list[str]:
    """Which other agents opened this ticket in the last minutes: two do not answer one person."""
    since = clock.now() - OPEN_FOR
    recent = {"saisine_id": saisine.id, "time": {"$gte": since}, "agent_id": {"$ne": who.id}}
    found = mongo.database("ccc")["consultations"].find(recent, {"agent_id": 1}).limit(50)
    return sorted({line["agent_id"] for line in found})


def log_reading(saisine: Saisine, who: Who) -> None:
    """Each reading of a ticket by an agent is kept (CCC-16)."""
    mongo.database("ccc")["consultations"].insert_one(
        {"_id": clock.new_id(), "saisine_id": saisine.id, "agent_id": who.id, "time": clock.now()}
    )
