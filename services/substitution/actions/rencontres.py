"""Who is held in an establishment asks for a visit there, or for an appointment outside; neither is imposed."""

from __future__ import annotations

from datetime import date

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions.acces import access_voie, find_own
from services.substitution.actions.voies import ask_appointment, tell
from services.substitution.rules import acces, rencontres
from services.substitution.rules import voies as rules
from services.substitution.store import Voie


@outbox.retry_conflicts
def ask_visit(typed: inputs.MaVoie, *, request_id: str) -> Voie:
    """A visit in the establishment: the desk of the préfecture reads it, and answers with a day."""
    voie = find_own(typed.reference, typed.nom)
    if outbox.already(voie, request_id) or voie.visite_demandee_date:
        return voie
    rencontres.may_ask(voie.origine, voie.state).or_refuse()
    voie.visite_demandee_date = clock.today()
    return outbox.update(voie, _changed(voie, "VISITE_DEMANDEE", "anonyme"), request_id=request_id)


@outbox.retry_conflicts
def ask_slot(typed: inputs.MaVoie, *, request_id: str) -> Voie:
    """An appointment at the counter, which is given to nobody who is held unless it is asked for."""
    voie = find_own(typed.reference, typed.nom)
    if outbox.already(voie, request_id) or voie.rendez_vous_id:
        return voie
    rencontres.may_ask(voie.origine, voie.state).or_refuse()
    if not voie.prefecture:
        raise Refused(rencontres.PREFECTURE_A_DIRE)
    voie.rendez_vous_essais += 1
    order = ask_appointment(voie, voie.rendez_vous_essais)
    return outbox.update(voie, order, _changed(voie, "RENDEZ_VOUS_DEMANDE", "anonyme"), request_id=request_id)


@outbox.retry_conflicts
def plan_visit(voie_id: str, jour: date, who: Who, *, request_id: str) -> Voie:
    """The day of the visit, told to the person; written again, it moves."""
    voie = access_voie(voie_id, who, acces.RECEVOIR)
    if outbox.already(voie, request_id):
        return voie
    rencontres.may_visit(voie.origine, jour, clock.today()).or_refuse()
    rules.may_become(voie.state, rules.ABOUTIE).or_refuse()
    voie.visite_demandee_date = voie.visite_demandee_date or clock.today()
    voie.visite_date = jour
    champs: dict[str, object] = {
        "reference": voie.reference,
        "jour": jour.isoformat(),
        "etablissement": voie.etablissement or "",
    }
    said = (_changed(voie, "VISITE_PREVUE", who.subject), *tell(voie, "visite_etablissement", champs))
    return outbox.update(voie, *said, request_id=request_id)


def _changed(voie: Voie, objet: str, by: str) -> Fact:
    return Fact("substitution.voie.modifiee", events_pb2.VoieModifiee(voie_id=voie.id, objet=objet), by=by)
