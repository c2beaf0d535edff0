"""Letters: printed with their attachments, posted on a day with a proof, then distributed or returned (NOT-09)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis import clock, outbox
from chassis.mongo import collection_of
from chassis.settings import Settings
from chassis.web.files import FileStore
from chassis.web.who import Who
from documents.contenu import Contenu
from documents.nature import Nature
from documents.rendu import render
from droit.decision import Refused
from services.notify import inputs, rules, store, textes
from services.notify.actions import acces, contacts, preuves
from services.notify.store import Envoi, Message

DISTRIBUE = "distribue"


def queue(who: Who, after: datetime | None = None) -> tuple[list[Envoi], datetime | None]:
    """Letters to print or to post that this agent may see, oldest first, made after this instant; and after which
    instant the next page begins, if there is one.
    """
    acces.check_act("courriers", who)
    found = store.queue(rules.LETTRE, (rules.A_REMETTRE,), after)
    more = found[-1].cree_time if len(found) == store.PAGE else None
    return [envoi for envoi in found if acces.may_see("courriers", envoi.parcours_id, who)], more


def posted(who: Who) -> list[Envoi]:
    """Letters that were posted and whose outcome is not known."""
    acces.check_act("courriers", who)
    found = store.queue(rules.LETTRE, (rules.REMIS,), None)
    return [envoi for envoi in found if acces.may_see("courriers", envoi.parcours_id, who)]


def subjects(envois: Sequence[Envoi]) -> dict[str, str]:
    """What each letter is about, by its message, as the person reads it."""
    asked = {"_id": {"$in": [envoi.message_id for envoi in envois]}}
    return {row["_id"]: row["textes"].get("objet", "") for row in collection_of(Message).find(asked, {"textes": 1})}


@outbox.retry_conflicts
def print_letter(envoi_id: str, who: Who, *, request_id: str) -> Envoi:
    """Fixes what the letter says and to which address: from here on, its words cannot change any more."""
    envoi = acces.access_envoi(envoi_id, "courriers", rules.LETTRE, who)
    if outbox.already(envoi, request_id) or envoi.imprime_date is not None:
        return envoi
    rules.require_state(envoi.state, rules.A_REMETTRE).or_refuse()
    contact = contacts.find(envoi.destinataire_id)
    lines = contacts.addresses(contact).get(rules.LETTRE) if contact is not None and not contact.efface else None
    if contact is None or lines is None or rules.LETTRE not in contacts.ways(contact):
        preuves.mark_echec(envoi_id, "ADRESSE_ABSENTE", definitif=True, by=who.subject)
        raise Refused(rules.ENVOI_PAS_DANS_CET_ETAT)
    if not store.engage(envoi.message_id, rules.PLANIFIE):
        preuves.withdraw(envoi_id, who.subject)
        raise Refused(rules.ENVOI_PAS_DANS_CET_ETAT)
    envoi.imprime_date = clock.today()
    envoi.adresse = lines
    envoi.neutre = contact.protege
    return outbox.update(envoi, request_id=request_id)


def print_job(envoi_id: str, who: Who, settings: Settings) -> bytes:
    """One ZIP to print in order: the letter, then each attachment; a neutral letter attaches nothing (NOT-08)."""
    envoi = acces.access_envoi(envoi_id, "courriers", rules.LETTRE, who)
    rules.require_state("IMPRIME" if envoi.imprime_date else "", "IMPRIME").or_refuse()
    message = Message.objects(id=envoi.message_id).first()
    assert settings.pieces_dir is not None
    files, job = FileStore(settings.pieces_dir), io.BytesIO()
    with zipfile.ZipFile(job, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1-lettre.pdf", letter(envoi, message, settings))
        for rank, piece in enumerate([] if envoi.neutre else message.pieces, start=2):
            with files.open(piece["cle"]) as content:
                archive.writestr(f"{rank}-{piece['nom']}", content.read())
    return job.getvalue()


def letter(envoi: Envoi, message: Message, settings: Settings) -> bytes:
    """The letter as a PDF; the same sending always gives the same paper."""
    words = _neutral(message, settings) if envoi.neutre else None
    objet = words.objet if words else message.textes.get("objet", "")
    corps = words.lettre if words else message.textes.get("lettre") or message.textes.get("corps", "")
    contenu = Contenu(
        nature=Nature.LETTRE,
        numero=envoi.numero,
        emetteur="Séjour" if envoi.neutre else textes.author(message.langue, message.source),
        emis_date=envoi.imprime_date,
        adresse=tuple(envoi.adresse),
        paragraphes=textes.paragraphs(textes.with_secrets(corps, message.champs, settings)),
        extra={"objet": objet},
    )
    return render(contenu)


def _neutral(message: Message, settings: Settings) -> textes.Textes:
    """The neutral words; the link of a lost password is on them, or she could not come back to her account."""
    if message.modele != textes.RECUPERATION:
        return textes.neutral(message.langue)
    lien, fin = (textes.secret_of(message.champs, name, settings) for name in ("lien_poste", "fin_poste_date"))
    return textes.neutral(message.langue, lien, fin)


@outbox.retry_conflicts
def post_letter(envoi_id: str, poste: inputs.Poste, who: Who, *, request_id: str) -> Envoi:
    """A printed letter was handed to the post on a day, with its tracking number where there is one: REMIS."""
    envoi = acces.access_envoi(envoi_id, "courriers", rules.LETTRE, who)
    if outbox.already(envoi, request_id):
        return envoi
    rules.require_state(envoi.state if envoi.imprime_date else "", rules.A_REMETTRE).or_refuse()
    rules.may_post(envoi.imprime_date, poste.poste_date, clock.today()).or_refuse()
    detail = {"suivi": poste.suivi, "par": who.subject}
    return preuves.mark_poste(envoi, poste.poste_date, detail, request_id=request_id, by=who.subject)


def finish_letter(envoi_id: str, fin: inputs.FinCourrier, who: Who, *, request_id: str) -> Envoi:
    """The agent declares what became of a posted letter, with its proof: distributed (DELIVRE) or returned (ECHEC)."""
    envoi = acces.access_envoi(envoi_id, "courriers", rules.LETTRE, who)
    detail: dict[str, Any] = {"declare": fin.preuve, "par": who.subject}
    if fin.issue == DISTRIBUE:
        if envoi.state != rules.DELIVRE:
            rules.require_state(envoi.state, rules.REMIS).or_refuse()
        return preuves.mark_delivre(envoi_id, detail, by=who.subject)
    if envoi.state != rules.ECHEC:
        rules.require_state(envoi.state, rules.REMIS).or_refuse()
        store.refuse_address(rules.LETTRE, "\n".join(envoi.adresse), envoi.destinataire_id, "COURRIER_REVENU")
    return preuves.mark_echec(envoi_id, "COURRIER_REVENU", definitif=True, by=who.subject)
