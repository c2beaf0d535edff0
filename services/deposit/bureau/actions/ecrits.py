"""A message of an agent and what it promises: words that promise are a task with its day (DEP-63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import clock, outbox
from chassis.web.who import Who
from promesse.rules import GENRES, may_promise
from services.deposit.bureau import inputs
from services.deposit.engagement.actions import promesses
from services.deposit.engagement.rules.promesses import AUCUNE, message_promises
from services.deposit.instruction.actions import corrections

if TYPE_CHECKING:
    from services.deposit.dossier.store.echange import Echange

PROMESSES = [(AUCUNE, "Rien n’est promis"), *GENRES.items()]


def may_write(typed: inputs.Texte) -> None:
    """Raises Refused when its words promise something and no day is given."""
    message_promises(typed.texte, typed.promesse, jour=typed.jour is not None).or_refuse()
    parole = _promised(typed)
    if parole is not None:
        may_promise(parole.genre, parole.echeance, clock.today()).or_refuse()


def write(demande_id: str, typed: inputs.Texte, who: Who, *, request_id: str) -> Echange:
    """Sends the message; what it promises is a task, made under a name that a repeat gives again."""
    may_write(typed)
    echange = corrections.write_message(demande_id, typed.texte, who, request_id=request_id)
    parole = _promised(typed)
    if parole is not None:
        promesses.make(demande_id, parole, who, request_id=outbox.id_for(request_id, "promesse"))
    return echange


def _promised(typed: inputs.Texte) -> promesses.Parole | None:
    if typed.promesse in ("", AUCUNE) or typed.jour is None:
        return None
    return promesses.Parole(typed.promesse, typed.jour, typed.texte[:500])
