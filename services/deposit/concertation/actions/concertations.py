"""Consultations: announced with dates and publics, answered once each, closed by the calendar, linked to changes."""

from __future__ import annotations

import hmac
from datetime import date, timedelta
from typing import Any

from chassis import clock, due, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation import inputs
from services.deposit.concertation.actions import experimentations
from services.deposit.concertation.rules import concertations as rules
from services.deposit.concertation.store.concertation import AssociationDuPanel, Concertation, ReponseConcertation
from services.deposit.dossier.actions import structures
from services.deposit.dossier.rules import acces

Question = rules.Question
PUBLICS, PUBLIC_MIN, MOTS_MAX = rules.PUBLICS, rules.PUBLIC_MIN, rules.MOTS_MAX
ORGANISATEURS = ("bureau_national",)
LISTE_MAX = 50
MOTS_LUS = 500


def announce(said: inputs.Concertation, who: Who, *, request_id: str) -> Concertation:
    """A consultation, published at once and open on its days. Raises Refused."""
    _may_organise(who)
    asked = tuple(Question(q.libelle, tuple(q.choix), q.maximum) for q in said.questions)
    rules.may_announce(said.publics, said.debut_date, said.fin_date, asked, said.retour_jours).or_refuse()
    concertation_id = outbox.id_for(request_id, "concertation")
    if said.fin_date < clock.today():
        raise Refused(rules.CONCERTATION_INVALIDE, champ="fin_date")
    made = Concertation(
        id=concertation_id,
        parcours_id=concertation_id,
        titre=said.titre,
        texte=said.texte,
        publics=said.publics,
        questions=[question.model_dump() for question in said.questions],
        debut_date=said.debut_date,
        fin_date=said.fin_date,
        retour_jours=said.retour_jours,
        par=who.subject,
    )
    due.plan(made, fin=_after(said.fin_date))
    return outbox.insert(made, _fact(made, "OUVERTE", who.subject), request_id=request_id)


def answer(concertation_id: str, said: inputs.Reponses, who: Who) -> bool:
    """One person's answers; True when this call counted, False when she had answered already: nothing changes then.

    An association of the panel has one answer, whoever of its members gives it, and its name is kept with it.
    """
    found = one(concertation_id)
    association, reponses = stands_for(found, who), dict(enumerate(said.reponses))
    public = _public(who, association)
    mots = {number: words.strip() for number, words in enumerate(said.mots) if words.strip()}
    rules.may_answer(found.publics, public, found.debut_date, found.fin_date, clock.today()).or_refuse()
    rules.check_answers(questions_of(found), reponses, mots).or_refuse()
    doc = {
        "_id": _key(found, who, association),
        "concertation_id": found.id,
        "public": public,
        "reponses": {str(number): list(chosen) for number, chosen in reponses.items() if chosen},
        "mots": {str(number): words for number, words in mots.items()},
        "association": association.nom if association else "",
    }
    return mongo.insert_once(collection_of(ReponseConcertation), doc)


def has_answered(found: Concertation, who: Who, association: AssociationDuPanel | None) -> bool:
    """Whether this person, or the association that she stands for, has answered; only she can ask."""
    answered = {"_id": _key(found, who, association)}
    return collection_of(ReponseConcertation).find_one(answered, {"_id": 1}) is not None


def may_answer(found: Concertation, who: Who, association: AssociationDuPanel | None) -> bool:
    """Whether the form is for this person today, in her name or in that of her association."""
    public = _public(who, association)
    return rules.may_answer(found.publics, public, found.debut_date, found.fin_date, clock.today()).accepted


@outbox.retry_conflicts
def close(concertation_id: str, last_day: date, today: date) -> None:
    """After its last day the counts are fixed and published; one that recurs is announced again by itself."""
    found = one(concertation_id)
    if found.close_date is not None:
        return
    if found.retour_jours:
        _announce_again(found, today)
    found.close_date = today
    found.resultats = _count(found)
    due.plan(found, fin=None)
    outbox.update(found, _fact(found, "CLOSE", "systeme"))


@outbox.retry_conflicts
def link_change(concertation_id: str, said: inputs.Changement, who: Who, *, request_id: str) -> Concertation:
    """What changed because of it: an entry in words, and the experiment that tries it when there is one."""
    _may_organise(who)
    found = one(concertation_id)
    if outbox.already(found, request_id):
        return found
    if found.close_date is None:
        raise Refused(rules.CHANGEMENT_INVALIDE, champ="texte")
    if said.experimentation_id:
        experimentations.one(said.experimentation_id)
    found.changements.append({"jour": clock.today().isoformat(), **said.model_dump()})
    return outbox.update(found, _fact(found, "CHANGEMENT", who.subject), request_id=request_id)


def enrol(said: inputs.Panel, who: Who) -> AssociationDuPanel:
    """An association enters the panel: the members of its structure stand for it. Raises Refused."""
    _may_organise(who)
    structure = structures.of_id(said.structure_id)
    if structure is None:
        raise Refused(rules.ASSOCIATION_INCONNUE, champ="structure_id")
    doc = {"_id": structure.id, "nom": structure.nom, "depuis_date": clock.today().isoformat(), "par": who.subject}
    mongo.insert_once(collection_of(AssociationDuPanel), doc)
    return panel_of(structure.id) or AssociationDuPanel(**doc)


def may_enrol() -> list[tuple[str, str]]:
    """The active structures that may enter the panel (at most 50)."""
    return structures.active(LISTE_MAX)


