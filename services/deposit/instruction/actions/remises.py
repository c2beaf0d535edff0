"""A handing over that nobody recorded: the person is asked, her answer ends the ghost or calls an agent (DEP-62)."""

from __future__ import annotations

from datetime import date

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import calendrier, settle
from services.deposit.instruction.actions import effets, file_attente
from services.deposit.instruction.actions.instruction import Carte
from services.deposit.instruction.inputs import ReponseRemise

JOUR_DE_REMISE = Motif(
    "JOUR_DE_REMISE",
    "regle-du-service",
    "Ce jour n’est pas possible : un titre se remet après la décision, et pas plus tard qu’aujourd’hui.",
    "Écrivez le jour où vous avez reçu votre titre.",
    Genre.INVALIDE,
)
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
    today = clock.today()
    if reponse.jour is not None and not (demande.decision_date or today) <= reponse.jour <= today:
        raise Refused(JOUR_DE_REMISE, champ="jour")
    said = {"recu": reponse.recu, "date": today.isoformat()}
    demande.remise_reponse = said
    if reponse.recu:
        settle.become(demande, etats.REMISE, today)
        demande.remise_date = reponse.jour or today
        if reponse.fin_date is not None:
            demande.carte = Carte(reponse.numero, reponse.fin_date).stored(demande.remise_date)
        handed = events_pb2.TitreRemis(demande_id=demande.id, remise_date=demande.remise_date.isoformat())
        fact = Fact("deposit.titre.remis", handed, by=who.subject, private={"remise": said})
    else:
        demande.remise_question_date = today
        changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="TITRE_NON_RECU")
        fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"remise": said})
    done = settle.write(demande, fact, request_id=request_id, today=today, by=who.subject)
    file_attente.project(done.id)
    effets.apply(done.id)
    return done
