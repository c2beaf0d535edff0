"""The known-bug register: signalled, matched, worked around, escalated at P-BUG, solved; all affected are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from blocage import actions as shared
from blocage import rules as shared_rules
from chassis import clock, due, outbox
from chassis.mongo import collection_of, find
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from droit.jours import add_days
from personne.reference import new_reference
from sejour.ccc.v1 import events_pb2
from services.ccc import inputs
from services.ccc.actions import acces, attestations, bulletins, touchees
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import anomalies as rules
from services.ccc.rules import etats
from services.ccc.store import Anomalie, Blocage, Saisine
from services.ccc.store.registre import NATIONAL

UNSOLVED = touchees.UNSOLVED
REGISTER_MAX = 200


def report(said: inputs.Description, who: Who, *, request_id: str) -> Anomalie:
    """Registers a fault; its age counts from the first day it was met (CCC-12, XCT-17)."""
    acces.require_act(who, acces_rules.SIGNALER)
    titre, demarche = cadre().catalogue.choice(said.objet)
    anomalie = Anomalie(
        id=outbox.id_for(request_id, "anomalie"),
        parcours_id=NATIONAL,
        code=new_reference("A")[: len("A-XXXX")],
        titre=said.titre,
        description=said.description,
        symptome=said.symptome,
        mots=sorted(rules.words(said.titre, said.mots)),
        depuis_date=said.depuis,
        objet=titre or demarche,
        rapprochement="A_FAIRE",
    )
    due.plan(anomalie, age=_too_old_on(said.depuis))
    bulletins.plan_next(clock.today())
    for _ in range(5):
        try:
            return outbox.insert(anomalie, _changed(anomalie, who.subject), request_id=request_id)
        except outbox.Duplicate:
            anomalie.code = new_reference("A")[: len("A-XXXX")]
    raise outbox.Conflict("no code left to draw")


@outbox.retry_conflicts
def revise(code: str, now: inputs.Evolution, who: Who, *, request_id: str) -> Anomalie:
    """Records a workaround, a plan, a technicians’ visit, or the solution, which all affected are told (CCC-12)."""
    acces.require_act(who, acces_rules.REGISTRE_ECRIRE)
    anomalie = access(code)
    if outbox.already(anomalie, request_id):
        return anomalie
    around = now.contournement or anomalie.contournement
    rules.may_become(anomalie.state, now.state, around).or_refuse()
    if now.state in touchees.MODELES and (now.state, around) != (anomalie.state, anomalie.contournement):
        # Everybody is told, and who is recognised later too.
        anomalie.nouvelles += 1
        anomalie.annonce = rules.news(now.state, anomalie.nouvelles)
    anomalie.state, anomalie.contournement = now.state, around
    today = clock.today()
    anomalie.plan, anomalie.soutien = now.plan or anomalie.plan, now.soutien or anomalie.soutien
    if now.visite:
        anomalie.visites = [*anomalie.visites, {"texte": now.visite[:300], "date": today.isoformat()}][-50:]
    if now.state == etats.RESOLUE:
        anomalie.resolue_date, anomalie.solution = today, now.solution
        due.plan(anomalie, age=None)
    return outbox.update(anomalie, _changed(anomalie, who.subject), request_id=request_id)


@outbox.retry_conflicts
def escalate(anomalie_id: str, due_day: date, today: date) -> None:
    """Escalates a fault older than P-BUG: marked for the programme desk, and published as such."""
    anomalie: Anomalie = Anomalie.objects(id=anomalie_id).first()
    anomalie.escalade_date = today
    due.plan(anomalie, age=None)
    outbox.update(anomalie, _changed(anomalie, "systeme", escalade=True), request_id=f"escalade:{due_day.isoformat()}")


@outbox.retry_conflicts
def recognise(saisine_id: str, code: str, who: Who, *, request_id: str) -> Saisine:
    """A ticket of an unsolved fault goes at once to substitution, with its paper (CCC-11, CASE-41, CASE-67).

    Three writes, each repeatable: the ticket, the diagnosis of its blocage, the attestation with the ways.
    """
    saisine = acces.access_saisine(saisine_id, who, acces_rules.RECONNAITRE)
    anomalie = access(code)
    if not outbox.already(saisine, request_id) and saisine.anomalie_code != code:
        saisine.anomalie_code = code
        saisine = outbox.update(saisine, request_id=request_id)
    touchees.touch(code, saisine.parcours_id, saisine.contact_id, saisine.id)
    touchees.announce_again(anomalie)
    if not saisine.blocage_id or not rules.is_unsolved(anomalie.state):
        return saisine
    try:
        shared.diagnose(Blocage, saisine.blocage_id, code, by=who.subject, request_id=f"diagnostic:{request_id}")
    except Refused as refused:
        if refused.motif not in (shared_rules.BLOCAGE_INCONNU, shared_rules.BLOCAGE_TERMINE):
            raise
    if saisine.papiers:
        return saisine
    return attestations.attest(saisine.id, acces.SYSTEME, request_id=f"attestation:{request_id}")


def count_waiting() -> int:
    """How many faults have people still to be found or told."""
    waiting = {"$or": [{"annonce": {"$gt": ""}}, {"rapprochement": {"$gt": ""}}]}
    return collection_of(Anomalie).count_documents(waiting, limit=100)


def pistes(texte: str, symptome: int) -> list[rules.Piste]:
    """The unsolved faults that a ticket resembles, best first (CCC-05)."""
    rows = (
        collection_of(Anomalie)
        .find({"state": {"$in": UNSOLVED}}, {"code": 1, "symptome": 1, "mots": 1})
        .limit(REGISTER_MAX)
    )
    return rules.match(
        texte, symptome, [rules.Connue(a["code"], a["symptome"], frozenset(a.get("mots", ()))) for a in rows]
    )


def access(code: str) -> Anomalie:
    """The fault of this code. Raises Refused(ANOMALIE_INCONNUE)."""
    found = find(Anomalie, code=code.strip().upper())
    if found is None:
        raise Refused(etats.ANOMALIE_INCONNUE)
    return found


def unsolved() -> list[Anomalie]:
    """The unsolved faults, oldest first."""
    return list(Anomalie.objects(state__in=UNSOLVED).order_by("depuis_date").limit(100))


def register(who: Who) -> list[dict[str, Any]]:
    """The register as agents read it: age, people affected, whether it is past P-BUG (XCT-17, NOT-10)."""
    acces.require_act(who, acces_rules.REGISTRE_LIRE)
    today = clock.today()
    p_bug = cadre().number("P-BUG", today)
    solved = list(Anomalie.objects(state=etats.RESOLUE).order_by("-depuis_date").limit(50))
    return [_line(anomalie, today, p_bug) for anomalie in [*unsolved(), *solved]]


def detail(code: str, who: Who) -> dict[str, Any]:
    """One fault, with its plan and the visits of technicians."""
    acces.require_act(who, acces_rules.REGISTRE_LIRE)
    today = clock.today()
    return _line(access(code), today, cadre().number("P-BUG", today))


def _line(anomalie: Anomalie, today: date, p_bug: int) -> dict[str, Any]:
    return {
        "code": anomalie.code,
        "titre": anomalie.titre,
        "description": anomalie.description,
        "symptome": anomalie.symptome,
        "state": anomalie.state,
        "depuis": anomalie.depuis_date,
        "age_jours": ((anomalie.resolue_date or today) - anomalie.depuis_date).days,
        "trop_vieille": rules.is_unsolved(anomalie.state) and rules.is_too_old(anomalie.depuis_date, today, p_bug),
        "personnes": touchees.count(anomalie.code),
        "objet": anomalie.objet,
        "contournement": anomalie.contournement,
        "plan": anomalie.plan,
        "soutien": anomalie.soutien,
        "visites": list(anomalie.visites),
        "solution": anomalie.solution,
        "resolue": anomalie.resolue_date,
    }


def _too_old_on(depuis: date) -> date:
    today = clock.today()
    return max(add_days(depuis, cadre().number("P-BUG", today) + 1), today)


def _changed(anomalie: Anomalie, by: str, *, escalade: bool = False) -> Fact:
    message = events_pb2.AnomalieModifiee(
        code=anomalie.code,
        state=anomalie.state,
        depuis_date=anomalie.depuis_date.isoformat(),
        titre=anomalie.titre,
        contournement=anomalie.contournement,
        escalade=escalade or anomalie.escalade_date is not None,
    )
    return Fact("ccc.anomalie.modifiee", message, by=by)
