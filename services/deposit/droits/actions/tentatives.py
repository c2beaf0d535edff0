"""Which day of filing counts: that of the filing, or of the first attempt that something blocked (DEP-25, XCT-02)."""

from __future__ import annotations

from datetime import date

from services.deposit.dossier.actions import acces
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import ailleurs, suspensions
from services.deposit.droits.rules import depot


def first_day(demande: Demande, *elsewhere: date) -> date:
    """The first of the day of filing, the attempts known here, the outages that protect it and the days `elsewhere`."""
    return depot.date_retenue(
        demande.depot_date, [*_blocked(demande), *suspensions.protected_days(demande), *elsewhere]
    )


def _blocked(demande: Demande) -> list[date]:
    """Days of the first blocked attempts known for this person and this act, here or in another channel (DEP-25)."""
    blocages = [
        blocage
        for blocage in acces.blocages(demande)
        if blocage.titre_code in ("", demande.titre_code) and blocage.demarche_code in ("", demande.demarche_code)
    ]
    since = _last_decided(demande)
    other_acts = _other_acts(demande, {blocage.demande_id for blocage in blocages} - {"", demande.id})
    return [
        blocage.premiere_tentative_date
        for blocage in blocages
        if blocage.premiere_tentative_date
        and (since is None or blocage.premiere_tentative_date > since)
        and blocage.demande_id not in other_acts
    ]


def _other_acts(demande: Demande, ids: set[str]) -> set[str]:
    """Those of these demandes that are another act: filed, or begun for another person. A draft that something stopped
    and another for the same thing are one attempt, dropped or not.
    """
    read = Demande.objects(id__in=sorted(ids)).only("depot_date", "beneficiaire") if ids else ()
    return {other.id for other in read if other.depot_date or other.beneficiaire != demande.beneficiaire}


def _last_decided(demande: Demande) -> date | None:
    """The last filing of this person for the same thing that was decided: what blocked it was counted then, and not
    again.
    """
    same = (demande.titre_code, demande.demarche_code)
    days = [
        other.depot_date
        for other in ailleurs.demandes(demande)
        if other.depot_date and other.state in etats.DECIDEES and (other.titre_code, other.demarche_code) == same
    ]
    return max((day for day in days if demande.depot_date is None or day < demande.depot_date), default=None)
