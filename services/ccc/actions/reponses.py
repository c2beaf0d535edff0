"""An agent answers, asks once more, or ends a ticket; each outgoing says who answers and whom it told (CCC-13)."""

from __future__ import annotations

from chassis import outbox
from chassis.mongo import collection_of
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from sejour.ccc.v1 import events_pb2
from services.ccc import inputs
from services.ccc.actions import acces, appels, contacts, fiches, saisines, suites
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
    _check(saisine, reponse.texte, reponse)
    rules.is_duty(reponse.issue).or_refuse()
    if rules.asks(reponse.texte):
        # Whatever it is called, she has to explain again.
        return _ask(saisine, reponse.texte, reponse, who, request_id=request_id)
    texte = answer_in_words(reponse)
    entries, message_id = _outgoing(saisine, texte, who)
    contacts.keep_answer(saisine, texte, message_id, who, citation=reponse.citation, request_id=request_id)
    fact = contacts.answered(saisine, reponse.issue, by=who.subject)
    return outbox.update(saisine, fact, *entries, request_id=request_id)


@outbox.retry_conflicts
def ask_again(saisine_id: str, question: inputs.Question, who: Who, *, request_id: str) -> Saisine:
    """Asks the person to say it again, at most P-ROUND times; the clock of P-ATT does not wait (CCC-05, CASE-41)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.REPONDRE)
    if outbox.already(saisine, request_id):
        return saisine
    _check(saisine, question.question, question)
    return _ask(saisine, question.question, question, who, request_id=request_id)


def most_reformulations(saisine: Saisine) -> int:
    """How often its person may be asked to say it again (P-ROUND)."""
    return cadre().number("P-ROUND", saisine.ouverture_date)


def _check(saisine: Saisine, texte: str, envoi: inputs.Envoi) -> None:
    """An answer and a question are held to one rule. Raises Refused."""
    rules.may_act(saisine.state).or_refuse()
    projet = rules.Projet(texte, envoi.citation, envoi.capture_vue)
    rules.may_answer(projet, _known_to_rule(saisine)).or_refuse()


def _ask(saisine: Saisine, question: str, envoi: inputs.Envoi, who: Who, *, request_id: str) -> Saisine:
    rules.may_reformulate(saisine.reformulations, most_reformulations(saisine)).or_refuse()
    texte = wording(question, envoi)
    entries, message_id = _outgoing(saisine, texte, who)
    contacts.keep_answer(saisine, texte, message_id, who, citation=envoi.citation, request_id=request_id)
    answered = events_pb2.SaisineRepondue(saisine_id=saisine.id)
    saisine.state = etats.A_PRECISER
    saisine.reformulations += 1
    return outbox.update(
        saisine, Fact("ccc.saisine.repondue", answered, by=who.subject), *entries, request_id=request_id
    )


@outbox.retry_conflicts
def close(saisine_id: str, fin: inputs.Cloture, who: Who, *, request_id: str) -> Saisine:
    """Ends a ticket by one of the four duties, if it was done (CCC-02); a blockage that lasts is still attested."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.CLORE)
    if outbox.already(saisine, request_id) or saisine.state == etats.CLOSE:
        return saisine
    done = rules.Traitement(
        blocage=bool(saisine.blocage_id),
        leve=saisine.leve,
        atteste=bool(saisine.papiers),
        repondu=saisine.state == etats.REPONDUE or appels.called_back(saisine),
        anomalie=bool(saisine.anomalie_code),
    )
    rules.may_close(fin.issue, done).or_refuse()
    rules.may_send(fin.mot, _known_to_rule(saisine), "mot").or_refuse()
    return saisines.close(saisine, fin.issue, mot=fin.mot, by=who.subject, request_id=request_id)


def open_again(saisine_id: str, who: Who, *, request_id: str) -> Saisine:
    """Opens a ticket again, one level higher, for a person who says « not solved » on the telephone (CCC-03)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.CLORE)
    return suites.reopen(saisine.id, by=who.subject, request_id=request_id)


def answer_in_words(reponse: inputs.Reponse) -> str:
    """An answer as it is sent, with the card that it carries. Raises Refused(FICHE_INCONNUE)."""
    texte = wording(reponse.texte, reponse)
    return f"{texte}\n\n{fiches.find(reponse.fiche).in_words()}" if reponse.fiche else texte


def wording(texte: str, envoi: inputs.Envoi) -> str:
    """The text as it is sent: what it takes up, then the answer or the question."""
    parts = []
    if envoi.citation:
        parts.append(f"Vous avez écrit : « {envoi.citation} »")
    if envoi.capture_vue:
        parts.append(f"Sur votre image, nous voyons : {envoi.capture_vue}")
    return "\n\n".join([*parts, texte])


def _known_to_rule(saisine: Saisine) -> rules.Donne:
    said = (
        collection_of(Message).find({"saisine_id": saisine.id, "auteur": etats.DE_LA_PERSONNE}, {"texte": 1}).limit(50)
    )
    words = "\n".join([saisine.precis, *(message.get("texte", "") for message in said)])
    return rules.Donne(words, bool(saisine.captures), saisine.symptome in etats.SANS_ACCES)


def _outgoing(saisine: Saisine, texte: str, who: Who) -> tuple[tuple[Entry, ...], str]:
    return contacts.tell(saisine, contacts.REPONSE, {"texte": texte}, by=who.subject)
