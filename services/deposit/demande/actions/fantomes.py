"""The ghosts of a person: demandes open on paper only. They stop nothing, and any préfecture closes them (DEP-27)."""

from __future__ import annotations

from chassis import clock
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import etats, fantome
from services.deposit.dossier.rules.fantome import Ouverte, Remis
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

LUES_MAX = 50


def of_person(usager: Usager) -> list[Demande]:
    """Her demandes under way that are ghosts, the first filed first."""
    under_way = Demande.objects(usager_id=usager.id, state__in=etats.EN_INSTRUCTION).order_by("depot_date")
    read = list(under_way.only("reference", "titre_code", "depot_date", "origine", "beneficiaire").limit(LUES_MAX))
    if not read:
        return []
    given = _handed_over(usager)
    return [demande for demande in read if _is_ghost(demande, given)]


def is_ghost(demande: Demande, usager: Usager) -> bool:
    """Whether this demande is one."""
    return demande.state in etats.EN_INSTRUCTION and _is_ghost(demande, _handed_over(usager))


def _is_ghost(demande: Demande, given: list[Remis]) -> bool:
    today = clock.today()
    seen = Ouverte(bool(demande.origine.get("fantome")), demande.titre_code, demande.depot_date)
    # A child's demande is not answered by the title of the parent.
    answers = [] if demande.beneficiaire or not demande.titre_code else given
    return fantome.is_ghost(seen, answers, today, cadre().number("P-FANTOME", today))


def _handed_over(usager: Usager) -> list[Remis]:
    done = Demande.objects(usager_id=usager.id, state=etats.REMISE).only("titre_code", "remise_date", "beneficiaire")
    own = [Remis(d.titre_code, d.remise_date) for d in done.limit(LUES_MAX) if d.remise_date and not d.beneficiaire]
    return own + [Remis(t.titre_code, t.debut_date) for t in usager.titres if t.remis and t.titre_code and t.debut_date]
