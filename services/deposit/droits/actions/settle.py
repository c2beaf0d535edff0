"""The one door to rights: what an act does to the documents, the clocks and the ruptures of a demande.

An act changes the demande; here it learns what that makes due. Nobody else judges rights: from outside, attestations,
calendrier, ruptures and suspensions are read, and asked for the one paper that an act itself is (a receipt, a paper
made again).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis import due, messages, outbox
from chassis.outbox import Entry
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import attestations, calendrier, ruptures


@dataclass(frozen=True)
class Change:
    """What an act adds to its write beside the demande that it changed: its facts, and what it tells the person.

    `annonce` tells of the act and brings the papers that it gives: one message, not one for each. `settled` False: the
    act touches no right, and nothing is judged again. `mots`: words of the agent that the person reads in her pages.
    """

    entries: tuple[Entry, ...] = ()
    annonce: messages.Notice | None = None
    settled: bool = True
    mots: str = ""


def settle(demande: Demande, change: Change, today: date, *, by: str = "systeme") -> tuple[Entry, ...]:
    """Gives the demande the documents due as the act has changed it, plans its next days, judges its ruptures.

    The answer is every fact and message of the write. `by` "systeme": the documents are given automatically.
    """
    if not change.settled:
        return change.entries
    before = ruptures.before(demande)
    dues = attestations.due(demande, before.dossier, today, by=by, annonce=change.annonce)
    watch = ruptures.watch(demande, before, today)
    next_look = min(filter(None, (dues.next_day, watch.next_day)), default=None)
    remise = calendrier.question_day(demande, today)
    due.plan(demande, droits=next_look, remise=remise, **calendrier.request_days(demande, today))
    return (*change.entries, *dues.entries, *watch.entries)


def write(
    demande: Demande,
    *entries: Entry,
    request_id: str,
    today: date,
    by: str = "systeme",
    annonce: messages.Notice | None = None,
) -> Demande:
    """Settles the demande as the act has changed it, and writes it all at once."""
    return apply(demande, Change(entries, annonce), request_id=request_id, today=today, by=by)


def apply(demande: Demande, change: Change, *, request_id: str, today: date, by: str) -> Demande:
    """Writes a planned change, settled, in one write."""
    return outbox.update(demande, *settle(demande, change, today, by=by), request_id=request_id)


@outbox.retry_conflicts
def examine_droits(demande_id: str, due_date: date, today: date) -> Demande:
    """The rights of this dossier may have changed: gives what is due, plans the next look (DEP-47, DEP-48)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    return write(demande, request_id=f"droits:{due_date.isoformat()}:{today.isoformat()}", today=today)
