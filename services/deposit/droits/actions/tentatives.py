"""Which day of filing counts: that of the filing, or of the first attempt that something blocked (DEP-25, XCT-02)."""

from __future__ import annotations

from datetime import date

from mongoengine.queryset.visitor import Q

from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.projections import BlocageConnu
from services.deposit.droits.actions import suspensions
from services.deposit.droits.rules import depot


def first_day(demande: Demande, *elsewhere: date) -> date:
    """The first of the day of filing, the attempts known here, the outages that protect it and the days `elsewhere`."""
    return depot.date_retenue(
        demande.depot_date, [*_blocked(demande), *suspensions.protected_days(demande), *elsewhere]
    )


def _blocked(demande: Demande) -> list[date]:
    """Days of the first blocked attempts known for this person and this act, here or in another channel (DEP-25)."""
    # Whoever was stopped before she had an account is known by her parcours.
    hers = Q(usager_id=demande.usager_id) | Q(parcours_id=demande.parcours_id)
    known = BlocageConnu.objects(hers).only("titre_code", "demarche_code", "demande_id", "premiere_tentative_date")
    since = _last_decided(demande)
    return [
        blocage.premiere_tentative_date
        for blocage in known.limit(200)
        if blocage.premiere_tentative_date
        and (since is None or blocage.premiere_tentative_date > since)
        and (blocage.demande_id in ("", demande.id))
        and (blocage.titre_code in ("", demande.titre_code) and blocage.demarche_code in ("", demande.demarche_code))
    ]


def _last_decided(demande: Demande) -> date | None:
    """The last filing for the same thing that was decided: what blocked it was counted then, and not again."""
    decided = Demande.objects(
        usager_id=demande.usager_id,
        titre_code=demande.titre_code,
        demarche_code=demande.demarche_code,
        state__in=etats.DECIDEES,
        id__ne=demande.id,
    )
    days = [other.depot_date for other in decided.only("depot_date").limit(50) if other.depot_date]
    return max((day for day in days if demande.depot_date is None or day < demande.depot_date), default=None)
