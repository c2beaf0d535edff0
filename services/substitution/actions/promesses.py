"""A convocation or a return promised at the counter: a task of the préfecture, with its day (DEP-63)."""

from __future__ import annotations

from chassis import outbox
from chassis.web.who import Who
from promesse import actions as promesses
from promesse.actions import Concerne
from promesse.inputs import Parole
from services.substitution.actions.acces import access_counter
from services.substitution.rules import acces
from services.substitution.store import Voie


@outbox.retry_conflicts
def promise(voie_id: str, parole: Parole, who: Who, *, request_id: str) -> Voie:
    """Promises to the person of a route, her identity checked. Raises Refused."""
    voie = access_counter(voie_id, who, acces.PROMETTRE)
    concerne = Concerne(voie.usager_id, voie.demande_id, voie.prefecture)
    done: Voie = promesses.promise(voie, parole, concerne, who, request_id=request_id)
    return done


@outbox.retry_conflicts
def keep(voie_id: str, promesse_id: str, who: Who, *, request_id: str) -> Voie:
    """Says that it was done."""
    voie = access_counter(voie_id, who, acces.PROMETTRE)
    done: Voie = promesses.keep(voie, promesse_id, who, request_id=request_id)
    return done
