"""What the calendar makes due on a route: its deadline without appointment, a new slot, a court's deadline."""

from __future__ import annotations

from datetime import date

from chassis import clock, due, outbox
from chassis.mongo import find
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions.acces import access_voie
from services.substitution.actions.suites import give_back, reopen_for_slot
from services.substitution.actions.voies import ask_appointment, no_longer_late, rank
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import voies as rules
from services.substitution.store import Ordonnance, Voie

ORDONNANCE_INCONNUE = Motif(
    "ORDONNANCE_INCONNUE",
    "regle-du-service",
    "Cette décision de justice n’est pas enregistrée sur cette voie.",
    "Regardez la liste de ses décisions.",
    Genre.INTROUVABLE,
)


def warn(voie_id: str, day: date, today: date) -> None:
    """Warns the préfecture: P-SUB is near and no appointment has been given (SUB-19)."""
    _late(voie_id, "psub_alerte", day, depassee=False)


def pass_deadline(voie_id: str, day: date, today: date) -> None:
    """P-SUB has come without appointment: told to the préfecture and to the national desk, until one is given."""
    _late(voie_id, "psub", day, depassee=True)


@outbox.retry_conflicts
def ask_again(voie_id: str, day: date, today: date) -> None:
    """Asks for a slot again, under another request: there was none yesterday."""
    voie = find(Voie, id=voie_id)
    if voie is None or not _waits(voie, "rendez_vous", day):
        return
    entries = (ask_appointment(voie, voie.rendez_vous_essais),) if voie.state == rules.OUVERTE else ()
    due.plan(voie, rendez_vous=None)
    outbox.update(voie, *entries)


@outbox.retry_conflicts
def after_appointment(voie_id: str, day: date, today: date) -> None:
    """The day after an appointment at which no dossier was received: the route stays open and a new slot is asked."""
    voie = find(Voie, id=voie_id)
    if voie is None or not _waits(voie, "lendemain", day):
        return
    if voie.state == rules.CONVOQUEE:
        voie.echeance_date = max(voie.echeance_date, today)
        # pan, perhaps not awake yet, would hold the one that she missed against the next.
        gone, key = give_back(voie.rendez_vous_id), f"{voie.id}:lendemain:{day.isoformat()}"
        reopen_for_slot(voie, gone, by="systeme", request_id=key, missed=True)
    else:
        due.plan(voie, lendemain=None)
        outbox.update(voie)


@outbox.retry_conflicts
def pass_ordonnance(voie_id: str, day: date, today: date) -> None:
    """A court's deadline is near or past, its order not carried out: préfecture and national desk are told."""
    voie = find(Voie, id=voie_id)
    if voie is None or not _waits(voie, "ordonnance", day):
        return
    open_orders = [o.echeance_date for o in voie.ordonnances if o.executee_date is None]
    to_come = [_order_day(echeance, today) for echeance in open_orders if echeance > today]
    entries = (_en_retard(voie, depassee=any(e <= today for e in open_orders)),) if open_orders else ()
    if open_orders:
        voie.retard_date = voie.retard_date or today.isoformat()
    due.plan(voie, ordonnance=min(to_come, default=None))
    outbox.update(voie, *entries)


@outbox.retry_conflicts
def record_order(voie_id: str, decision: inputs.DecisionDeJustice, who: Who, *, request_id: str) -> Voie:
    """Records what a court asked, with its deadline; it is never a condition of anything (SUB-18)."""
    voie = access_voie(voie_id, who, acces.ORDONNER)
    if outbox.already(voie, request_id):
        return voie
    order = Ordonnance(
        id=outbox.id_for(request_id, "ordonnance"),
        juridiction=decision.juridiction,
        numero=decision.numero,
        jour_date=decision.jour,
        echeance_date=decision.echeance,
    )
    today = clock.today()
    echeance = max(min(voie.echeance_date, decision.echeance), today)
    voie.ordonnances.append(order)
    plan = {"ordonnance": min(_order_day(o.echeance_date, today) for o in voie.ordonnances if o.executee_date is None)}
    if voie.state == rules.OUVERTE:
        jours = cadre().number("P-SUB-ALERTE", today)
        plan |= {"psub": echeance, "psub_alerte": rules.warning_day(echeance, today, jours)}
    voie.priorite = True
    voie.echeance_date = echeance
    voie.rang = rank(True, echeance, voie.id)
    due.plan(voie, **plan)
    return outbox.update(voie, _changed(voie, "ORDONNANCE", who), request_id=request_id)


@outbox.retry_conflicts
def carry_out(voie_id: str, ordonnance_id: str, who: Who, *, request_id: str) -> Voie:
    """Says that what the court asked was done."""
    voie = access_voie(voie_id, who, acces.ORDONNER)
    if outbox.already(voie, request_id):
        return voie
    found = next((o for o in voie.ordonnances if o.id == ordonnance_id), None)
    if found is None:
        raise Refused(ORDONNANCE_INCONNUE)
    found.executee_date = clock.today()
    left = [_order_day(o.echeance_date, clock.today()) for o in voie.ordonnances if o.executee_date is None]
    if not left and not (voie.state == rules.OUVERTE and voie.echeance_date <= clock.today()):
        no_longer_late(voie)
    due.plan(voie, ordonnance=min(left, default=None))
    return outbox.update(voie, _changed(voie, "ORDONNANCE_EXECUTEE", who), request_id=request_id)


@outbox.retry_conflicts
def _late(voie_id: str, kind: str, day: date, *, depassee: bool) -> None:
    voie = find(Voie, id=voie_id)
    if voie is None or not _waits(voie, kind, day):
        return
    due.plan(voie, **{kind: None})
    if voie.state != rules.OUVERTE:
        outbox.update(voie)
        return
    today = clock.today()
    voie.alerte_date = voie.alerte_date or today.isoformat()
    if depassee:
        voie.retard_date = voie.retard_date or today.isoformat()
    outbox.update(voie, _en_retard(voie, depassee=depassee))


def _en_retard(voie: Voie, *, depassee: bool) -> Fact:
    late = events_pb2.VoieEnRetard(voie_id=voie.id, prefecture=voie.prefecture or "", depassee=depassee)
    return Fact("substitution.voie.en_retard", late)


def _waits(voie: Voie, kind: str, day: date) -> bool:
    """Whether this very due day still stands: another replica may have done it."""
    return any(e["kind"] == kind and e["date"] == day.isoformat() for e in voie.due_dates)


def _order_day(echeance: date, today: date) -> date:
    return rules.order_day(echeance, today, cadre().number("P-ORDONNANCE-ALERTE", today))


def _changed(voie: Voie, objet: str, who: Who) -> Fact:
    changed = events_pb2.VoieModifiee(voie_id=voie.id, objet=objet)
    return Fact("substitution.voie.modifiee", changed, by=who.subject)
