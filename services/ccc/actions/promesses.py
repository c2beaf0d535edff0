"""What the contact centre promises to a person, to call her back for one: a task of her préfecture (DEP-63)."""

from __future__ import annotations

from chassis import outbox
from chassis.web.who import Who
from promesse import actions as promesses
from promesse.actions import Concerne
from promesse.inputs import Parole
from services.ccc.actions import acces
from services.ccc.rules import acces as acces_rules
from services.ccc.store import Saisine


@outbox.retry_conflicts
def promise(saisine_id: str, parole: Parole, who: Who, *, request_id: str) -> Saisine:
    """Promises to a person whose identity is checked. Raises Refused."""
    saisine = acces.access_dossier(saisine_id, who, acces_rules.APPELER)
    concerne = Concerne(saisine.usager_id, saisine.demande_id, saisine.prefecture)
    done: Saisine = promesses.promise(saisine, parole, concerne, who, request_id=request_id)
    return done


@outbox.retry_conflicts
def keep(saisine_id: str, promesse_id: str, who: Who, *, request_id: str) -> Saisine:
    """Says that it was done."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.APPELER)
    done: Saisine = promesses.keep(saisine, promesse_id, who, request_id=request_id)
    return done
