"""What can be booked in a préfecture, whichever system holds the slots: ours, then each of the others, isolated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import hours
from chassis.mongo import collection_of
from droit.decision import Refused
from personne.joindre import Joignable
from personne.reference import read_reference
from services.pan import inputs
from services.pan.actions import acces, agenda, agendas, lieux
from services.pan.actions.agenda import Reservation
from services.pan.rules import agenda as rules
from services.pan.store import Lieu, RendezVous


@dataclass(frozen=True)
class Offre:
    """A page of free slots, earliest first, and where the next one begins, empty at the end.

    `muets` names the places whose system did not answer: they may have slots too.
    """

    creneaux: Sequence[Mapping[str, Any]]
    muets: Sequence[str] = ()
    suite: str = ""


def offer(
    prefecture: str,
    objet: str,
    *,
    vecteur: str = rules.ACCUEIL,
    du: date | None = None,
    au: date | None = None,
    apres: str = "",
) -> Offre:
    """The free slots of a préfecture for a motive."""
    places = {p["_id"]: p for p in collection_of(Lieu).find({"prefecture": prefecture}, {"outbox": 0}).limit(100)}
    own, suite = agenda.list_creneaux(prefecture, objet, vecteur=vecteur, du=du, au=au, apres=apres)
    views = [_view(slot, places[slot["lieu_id"]]) for slot in own if slot["lieu_id"] in places]
    wanted = [p for p in places.values() if rules.MISSIONS[objet] in p["missions"]]
    return Offre(views, agendas.silent(wanted), suite)


@dataclass(frozen=True)
class Ailleurs:
    """What is left to who finds no slot: where she may walk in, and the nearest reception points that have slots."""

    sans_rendez_vous: Sequence[Mapping[str, Any]]
    voisins: Sequence[Mapping[str, Any]]


NEAREST = 3


def elsewhere(prefecture: str, objet: str) -> Ailleurs:
    """Where to go when nothing is free in a préfecture for this motive (PAN-10)."""
    mission = rules.MISSIONS[objet]
    own = list(collection_of(Lieu).find({"prefecture": prefecture, "missions": mission}, {"outbox": 0}).limit(100))
    walk_in = [p for p in own if not p.get("ferme_date") and lieux.receives_walk_in(p)]
    free = {"alerte_date": None, "ferme_date": None, "creneaux_libres": {"$gt": 0}, "missions": mission}
    others = collection_of(Lieu).find(free | {"prefecture": {"$ne": prefecture}}, {"outbox": 0}).limit(1000)
    near = sorted(others, key=lambda p: min((_distance(p, mine) for mine in own), default=0.0))[:NEAREST]
    return Ailleurs([lieux.public_view(p) for p in walk_in], [lieux.public_view(p) for p in near])


def _distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    return float((one["latitude"] - other["latitude"]) ** 2 + (one["longitude"] - other["longitude"]) ** 2)


def reservation(typed: inputs.PriseDeRendezVous, vecteur: str, parcours_id: str = "") -> Reservation:
    """The booking that was typed; a victim's ways are used only when she says that they are safe."""
    victim = typed.objet == rules.VICTIME
    person = Joignable(nom=typed.nom, telephone=typed.telephone, protege=victim, sans_danger=typed.sans_danger)
    return Reservation(
        objet=typed.objet,
        vecteur=vecteur,
        personne=person,
        creneau_id=typed.creneau_id,
        parcours_id=parcours_id,
        blocage_apporte=read_reference(typed.blocage, "B") if typed.blocage else "",
    )


def book(asked: Reservation, *, by: str, request_id: str) -> RendezVous:
    """Books, in the system that holds the slot."""
    return agenda.book(asked, by=by, request_id=request_id)


def book_for_route(asked: Reservation, *, by: str, request_id: str) -> RendezVous:
    """Books for another service; who already has a live appointment for this motive keeps it, under the convocation."""
    live = agenda.live_of(asked.parcours_id, asked.objet) if asked.parcours_id else None
    if live is not None and live.convocation_id in ("", asked.convocation_id):
        return agenda.bind(live.id, asked.convocation_id, request_id=request_id)
    return book(asked, by=by, request_id=request_id)


def move(rendez_vous_id: str, creneau_id: str, *, by: str, vecteur: str, request_id: str) -> RendezVous:
    """Moves an appointment."""
    return agenda.move(rendez_vous_id, creneau_id, by=by, vecteur=vecteur, request_id=request_id)


def cancel(rendez_vous_id: str, *, par: str, by: str, request_id: str) -> RendezVous:
    """Cancels an appointment."""
    return agenda.cancel(rendez_vous_id, par=par, by=by, request_id=request_id)


def slot_view(rendez_vous: RendezVous) -> dict[str, Any]:
    """The slot of an appointment as others read it."""
    lieu = rendez_vous.lieu or acces.find_lieu(rendez_vous.lieu_id)
    slot = {
        "_id": rendez_vous.creneau_id,
        "lieu_id": lieu.id,
        "debut_time": rendez_vous.debut_time,
        "duree_minutes": rendez_vous.duree_minutes,
    }
    return _view(slot, _named(lieu))


def _named(lieu: Lieu) -> dict[str, Any]:
    return {"nom": lieu.nom, "adresse": list(lieu.adresse), "fuseau": lieu.fuseau}


def _view(slot: Mapping[str, Any], lieu: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": slot["_id"],
        "lieu_id": slot["lieu_id"],
        "lieu_nom": lieu["nom"],
        "adresse": list(lieu["adresse"]),
        "debut_time": slot["debut_time"].isoformat(),
        "debut_local": hours.local(slot["debut_time"], lieu["fuseau"]).isoformat(),
        "fuseau": lieu["fuseau"],
        "duree_minutes": slot["duree_minutes"],
        "lien": slot.get("lien", ""),
    }


def creneau_shown(creneau_id: str) -> dict[str, Any]:
    """One slot, before it is booked. Raises Refused(CRENEAU_INCONNU)."""
    found = agenda.find_slot(creneau_id)
    if found is None:
        raise Refused(rules.CRENEAU_INCONNU)
    return _view(found, _named(acces.find_lieu(found["lieu_id"]))) | {"debut": found["debut_time"]}
