"""The rules of a préfecture as they stand today: those published by substitution, else those shipped with droit."""

from __future__ import annotations

from chassis import clock
from droit.catalogue.prefecture import Prefecture
from droit.decision import Refused
from services.deposit.cadre import cadre
from services.deposit.store import PrefectureConnue


def regles(code: str) -> Prefecture | None:
    """The rules in force today, or None for a préfecture that has none written (its national rules then hold)."""
    published = (
        PrefectureConnue.objects(prefecture=code, depuis_date__lte=clock.today()).order_by("-depuis_date").first()
    )
    if published is not None:
        return cadre().catalogue.prefecture_from_json(published.regles)
    try:
        return cadre().catalogue.prefecture(code)
    except Refused:
        return None
