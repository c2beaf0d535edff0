"""Consultations: announced with dates and publics, answered once each, closed by the calendar, linked to changes."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, due, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation.actions import experimentations
from services.deposit.concertation.rules import concertations as rules
from services.deposit.concertation.store.concertation import Concertation, ReponseConcertation
from services.deposit.dossier.rules import acces

Question = rules.Question
PUBLICS, PUBLIC_MIN = rules.PUBLICS, rules.PUBLIC_MIN
ORGANISATEURS = ("bureau_national",)
LISTE_MAX = 50


@dataclass(frozen=True)
class Annonce:
    """What is asked, of whom, from which day to which day."""

    titre: str
    texte: str
    publics: tuple[str, ...]
    debut_date: date
    fin_date: date
    questions: tuple[Question, ...]


def announce(asked: Annonce, who: Who, *, request_id: str) -> Concertation:
    """A consultation, published at once and open on its days. Raises Refused."""
    _may_organise(who)
    rules.may_announce(asked.publics, asked.debut_date, asked.fin_date, asked.questions).or_refuse()
    concertation_id = outbox.id_for(request_id, "concertation")
    if asked.fin_date < clock.today():
        raise Refused(rules.CONCERTATION_INVALIDE, champ="fin_date")
    made = Concertation(
        id=concertation_id,
        parcours_id=concertation_id,
        titre=asked.titre.strip()[:200],
        texte=asked.texte.strip()[:4000],
        publics=list(asked.publics),
        questions=[{"libelle": q.libelle, "choix": list(q.choix), "maximum": q.maximum} for q in asked.questions],
        debut_date=asked.debut_date,
        fin_date=asked.fin_date,
        par=who.subject,
    )
    due.plan(made, fin=_after(asked.fin_date))
    return outbox.insert(made, _fact(made, "OUVERTE", who.subject), request_id=request_id)


def answer(concertation_id: str, reponses: Mapping[int, Sequence[int]], who: Who) -> bool:
    """One person's answers; True when this call counted, False when she had answered already: nothing changes then."""
    found, public = one(concertation_id), rules.public_of(who.kind, who.roles)
    rules.may_answer(found.publics, public, found.debut_date, found.fin_date, clock.today()).or_refuse()
    rules.check_answers(questions_of(found), reponses).or_refuse()
    doc = {
        "_id": _key(found.id, who),
        "concertation_id": found.id,
        "public": public,
        "reponses": {str(number): list(chosen) for number, chosen in reponses.items() if chosen},
    }
    return mongo.insert_once(collection_of(ReponseConcertation), doc)


def has_answered(found: Concertation, who: Who) -> bool:
    """Whether this person has answered; only she can ask."""
    return collection_of(ReponseConcertation).find_one({"_id": _key(found.id, who)}, {"_id": 1}) is not None


def may_answer(found: Concertation, who: Who) -> bool:
    """Whether the form is for this person today."""
    public = rules.public_of(who.kind, who.roles)
    return rules.may_answer(found.publics, public, found.debut_date, found.fin_date, clock.today()).accepted


@outbox.retry_conflicts
def close(concertation_id: str, last_day: date, today: date) -> None:
    """After its last day the counts are fixed and published."""
    found = one(concertation_id)
    if found.close_date is not None:
        return
    found.close_date = today
    found.resultats = _count(found)
    due.plan(found, fin=None)
    outbox.update(found, _fact(found, "CLOSE", "systeme"))


@outbox.retry_conflicts
def link_change(
    concertation_id: str, texte: str, experimentation_id: str, who: Who, *, request_id: str
) -> Concertation:
    """What changed because of it: an entry in words, and the experiment that tries it when there is one."""
    _may_organise(who)
    found = one(concertation_id)
    if outbox.already(found, request_id):
        return found
    if found.close_date is None or not texte.strip():
        raise Refused(rules.CHANGEMENT_INVALIDE, champ="texte")
    if experimentation_id:
        experimentations.one(experimentation_id)
    entry = {"jour": clock.today().isoformat(), "texte": texte.strip()[:2000], "experimentation_id": experimentation_id}
    found.changements.append(entry)
    return outbox.update(found, _fact(found, "CHANGEMENT", who.subject), request_id=request_id)


