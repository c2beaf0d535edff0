"""Documents handed over for a child: the child's alone; the parent is told before each ends (NOT-02, DEP-62)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from chassis import clock, due, outbox
from chassis.outbox import Fact
from personne.nom import same_birth, same_name, same_prenoms
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte.actions import comptes
from services.deposit.compte.actions.titres import NE_RENOUVELLENT_PAS
from services.deposit.dossier.actions import issues
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import TitreEnfant, Usager

ALERTE = "alerte_enfant"
DEMANDES_MAX = 50


@outbox.retry_conflicts
def follow_handing_over(demande: Demande) -> None:
    """The document is kept with its last day, in place of the one that it renews; a handing over taken back takes it
    away. A travel document is not kept: it is renewed by nobody's duty.
    """
    if not (issues.gives_title(demande) or (demande.demarche_code and issues.gives_card(demande))):
        return
    usager = comptes.usager_by_id(demande.usager_id)
    card = demande.carte if demande.state == etats.REMISE else {}
    recorded = any(kept.demande_id == demande.id for kept in usager.titres_enfants)
    if bool(card) == recorded:
        return
    others = [kept for kept in usager.titres_enfants if kept.demande_id != demande.id]
    if card:
        made = TitreEnfant(
            demande_id=demande.id,
            titre_code=issues.granted(demande),
            demarche_code=demande.demarche_code,
            libelle=demande.libelle,
            numero=card["numero"],
            fin_date=date.fromisoformat(card["fin"]),
            enfant=dict(demande.beneficiaire),
        )
        others = [*(kept for kept in others if not _renews(kept, demande)), made]
    usager.titres_enfants = others
    due.plan(usager, **{ALERTE: _next(usager, clock.today())})
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="TITRE_REMIS" if card else "TITRE_RETIRE")
    outbox.update(usager, Fact("deposit.compte.modifie", changed, private={"demande": demande.reference}))


@outbox.retry_conflicts
def alert(usager_id: str, due_date: date, today: date) -> Usager:
    """The parent is told, on the days of P-ALERT, of each child whose renewal nobody has asked for."""
    usager = comptes.usager_by_id(usager_id)
    ending = [kept for kept in usager.titres_enfants if due_date in _days(kept, today)]
    asked = Demande.objects(usager_id=usager.id, state__nin=(*NE_RENOUVELLENT_PAS, etats.REMISE))
    renewing = list(asked.order_by("-cree_date").limit(DEMANDES_MAX)) if ending else []
    entries = [
        comptes.notice_fact(usager, ALERTE, _fields(kept))
        for kept in ending
        if not any(_renews(kept, demande) for demande in renewing)
    ]
    due.plan(usager, **{ALERTE: _next(usager, max(today, due_date))})
    return outbox.update(usager, *entries, request_id=f"{ALERTE}:{due_date.isoformat()}")


def _fields(kept: TitreEnfant) -> dict[str, Any]:
    name = f"{kept.enfant.get('prenoms') or ''} {kept.enfant.get('nom') or ''}".strip()
    return {"libelle": kept.libelle, "enfant": name, "fin_titre_date": kept.fin_date.isoformat()}


def _days(kept: TitreEnfant, today: date) -> list[date]:
    offsets = cadre().catalogue.national.numbers("P-ALERT", today, cadre().position)
    return [kept.fin_date - timedelta(days=offset) for offset in offsets]


def _next(usager: Usager, after: date) -> date | None:
    ahead = [day for kept in usager.titres_enfants for day in _days(kept, after)]
    return min((day for day in ahead if day > after), default=None)


def _renews(kept: TitreEnfant, demande: Demande) -> bool:
    """Whether this demande is for the same child, and for the same document or for that number, lost."""
    if kept.demande_id == demande.id or not _same_child(kept.enfant, demande.beneficiaire):
        return False
    lost = demande.reponses.get("titre_numero", "").strip()
    same = (kept.titre_code, kept.demarche_code) == (issues.granted(demande), demande.demarche_code)
    return lost == kept.numero if lost else same


def _same_child(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return (
        same_name(one.get("nom") or "", other.get("nom") or "")
        and same_prenoms(other.get("prenoms") or "", one.get("prenoms") or "")
        and same_birth(one.get("naissance_date") or "", other.get("naissance_date") or "")
    )
