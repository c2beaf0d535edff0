"""The guarded accessors: nothing of pan is read or changed by an agent but through one of them."""

from __future__ import annotations

from chassis.mongo import collection_of, find
from chassis.web.who import AGENT, Who
from droit.decision import Genre, Motif, Refused
from services.pan.rules import acces as rules
from services.pan.rules.agenda import RENDEZ_VOUS_INCONNU
from services.pan.rules.depots import DEPOT_INCONNU
from services.pan.rules.visites import VISITE_INCONNUE
from services.pan.store import Depot, Lieu, RendezVous, Visite

LIEU_INCONNU = Motif(
    "LIEU_INCONNU",
    "regle-du-service",
    "Ce lieu d’accueil n’existe pas.",
    "Choisissez-en un dans l’annuaire.",
    Genre.INTROUVABLE,
)


def require_act(who: Who, act: str, prefecture: str) -> None:
    """Raises Refused unless this agent may do that in this préfecture."""
    if who.kind != AGENT:
        raise Refused(rules.ACTE_NON_PERMIS)
    rules.may(who.roles, act, in_scope=who.serves(prefecture)).or_refuse()


def find_lieu(lieu_id: str) -> Lieu:
    """A place, as anybody may read it in the directory."""
    found = find(Lieu, id=lieu_id)
    if found is None:
        raise Refused(LIEU_INCONNU)
    return found


def access_lieu(lieu_id: str, who: Who, act: str) -> Lieu:
    """A place where this agent may do that."""
    lieu = find_lieu(lieu_id)
    require_act(who, act, lieu.prefecture)
    return lieu


def access_visite(visite_id: str, who: Who, act: str) -> Visite:
    """A visit where this agent may do that, once the identity check allows it."""
    found = find(Visite, id=visite_id)
    if found is None:
        raise Refused(VISITE_INCONNUE)
    require_act(who, act, found.prefecture)
    if found.objet == "VICTIME":
        require_act(who, rules.VICTIMES, found.prefecture)
    rules.may_touch_dossier(act, found.identite).or_refuse()
    return found


def access_rendez_vous(rendez_vous_id: str, who: Who, act: str) -> RendezVous:
    """An appointment where this agent may do that."""
    found = find(RendezVous, id=rendez_vous_id)
    if found is None:
        raise Refused(RENDEZ_VOUS_INCONNU)
    require_act(who, act, found.prefecture)
    return found


def access_depot(depot_id: str, who: Who) -> Depot:
    """A dossier that this agent may prepare: same préfecture, trained, identity of the visit still verified."""
    found = find(Depot, id=depot_id)
    if found is None:
        raise Refused(DEPOT_INCONNU)
    access_visite(found.visite_id, who, rules.DEPOSER)
    return found


def lieux_of(who: Who) -> list[dict[str, object]]:
    """The places of the préfectures of an agent, at most a hundred."""
    criteria = (
        {"prefecture": {"$gt": ""}} if "*" in who.prefectures else {"prefecture": {"$in": sorted(who.prefectures)}}
    )
    return list(collection_of(Lieu).find(criteria, {"outbox": 0}).sort([("prefecture", 1), ("genre", 1)]).limit(100))
