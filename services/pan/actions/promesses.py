"""What is promised to a person at a reception point: a task of her préfecture, with its day (DEP-63)."""

from __future__ import annotations

from chassis import outbox
from chassis.web.who import Who
from promesse import actions as promesses
from promesse.actions import Concerne
from promesse.inputs import Parole
from services.pan.actions import acces
from services.pan.rules import acces as rules
from services.pan.store import Visite


@outbox.retry_conflicts
def promise(visite_id: str, parole: Parole, who: Who, *, request_id: str) -> Visite:
    """Promises to a person whose identity is checked and whose dossier is joined. Raises Refused."""
    visite = acces.access_visite(visite_id, who, rules.PROMETTRE)
    concerne = Concerne(visite.usager_id, prefecture=visite.prefecture)
    done: Visite = promesses.promise(visite, parole, concerne, who, request_id=request_id)
    return done


@outbox.retry_conflicts
def keep(visite_id: str, promesse_id: str, who: Who, *, request_id: str) -> Visite:
    """Says that it was done."""
    visite = acces.access_visite(visite_id, who, rules.PROMETTRE)
    done: Visite = promesses.keep(visite, promesse_id, who, request_id=request_id)
    return done
