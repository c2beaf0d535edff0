"""A handing over that nobody recorded: the person is asked, her answer ends the ghost or calls an agent (DEP-62)."""

from __future__ import annotations

from datetime import date

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from documents.nature import Nature
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order, carry_out
from services.deposit.cadre import cadre
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.actions.notices import Annonce, notice_fact
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import calendrier, settle
from services.deposit.droits.actions.settle import Change
from services.deposit.droits.rules import remise
from services.deposit.instruction.actions import effets
from services.deposit.instruction.actions.instruction import Carte
from services.deposit.instruction.inputs import ReponseRemise

ATTENDUES = (etats.FAVORABLE, etats.TITRE_PRET)


@outbox.retry_conflicts
def ask(demande_id: str, due_date: date, today: date) -> Demande:
    """Nobody recorded the handing over: « avez-vous reçu votre titre ? », by her channel and on her page."""
    demande: Demande = Demande.objects(id=demande_id).first()
    since = calendrier.title_since(demande)
    if since is None:
        return settle.write(demande, request_id=f"remise:{due_date.isoformat()}", today=today)
    demande.remise_question_date = today
    asked = notice_fact(demande, "remise_question", {"disponible_date": since.isoformat()})
    return settle.write(demande, asked, request_id=f"remise:{due_date.isoformat()}", today=today)


@outbox.retry_conflicts
def answer(demande_id: str, reponse: ReponseRemise, who: Who, *, request_id: str) -> Demande:
    """Yes: the handing over is recorded on her word, on the day she gives, with what she reads on the card. No: the
    queue says so, and she is asked again.
    """
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id) or demande.state == etats.REMISE:
        return demande
    if demande.state not in ATTENDUES:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    today, recu, jour = clock.today(), reponse.recu, reponse.jour
    said = {"recu": recu, "date": today.isoformat()}
    demande.remise_reponse = said
    if recu:
        remise.may_note(jour, demande.decision_date, today).or_refuse()
        settle.become(demande, etats.REMISE, today)
        demande.remise_date = jour
        if jour is not None and reponse.fin_date is not None:
            demande.carte = Carte(reponse.numero, reponse.fin_date).stored(jour)
        handed = events_pb2.TitreRemis(demande_id=demande.id, remise_date=demande.remise_date.isoformat())
        fact = Fact("deposit.titre.remis", handed, by=who.subject, private={"remise": said})
    else:
        demande.remise_question_date = today
        changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="TITRE_NON_RECU")
        fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"remise": said})
    done = settle.write(demande, fact, request_id=request_id, today=today, by=who.subject)
    effets.follow(done.id)
    return done


def take_back(demande: Demande, order: Order, motif: str) -> Change:
    """A handing over noted by mistake never was: the attestation that it ended holds again, and goes to the person
    once more (DEP-48, DEP-62).
    """
    today = order.today
    remise.may_take_back(last_day_to_take_back(demande), today).or_refuse()
    before = demande.remise_date.isoformat()
    settle.become(demande, etats.TITRE_PRET if demande.disponible_date else etats.FAVORABLE, today)
    demande.remise_date, demande.remise_question_date, demande.carte = None, today, {}
    demande.remise_reponse = {"recu": False, "date": today.isoformat()}
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="REMISE_ANNULEE")
    undone = {"remise": before, "motif": motif.strip()[:1000]}
    fact = Fact("deposit.demande.modifiee", changed, by=order.who.subject, private={"remise_annulee": undone})
    return Change((fact, *_attestations(demande)))


def take_back_mine(demande_id: str, who: Who, *, request_id: str) -> Demande:
    """« Je n’ai pas mon titre »: the person takes back what was noted of it, by herself or by an agent."""
    order = Order(who, None, request_id, clock.today())
    done = carry_out(lambda d, o: take_back(d, o, "dit par la personne"), acces.ACT, demande_id, order)
    effets.follow(done.id)
    return done


def last_day_to_take_back(demande: Demande) -> date | None:
    """The last day on which its handing over can be taken back; None when none was noted."""
    delay = cadre().number("P-REPRISE-REMISE", demande.state_date)
    return remise.last_day_to_take_back(demande.state, demande.state_date, delay)


def can_take_back(demande: Demande) -> bool:
    """Whether it can be taken back today."""
    return remise.may_take_back(last_day_to_take_back(demande), clock.today()).accepted


def _attestations(demande: Demande) -> list[Annonce]:
    """The attestation de décision favorable, sent again."""
    return [settle.delivery(a) for a in demande.documents if a.nature == Nature.ADF.value]
