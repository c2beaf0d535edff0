"""What is missing or wrong in the directory: said by anybody, it stands on the desk of who can mend it (PAN-01)."""

from __future__ import annotations

from chassis import clock, outbox
from chassis.mongo import find
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import acces
from services.pan.cadre import cadre
from services.pan.rules.acces import CORRIGER
from services.pan.store import Signalement
from services.pan.store.signalement import OUVERT, TRAITE

PAGE = 100
SIGNALEMENT_INCONNU = Motif(
    "SIGNALEMENT_INCONNU",
    "regle-du-service",
    "Ce signalement n’existe pas.",
    "Revenez à la liste des signalements.",
    Genre.INTROUVABLE,
)


def report(departement: str, said: inputs.Signalement, *, request_id: str) -> Signalement:
    """Keeps what somebody says of the directory of a département; nothing of who says it is asked."""
    code = cadre().catalogue.departement(departement).code
    if said.lieu_id and acces.find_lieu(said.lieu_id).prefecture != code:
        raise Refused(acces.LIEU_INCONNU)
    made = Signalement(
        id=outbox.id_for(request_id, "signalement"),
        parcours_id=outbox.id_for(request_id, "parcours"),
        prefecture=code,
        lieu_id=said.lieu_id,
        texte=said.texte,
        recu_date=clock.today(),
    )
    return outbox.insert(made, request_id=request_id)


def waiting(who: Who) -> list[Signalement]:
    """What nobody has answered yet in the préfectures of this agent, the oldest first."""
    acces.require_act(who, CORRIGER, min(who.prefectures, default=""))
    mine = {} if "*" in who.prefectures else {"prefecture__in": sorted(who.prefectures)}
    return list(Signalement.objects(state=OUVERT, **mine).order_by("recu_date").limit(PAGE))


@outbox.retry_conflicts
def settle(signalement_id: str, done: inputs.SuiteDonnee, who: Who, *, request_id: str) -> Signalement:
    """An agent says what was done; the line leaves the desk and stays in the history."""
    found = find(Signalement, id=signalement_id)
    if found is None:
        raise Refused(SIGNALEMENT_INCONNU)
    acces.require_act(who, CORRIGER, found.prefecture)
    if outbox.already(found, request_id) or found.state == TRAITE:
        return found
    found.state, found.suite = TRAITE, done.suite
    found.traite_par, found.traite_date = who.id, clock.today()
    return outbox.update(found, request_id=request_id)