def every() -> list[Concertation]:
    """All, the latest first (at most 50)."""
    return list(Concertation.objects.order_by("-debut_date").limit(LISTE_MAX))


def changes() -> list[tuple[dict[str, str], Concertation]]:
    """The changes that consultations led to, the latest first: the public log of changes."""
    found = [(entry, asked) for asked in every() for entry in asked.changements]
    return sorted(found, key=lambda pair: pair[0]["jour"], reverse=True)


def one(concertation_id: str) -> Concertation:
    """By its identifier. Raises Refused(CONCERTATION_INCONNUE)."""
    found: Concertation | None = Concertation.objects(id=concertation_id).first()
    if found is None:
        raise Refused(rules.CONCERTATION_INCONNUE)
    return found


def questions_of(found: Concertation) -> tuple[Question, ...]:
    """Its questions."""
    return tuple(Question(q["libelle"], tuple(q["choix"]), q["maximum"]) for q in found.questions)


def results(found: Concertation) -> list[dict[str, Any]]:
    """Each question with the count of each choice, in all and per public; empty until it is closed."""
    counts = found.resultats.get("comptes", {})
    return [
        {
            "libelle": question.libelle,
            "lignes": [
                {"choix": choice, "nombres": {group: counts[group][number][place] for group in counts}}
                for place, choice in enumerate(question.choix)
            ],
        }
        for number, question in enumerate(questions_of(found))
        if counts
    ]


def published(found: Concertation) -> dict[str, Any]:
    """A consultation for the API and open data."""
    return {
        "concertation_id": found.id,
        "titre": found.titre,
        "publics": list(found.publics),
        "debut_date": found.debut_date.isoformat(),
        "fin_date": found.fin_date.isoformat(),
        "close_date": found.close_date.isoformat() if found.close_date else None,
        "questions": list(found.questions),
        "participants": found.resultats.get("participants", {}),
        "resultats": results(found),
        "changements": list(found.changements),
    }


def _count(found: Concertation) -> dict[str, Any]:
    """Answers per choice, in all and per public; a public of fewer than PUBLIC_MIN persons is in the total only."""
    questions = questions_of(found)
    totals: dict[str, list[list[int]]] = {}
    people: dict[str, int] = {}
    wanted = {"public": 1, "reponses": 1}
    for row in collection_of(ReponseConcertation).find({"concertation_id": found.id}, wanted):
        for group in ("tous", row["public"]):
            people[group] = people.get(group, 0) + 1
            counts = totals.setdefault(group, [[0] * len(question.choix) for question in questions])
            for number, chosen in row["reponses"].items():
                for choice in chosen:
                    counts[int(number)][choice] += 1
    shown = {group for group, number in people.items() if group == "tous" or number >= rules.PUBLIC_MIN}
    return {
        "participants": {group: people[group] for group in sorted(shown)},
        "comptes": {group: totals[group] for group in sorted(shown)},
    }


def _key(concertation_id: str, who: Who) -> str:
    """A key that is always the same for a person, and from which nobody can find her without our secret."""
    name = f"{who.subject}@{who.structure_id}"
    return hmac.new(cadre().settings.secret, f"avis:{concertation_id}:{name}".encode(), "sha256").hexdigest()


def _after(last_day: date) -> date:
    """Plans the closing for the day after the last day, on which one may still answer."""
    return last_day + timedelta(days=1)


def _may_organise(who: Who) -> None:
    if who.kind != AGENT or not who.has(*ORGANISATEURS):
        raise Refused(acces.ACCES_REFUSE)


def _fact(found: Concertation, objet: str, by: str) -> Fact:
    message = events_pb2.ConcertationModifiee(concertation_id=found.id, objet=objet)
    return Fact("deposit.concertation.modifiee", message, by=by)
