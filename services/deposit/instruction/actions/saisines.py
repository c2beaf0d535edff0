"""The tickets of the contact centre that are copied to a préfecture, in the queue of its own desk (CCC-14)."""

from __future__ import annotations

from chassis.web.who import Who
from services.deposit.dossier.store.projections import SaisineConnue
from services.deposit.instruction.actions.file_attente import prefectures_of

SHOWN = 20


def copied(who: Who) -> list[SaisineConnue]:
    """The open tickets on a blockage in the préfectures of this agent, oldest first; none kept back by its person."""
    mine = SaisineConnue.objects(state="OUVERTE", copie=True, objection__ne=True, prefecture__in=prefectures_of(who))
    return list(mine.order_by("jour_date").limit(SHOWN))
