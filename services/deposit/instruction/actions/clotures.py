"""What the end of the delay does: nothing closes by a machine alone, or what a machine closed is undone in one act.

The switch decides (DEP-38): « échéance dépassée » with a reminder and an agent who closes or prolongs, or an automatic
closing that keeps what it changed.
"""

from __future__ import annotations

from datetime import date

from chassis import clock, outbox
from chassis.outbox import Fact
from documents.nature import Nature
from droit.decision import Genre, Motif, Refused
from droit.jours import day_in_words
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order, carry_out
from services.deposit.cadre import cadre
from services.deposit.dossier.actions.acces import SYSTEME
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande, DemandePieces
from services.deposit.droits.actions import calendrier, settle
from services.deposit.droits.actions.settle import Change
from services.deposit.instruction.actions import effets, instruction

PAS_AUTOMATIQUE = Motif(
    "FERMETURE_PAS_AUTOMATIQUE",
    "ddd-2024-12-11",
    "Cette demande n’a pas été fermée par la machine.",
    "Une fermeture faite par un agent se défait par « Rouvrir ».",
    Genre.PRECONDITION,
)
RECOURS_DEMONSTRATION = "Démonstration : voies et délais de recours à compléter par qui exploite le service."


@outbox.retry_conflicts
def remind_pieces(demande_id: str, due_date: date, today: date) -> Demande:
    """A reminder goes before the due day; none while nothing presses, because a clock is stopped (NOT-05, DEP-37)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    request = calendrier.open_request(demande)
    last = calendrier.due_day(demande, request) if request else None
    entries = (calendrier.request_message(demande, request, "pieces_rappel", last),) if request and last else ()
    return settle.write(demande, *entries, request_id=f"rappel:{due_date.isoformat()}", today=today)


def pass_due_day(demande_id: str, due_date: date, today: date) -> Demande:
    """The last day to send pieces is past: an agent is told, or the machine closes where the switch says so."""
    demande: Demande = Demande.objects(id=demande_id).first()
    request = calendrier.open_request(demande)
    # Nothing is closed on a day that an outage took away.
    last = calendrier.past_day(demande, request, today) if request else None
    ways = recours(today)
    if request is None or last is None or demande.state != etats.PIECES_DEMANDEES or not closes_by_itself(request):
        return _tell_agent(demande_id, due_date, today)
    frame = cadre()
    applied = frame.catalogue.national.at("cloture-automatique", request.demande_date, frame.position)
    motif = (
        f"Les pièces demandées le {day_in_words(request.demande_date)} n’ont pas été reçues avant la fin du "
        f"{day_in_words(last)}. La machine a fermé la demande ; un agent peut annuler cette fermeture."
    )
    missing = tuple(code for code in calendrier.still_asked(demande, request) if code)
    fermeture = instruction.Fermeture(motif, applied.regle, missing, ways)
    key = f"cloture:{request.id}:{due_date.isoformat()}"
    order = Order(SYSTEME, fermeture, key, today)
    closed = carry_out(lambda d, o: instruction.close(d, o, o.saisi), acces.DECIDER, demande_id, order)
    effets.follow(closed.id)
    return closed


@outbox.retry_conflicts
def _tell_agent(demande_id: str, due_date: date, today: date) -> Demande:
    """Nothing is closed by the machine: an agent is told that the day is past, the person is reminded (DEP-38)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    request = calendrier.open_request(demande)
    last = calendrier.past_day(demande, request, today) if request else None
    if request is None or last is None:
        return settle.write(demande, request_id=f"echeance:{due_date.isoformat()}", today=today)
    request.depassee = True
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="ECHEANCE_DEPASSEE")
    return settle.write(
        demande,
        Fact("deposit.demande.modifiee", changed, private={"demande_pieces": request.id}),
        calendrier.request_message(demande, request, "echeance_depassee", last),
        request_id=f"echeance:{request.id}",
        today=today,
    )


def automatic(demande: Demande) -> bool:
    """Whether the machine closed this demande, and nobody undid it."""
    return demande.state == etats.CLOSE and (demande.cloture or {}).get("par") == SYSTEME.id


def cancel(demande: Demande, order: Order, motif: str) -> Change:
    """Undoes an automatic closing with all its effects: state, dates, request for pieces, and each document that would
    have been given, without a missing day. The machine does not close it again: an agent prolongs or closes.
    """
    if not automatic(demande):
        raise Refused(PAS_AUTOMATIQUE)
    if not motif.strip():
        raise Refused(instruction.MOTIF_MANQUANT, champ="motif")
    today, request = order.today, calendrier.open_request(demande)
    before = demande.cloture
    demande.state, demande.state_date = etats.PIECES_DEMANDEES, request.demande_date if request else today
    if request is not None:
        request.depassee = True
    settle.withdraw(demande, Nature.CLOTURE)
    demande.cloture = {"annulee": today.isoformat(), "rouverte": today.isoformat(), "automatique": before["date"]}
    reopened = events_pb2.DemandeRouverte(demande_id=demande.id, reouverture_date=today.isoformat())
    undone = {"fermeture": before["date"], "motif": motif.strip()[:1000]}
    fact = Fact("deposit.demande.rouverte", reopened, by=order.who.subject, private={"fermeture_annulee": undone})
    return Change((fact, notice_fact(demande, "demande_rouverte", {"date_retenue": demande.retenue_date.isoformat()})))


def closes_by_itself(request: DemandePieces) -> bool:
    """Whether the machine closes the demande at the end of this delay, in the position that applies to it (DEP-38)."""
    return _automatic(request.demande_date) and bool(recours(clock.today()))


def end_in_words(request_date: date) -> str:
    """What an agent reads of the end of a delay that she opens that day."""
    if _automatic(request_date) and recours(request_date):
        return "Au terme du délai, la machine ferme la demande ; un agent peut annuler cette fermeture en un geste."
    return "Rien n’est fermé à son terme sans un agent."


def _automatic(asked: date) -> bool:
    frame = cadre()
    return frame.catalogue.national.flag("cloture-automatique", asked, frame.position)


def recours(today: date) -> tuple[str, ...]:
    """What the notice prints; nothing closes by itself in production while the operator has not written it (DEP-39)."""
    frame = cadre()
    written = frame.catalogue.national.at("cloture-automatique-recours", today, frame.position).value
    assert isinstance(written, tuple)
    lines = tuple(str(line) for line in written)
    return lines or (() if frame.production else (RECOURS_DEMONSTRATION,))