def panel() -> list[AssociationDuPanel]:
    """Who stands for usagers, in the order of names (at most 50)."""
    return list(AssociationDuPanel.objects(nom__gt="").order_by("nom").limit(LISTE_MAX))


def panel_of(structure_id: str) -> AssociationDuPanel | None:
    """The association of this structure in the panel."""
    return mongo.find(AssociationDuPanel, id=structure_id) if structure_id else None


def stands_for(found: Concertation, who: Who) -> AssociationDuPanel | None:
    """The association for which this person would answer, where the consultation asks the panel."""
    asked = rules.ASSOCIATION in found.publics
    return panel_of(who.structure_id) if asked and who.kind == rules.AIDANT else None


def words_of(found: Concertation, who: Who) -> dict[int, list[str]]:
    """What was written to each question in words, for who organises; without names but those of associations."""
    _may_organise(who)
    read: dict[int, list[str]] = {}
    wanted = {"mots": 1, "association": 1}
    rows = collection_of(ReponseConcertation).find({"concertation_id": found.id}, wanted).limit(MOTS_LUS)
    for row in rows:
        for number, words in row.get("mots", {}).items():
            name = row.get("association", "")
            read.setdefault(int(number), []).append(f"{name} : {words}" if name else words)
    return read


def every() -> list[Concertation]:
    """All, the latest first (at most 50)."""
    return list(Concertation.objects.order_by("-debut_date").limit(LISTE_MAX))


def changes() -> list[tuple[dict[str, str], Concertation]]:
    """The changes that consultations led to, the latest first: the public log of changes."""
    found = [(entry, asked) for asked in every() for entry in asked.changements]
    return sorted(found, key=lambda pair: pair[0]["jour"], reverse=True)


def one(concertation_id: str) -> Concertation:
    """By its identifier. Raises Refused(CONCERTATION_INCONNUE)."""
    found = mongo.find(Concertation, id=concertation_id)
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


def count_written(found: Concertation) -> list[tuple[str, int]]:
    """Each question in words with how many wrote; the words themselves may name people, and are not published."""
    numbers = found.resultats.get("mots", {})
    asked = enumerate(questions_of(found))
    return [(question.libelle, numbers.get(str(number), 0)) for number, question in asked if not question.choix]


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
        "retour_jours": found.retour_jours,
        "associations": list(found.resultats.get("associations", [])),
        "reponses_en_mots": dict(count_written(found)),
    }


def _count(found: Concertation) -> dict[str, Any]:
    """Answers per choice, in all and per public; a public of fewer than PUBLIC_MIN persons is in the total only."""
    questions = questions_of(found)
    totals: dict[str, list[list[int]]] = {}
    people: dict[str, int] = {}
    names: list[str] = []
    in_words: dict[str, int] = {}
    wanted = {"public": 1, "reponses": 1, "mots": 1, "association": 1}
    for row in collection_of(ReponseConcertation).find({"concertation_id": found.id}, wanted):
        names += [row["association"]] if row.get("association") else []
        for number in row.get("mots", {}):
            in_words[number] = in_words.get(number, 0) + 1
        for group in ("tous", row["public"]):
            people[group] = people.get(group, 0) + 1
            counts = totals.setdefault(group, [[0] * len(question.choix) for question in questions])
            for number, chosen in row["reponses"].items():
                for choice in chosen:
                    counts[int(number)][choice] += 1
    shown = {"tous", *rules.shown_apart(people)} & people.keys()
    return {
        "participants": {group: people[group] for group in sorted(shown)},
        "comptes": {group: totals[group] for group in sorted(shown)},
        "associations": sorted(names),
        "mots": in_words,
    }


def _announce_again(found: Concertation, today: date) -> None:
    """The next round, with the same questions and the same length, after so many days; once, by its identifier."""
    debut = max(found.debut_date + timedelta(days=found.retour_jours), today)
    following = Concertation(
        id=outbox.id_for(found.id, "suivante"),
        parcours_id=outbox.id_for(found.id, "suivante"),
        titre=found.titre,
        texte=found.texte,
        publics=list(found.publics),
        questions=list(found.questions),
        debut_date=debut,
        fin_date=debut + (found.fin_date - found.debut_date),
        retour_jours=found.retour_jours,
        par=found.par,
    )
    due.plan(following, fin=_after(following.fin_date))
    outbox.insert(following, _fact(following, "OUVERTE", "systeme"), request_id=f"suivante:{found.id}")


def _public(who: Who, association: AssociationDuPanel | None) -> str:
    return rules.public_of(who.kind, who.roles, panel=association is not None)


def _key(found: Concertation, who: Who, association: AssociationDuPanel | None) -> str:
    """A key that is always the same for a person, and from which nobody can find her without our secret."""
    name = f"association@{association.id}" if association else f"{who.subject}@{who.structure_id}"
    return hmac.new(cadre().settings.secret, f"avis:{found.id}:{name}".encode(), "sha256").hexdigest()


def _after(last_day: date) -> date:
    """Plans the closing for the day after the last day, on which one may still answer."""
    return last_day + timedelta(days=1)


def _may_organise(who: Who) -> None:
    if who.kind != AGENT or not who.has(*ORGANISATEURS):
        raise Refused(acces.ACCES_REFUSE)


def _fact(found: Concertation, objet: str, by: str) -> Fact:
    message = events_pb2.ConcertationModifiee(concertation_id=found.id, objet=objet)
    return Fact("deposit.concertation.modifiee", message, by=by)
