"""Powers over the record: a handing over nobody wrote, a ghost to close, a document to send. Each leaves its trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chassis import clock, messages, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order
from services.deposit.compte.actions import comptes
from services.deposit.demande.actions import fantomes
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.actions.notices import document_fields, notice
from services.deposit.dossier.rules import acces, etats, fantome
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande, DemandePieces
from services.deposit.dossier.store.usager import TitreDetenu, Usager
from services.deposit.droits.actions import attestations, calendrier, settle
from services.deposit.instruction.actions import clotures, instruction
from services.deposit.instruction.inputs import TitreRecu

RIEN_DEMANDE = Motif(
    "RIEN_DEMANDE",
    "regle-du-service",
    "La préfecture ne demande rien sur ce dossier, ou la personne a déjà répondu.",
    "Choisissez une autre demande de la personne, ou attestez le blocage.",
)


def declare_remise(usager_id: str, said: TitreRecu, who: Who, *, request_id: str) -> Usager:
    """« J’ai bien reçu mon titre », on the person's word; the photo goes in any demande (DEP-27)."""
    usager, day = access_usager(usager_id, who, acces.ACT), min(said.jour_date, clock.today())
    return record_remise(usager.id, day, by=who.subject, motif="déclaré par la personne", request_id=request_id)


@outbox.retry_conflicts
def record_remise(usager_id: str, day: date, *, by: str, motif: str, request_id: str) -> Usager:
    """A past title was handed over: that ghost goes, with its day and its trace; another stays (DEP-27, DEP-61)."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    titre = _handed_over(usager, day)
    if titre is not None:
        titre.remis, titre.remise_date = True, day
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="REMISE_ENREGISTREE")
    fact = Fact("deposit.compte.modifie", changed, by=by, private={"motif": f"{day.isoformat()} {motif}"})
    return outbox.update(usager, fact, request_id=request_id)


def _handed_over(usager: Usager, day: date) -> TitreDetenu | None:
    """Which title was handed over on that day: of those that wait, the last that had begun; the last of all else."""
    waiting = [titre for titre in usager.titres if titre.remis is False]
    begun = [titre for titre in waiting if titre.debut_date is None or titre.debut_date <= day]
    return max(begun or waiting, key=lambda titre: (titre.debut_date or date.min, titre.fin_date), default=None)


@outbox.retry_conflicts
def close_ghost(usager_id: str, demande_id: str, who: Who, *, motif: str, request_id: str) -> Demande:
    """Closes a past demande forgotten open, from any préfecture or channel, with the notice of every closing: the
    person is told, may contest, and it can be reopened (DEP-27, DEP-39). Raises Refused for a living demande.
    """
    demande = mongo.find(Demande, id=demande_id, usager_id=usager_id)
    if demande is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    if outbox.already(demande, request_id):
        return demande
    etats.may_become(demande.state, etats.CLOSE).or_refuse()
    fantome.may_close(fantome=fantomes.is_ghost(demande, comptes.usager_by_id(usager_id))).or_refuse()
    today = clock.today()
    fermeture = instruction.Fermeture(
        f"Ancienne demande restée ouverte : {motif.strip()}",
        "Règle de ce service : une demande restée ouverte par oubli est fermée, sans effet sur vos droits.",
        (),
        clotures.recours(today),
    )
    change = instruction.close(demande, Order(who, None, request_id, today), fermeture)
    demande.cloture = demande.cloture | {"fantome": True}
    return settle.apply(demande, change, request_id=request_id, today=today, by=who.subject)


@outbox.retry_conflicts
def send_request_again(demande_id: str, *, by: str, request_id: str) -> Demande:
    """What the préfecture asked and she could not open goes to her again, by her own ways (CCC-10)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    if outbox.already(demande, request_id):
        return demande
    asked = check_request(demande)
    message = settle.run_request(demande, asked, "pieces_demandees")
    return outbox.update(demande, message, request_id=request_id)


def check_request(demande: Demande) -> DemandePieces:
    """What the préfecture waits for on this demande. Raises Refused(RIEN_DEMANDE)."""
    asked = calendrier.open_request(demande)
    if asked is None:
        raise Refused(RIEN_DEMANDE)
    return asked


@outbox.retry_conflicts
def send_document(numero: str, *, by: str, request_id: str) -> Demande:
    """An attestation that cannot be downloaded goes by the person's way and on paper (DEP-58)."""
    demande, attestation = attestations.find(numero)
    if outbox.already(demande, request_id):
        return demande
    pieces = (attestation.attachment,)
    message = notice(demande, "attestation_delivree", document_fields(attestation), pieces=pieces)
    return outbox.update(demande, messages.fact(ALIAS, replace(message, papier=True), by=by), request_id=request_id)
