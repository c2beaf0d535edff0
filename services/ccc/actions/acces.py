"""The guarded accessors: nobody reads or changes a ticket except through one of these."""

from __future__ import annotations

import hmac

from chassis import clock, mongo
from chassis.mongo import find
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from services.ccc.rules import acces as rules
from services.ccc.rules.etats import SAISINE_INCONNUE
from services.ccc.store import Saisine

SYSTEME = Who(kind="service", id="ccc")
# What the edges call the acts of the table of rules.
ACTES = {"LIRE": rules.LIRE, "REPONDRE": rules.REPONDRE, "APPELER": rules.APPELER}


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
    letters = "".join(char for char in typed.upper() if char.isalnum()).removeprefix("C")
    return find(Saisine, reference=f"C-{letters[:4]}-{letters[4:8]}")


def log_reading(saisine: Saisine, who: Who) -> None:
    """Each reading of a ticket by an agent is kept (CCC-16)."""
    mongo.database("ccc")["consultations"].insert_one(
        {"_id": clock.new_id(), "saisine_id": saisine.id, "agent_id": who.id, "time": clock.now()}
    )
