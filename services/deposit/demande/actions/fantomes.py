"""The ghosts of a person: demandes open on paper only. They stop nothing, and any préfecture closes them (DEP-27)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chassis import clock
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import etats, fantome
from services.deposit.dossier.rules.fantome import Ouverte, Remis
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

LUES_MAX = 50
_LUS = ("reference", "titre_code", "depot_date", "fin_titre_date", "origine", "beneficiaire")


def of_person(usager: Usager) -> list[Demande]:
    """Her demandes under way that are ghosts, the first filed first."""
    under_way = Demande.objects(usager_id=usager.id, state__in=etats.EN_INSTRUCTION).order_by("depot_date")
    read = list(under_way.only(*_LUS).limit(LUES_MAX))
    if not read:
        return []
    given = _handed_over(usager)
    return [demande for demande in read if _is_ghost(demande, given)]


def among(others: Iterable[Demande], usager: Usager) -> list[Demande]:
    """The same, among demandes of hers that were read already."""
    read = list(others)
    given = [*_cards(other for other in read if other.state == etats.REMISE), *_titles(usager)]
    under_way = [other for other in read if other.state in etats.EN_INSTRUCTION and other.depot_date]
    return [other for other in sorted(under_way, key=lambda d: d.depot_date) if _is_ghost(other, given)]


def is_ghost(demande: Demande, usager: Usager) -> bool:
    """Whether this demande is one."""
    return demande.state in etats.EN_INSTRUCTION and _is_ghost(demande, _handed_over(usager))


def _is_ghost(demande: Demande, given: list[Remis]) -> bool:
    today = clock.today()
    brought = bool(demande.origine.get("fantome"))
    seen = Ouverte(brought, demande.titre_code, demande.depot_date, demande.fin_titre_date)
    # A child's demande is not answered by the title of the parent.
    answers = [] if demande.beneficiaire or not demande.titre_code else given
    return fantome.is_ghost(seen, answers, today, cadre().number("P-FANTOME", today))


def _handed_over(usager: Usager) -> list[Remis]:
    done = Demande.objects(usager_id=usager.id, state=etats.REMISE)
    read = done.only("titre_code", "remise_date", "carte", "beneficiaire").limit(LUES_MAX)
    return [*_cards(read), *_titles(usager)]


def _cards(done: Iterable[Demande]) -> list[Remis]:
    return [Remis(d.titre_code, d.remise_date, _end(d)) for d in done if d.remise_date and not d.beneficiaire]


def _titles(usager: Usager) -> list[Remis]:
    cards = [titre for titre in usager.titres if titre.remis and titre.titre_code and titre.debut_date]
    return [Remis(titre.titre_code, titre.debut_date, titre.fin_date) for titre in cards]


def _end(handed_over: Demande) -> date | None:
    end = handed_over.carte.get("fin", "")
    return date.fromisoformat(end) if end else None
