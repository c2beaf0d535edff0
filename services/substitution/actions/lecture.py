"""What the pages read: bounded queues, in an order that each line explains, and one route in its present state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis import clock, commands, event_log, mongo, trials
from chassis.mongo import collection_of
from chassis.trials import Count
from chassis.web.who import Who
from droit.decision import Refused
from personne import protegee
from sejour.substitution.v1 import events_pb2
from services.substitution.actions.acces import access_voie, require_act
from services.substitution.rules import acces
from services.substitution.rules import voies as rules
from services.substitution.store import Dossier, PersonneProtegee, Piece, Voie
from services.substitution.store.voie import PAGE

_LIST = {
    "reference": 1, "state": 1, "origine": 1, "prefecture": 1, "titre_code": 1, "demarche_code": 1, "rang": 1,
    "priorite": 1, "echeance_date": 1, "alerte_date": 1, "retard_date": 1, "rendez_vous_time": 1, "date_protegee": 1,
    "nom": 1, "prenoms": 1, "supervision": 1, "ouverture_date": 1, "demande_id": 1, "fin_droit_date": 1,
    "ordonnances": 1, "refus": 1, "dossiers.depot": 1,
}  # fmt: skip

# A feature that is tried, under the code of its experiment.
PERSONNES_AVANT = "personnes-avant-moi"


def before(voie: Voie) -> Count | None:
    """How many routes of her préfecture go before hers; None once she has an appointment, or where it is not said."""
    if voie.state != rules.OUVERTE or not voie.prefecture:
        return None
    essai = trials.running("substitution", PERSONNES_AVANT, (voie.prefecture,), (voie.titre_code,), clock.today())
    if essai is None:
        return None
    first = {"prefecture": voie.prefecture, "state": rules.OUVERTE, "rang": {"$lt": voie.rang}}
    return trials.count(essai, Voie, first)


def queue(who: Who, after: str = "", since: str = "", state: str = "") -> list[dict[str, Any]]:
    """The routes of this agent's préfectures that wait for somebody: priority first, then the nearest deadline.

    `since`: only those near their deadline (`alerte_date`) or past it (`retard_date`), the longest first.
    `after`: the last line of the page before.
    """
    require_act(who, acces.LIRE)
    criteria: dict[str, Any] = {"prefecture": _scope(who)}
    if since:
        return _since(criteria, since, after)
    criteria["state"] = state if state in rules.FOLLOWING else {"$in": list(rules.OPEN_STATES)}
    criteria["rang"] = {"$gt": after}
    return _page(criteria, "rang")


def near(who: Who) -> int:
    """How many routes of this agent's préfectures come to their deadline with no appointment, or passed it."""
    criteria = {"prefecture": _scope(who), "alerte_date": {"$gt": ""}}
    return collection_of(Voie).count_documents(criteria, limit=PAGE)


def unplaced(who: Who, after: str = "") -> list[dict[str, Any]]:
    """The open routes whose préfecture nobody has said, in the same order: the national desk chooses it."""
    require_act(who, acces.PLACER)
    return _page({"prefecture": "", "state": {"$in": list(rules.OPEN_STATES)}, "rang": {"$gt": after}}, "rang")


def supervision(who: Who, after: str = "") -> list[dict[str, Any]]:
    """The refusals that nobody has reviewed, those repeated first; `after`: the last line of the page before."""
    require_act(who, acces.SUPERVISER)
    criteria: dict[str, Any] = {"supervision": {"$gt": ""}}
    if "*" not in who.prefectures:
        criteria["prefecture"] = _scope(who)
    kind, _, last = after.partition(":")
    if last:
        # MINISTERE comes after A_REVOIR in the order of letters, and first in the list.
        criteria["$or"] = [
            {"supervision": {"$lt": kind, "$gt": ""}},
            {"supervision": kind, "_id": {"$gt": last}},
        ]
    order = [("supervision", -1), ("_id", 1)]
    return list(collection_of(Voie).find(criteria, _LIST).sort(order).limit(PAGE))


def late_everywhere(who: Who, after: str = "") -> list[dict[str, Any]]:
    """The routes past their deadline, in every préfecture, longest first."""
    require_act(who, acces.NATIONAL)
    return _since({}, "retard_date", after)


def show(voie_id: str, who: Who) -> Voie:
    """One route for an agent of its préfecture."""
    return access_voie(voie_id, who, acces.LIRE)


def hides(voie: Voie, dossier: Dossier, who: Who) -> bool:
    """Whether the pieces of this dossier are hidden: those of a protected person, but for who took them in (DEP-08)."""
    taking = dossier.par == who.subject and dossier.depot in ("", "REFUSE")
    return not taking and protegee.is_protected(PersonneProtegee, voie.usager_id)


def piece_of(voie: Voie, cle: str, who: Who) -> Piece | None:
    """A file of this route, or None. Raises Refused(CONTENU_MASQUE)."""
    for dossier in voie.dossiers:
        found: Piece | None = next((piece for piece in dossier.pieces if piece.cle == cle), None)
        if found is not None and hides(voie, dossier, who):
            raise Refused(protegee.CONTENU_MASQUE)
        if found is not None:
            return found
    return None


def awaited(voie: Voie) -> list[dict[str, Any]]:
    """The orders to other services not yet answered: shown as such on the route's page."""
    return commands.pending(mongo.database("substitution"), voie.id)


def history(voie: Voie) -> list[dict[str, Any]]:
    """What was done, oldest first; `objet`: the code of what a change of the route was about."""
    facts = event_log.whole_history(Voie, mongo.database("substitution"), voie.id)
    return [fact | {"objet": _objet(fact)} for fact in facts]


def _objet(fact: Mapping[str, Any]) -> str:
    if fact["subject"] != "substitution.voie.modifiee":
        return ""
    return str(events_pb2.VoieModifiee.FromString(bytes(fact["payload"])).objet)


def _scope(who: Who) -> dict[str, Any]:
    """The préfectures of this agent; those not said yet have a list of their own (`unplaced`)."""
    return {"$gt": ""} if "*" in who.prefectures else {"$in": sorted(who.prefectures)}


def _since(criteria: dict[str, Any], day: str, after: str) -> list[dict[str, Any]]:
    """Those with this day, the longest first; `after`: the day and the identifier of the last of the page before."""
    last, _, last_id = after.partition(":")
    criteria[day] = {"$gt": ""}
    if last_id:
        criteria["$or"] = [{day: {"$gt": last}}, {day: last, "_id": {"$gt": last_id}}]
    return list(collection_of(Voie).find(criteria, _LIST).sort([(day, 1), ("_id", 1)]).limit(PAGE))


def _page(criteria: dict[str, Any], order: str) -> list[dict[str, Any]]:
    return list(collection_of(Voie).find(criteria, _LIST).sort(order, 1).limit(PAGE))
