"""An agent answers, asks once more, or ends a ticket; each outgoing says who answers and whom it told (CCC-13)."""

from __future__ import annotations

from chassis import clock, outbox
from chassis.mongo import collection_of, insert_once, raw
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from sejour.ccc.v1 import events_pb2
from services.ccc import inputs
from services.ccc.actions import acces, contacts, saisines
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats
from services.ccc.rules import reponses as rules
from services.ccc.store import Message, Saisine


@outbox.retry_conflicts
def answer(saisine_id: str, reponse: inputs.Reponse, who: Who, *, request_id: str) -> Saisine:
    """Answers what was asked, in words that need no computer skill (CCC-03, CCC-04, CCC-19)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.REPONDRE)
    if outbox.already(saisine, request_id):
        return saisine
    rules.may_act(saisine.state).or_refuse()
    rules.may_answer(
        rules.Projet(reponse.texte, reponse.citation, reponse.capture_vue), _known_to_rule(saisine)
    ).or_refuse()
    rules.may_close(reponse.issue, blocage=False, traite=True).or_refuse()
    texte = wording(reponse)
    entries, message_id = _outgoing(saisine, texte, who)
    _keep(saisine, texte, reponse.citation, message_id, who, request_id=request_id)
    answered = events_pb2.SaisineRepondue(saisine_id=saisine.id)
    saisine.state, saisine.issue, saisine.refus_date = etats.REPONDUE, reponse.issue, None
    if saisine.reponse_date is None:
        saisine.reponse_date = clock.today()
        saisine.reponse_jours = (saisine.reponse_date - saisine.ouverture_date).days
    return outbox.update(
        saisine, Fact("ccc.saisine.repondue", answered, by=who.subject), *entries, request_id=request_id
    )


@outbox.retry_conflicts
def ask_again(saisine_id: str, question: str, who: Who, *, request_id: str) -> Saisine:
    """Asks the person to say it again, at most P-ROUND times; the clock of P-ATT does not wait (CCC-05, CASE-41)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.REPONDRE)
    if outbox.already(saisine, request_id):
        return saisine
    rules.may_act(saisine.state).or_refuse()
    rules.may_reformulate(saisine.reformulations, cadre().number("P-ROUND", saisine.ouverture_date)).or_refuse()
    entries, message_id = _outgoing(saisine, question, who)
    _keep(saisine, question, "", message_id, who, request_id=request_id)
    answered = events_pb2.SaisineRepondue(saisine_id=saisine.id)
    saisine.state = etats.A_PRECISER
    saisine.reformulations += 1
    return outbox.update(
        saisine, Fact("ccc.saisine.repondue", answered, by=who.subject), *entries, request_id=request_id
    )


@outbox.retry_conflicts
def close(saisine_id: str, issue: str, who: Who, *, request_id: str) -> Saisine:
    """Ends a ticket by one of the four duties; a blockage first has to be lifted, attested or routed (CCC-02)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.CLORE)
    if outbox.already(saisine, request_id) or saisine.state == etats.CLOSE:
        return saisine
    treated = saisine.leve or bool(saisine.papiers) or bool(saisine.voie_id)
    rules.may_close(issue, blocage=bool(saisine.blocage_id), traite=treated).or_refuse()
    return saisines.close(saisine, issue, by=who.subject, request_id=request_id)


def wording(reponse: inputs.Reponse) -> str:
    """The text as it is sent: what it answers, then the answer."""
    parts = []
    if reponse.citation:
        parts.append(f"Vous avez écrit : « {reponse.citation} »")
    if reponse.capture_vue:
        parts.append(f"Sur votre image, nous voyons : {reponse.capture_vue}")
    return "\n\n".join([*parts, reponse.texte])


def _known_to_rule(saisine: Saisine) -> rules.Donne:
    said = (
        collection_of(Message).find({"saisine_id": saisine.id, "auteur": etats.DE_LA_PERSONNE}, {"texte": 1}).limit(50)
    )
    words = "\n".join([saisine.precis, *(message.get("texte", "") for message in said)])
    return rules.Donne(words, bool(saisine.captures), saisine.symptome in etats.SANS_ACCES)


def _outgoing(saisine: Saisine, texte: str, who: Who) -> tuple[tuple[Entry, ...], str]:
    champs = {
        "texte": texte,
        "qui_repond": etats.QUI_REPOND,
        "prefecture_informee": bool(saisine.prefecture and saisine.blocage_id) and not saisine.objection,
    }
    return contacts.tell(saisine, "saisine_reponse", champs, by=who.subject)


def _keep(saisine: Saisine, texte: str, citation: str, message_id: str, who: Who, *, request_id: str) -> None:
    message = Message(
        id=outbox.id_for(request_id, "message"),
        saisine_id=saisine.id,
        time=clock.now(),
        jour_date=clock.today(),
        auteur=etats.DU_CENTRE,
        par=who.id,
        texte=texte,
        citation=citation,
        message_id=message_id,
    )
    insert_once(collection_of(Message), raw(message))
