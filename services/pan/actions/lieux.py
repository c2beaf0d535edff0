"""Places: read from the préfectures' rules, given slots ahead, shown in a directory, closed without losing anybody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chassis import clock, due, outbox
from chassis.mongo import collection_of
from chassis.web.who import Who
from droit.catalogue import lieu as droit_lieu
from services.pan.actions import acces, creneaux
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.rules.acces import FERMER
from services.pan.store import Lieu


def seed() -> int:
    """Creates the places of the préfectures whose rules are written here; production takes no sample. Rerunnable."""
    made = 0
    for prefecture in cadre().catalogue.prefectures(exemples=not cadre().production):
        services = {service.code: service.nom for service in prefecture.services}
        ways = prefecture.substitution
        cadastre = Cadastre(prefecture.code, services, ways.agenda.value, ways.agenda_url)
        made += sum(_store(cadastre, lieu) for lieu in prefecture.lieux)
    return made


@dataclass(frozen=True)
class Cadastre:
    """What a place takes from its préfecture: code, names of its services, the system of its counters."""

    prefecture: str
    services: Mapping[str, str]
    agenda: str
    agenda_url: str


def renew_from(prefecture: str, table: Mapping[str, Any], places: Sequence[droit_lieu.Lieu]) -> None:
    """Brings the places of a préfecture to its published rules; slots already made stay."""
    ways = table.get("substitution", {})
    services = {str(s["code"]): str(s["nom"]) for s in table.get("services", [])}
    cadastre = Cadastre(prefecture, services, ways.get("agenda", creneaux.INTEGRE), ways.get("agenda_url", ""))
    for lieu in places:
        if not _store(cadastre, lieu):
            _renew(lieu.code, values(cadastre, lieu))


def values(cadastre: Cadastre, lieu: droit_lieu.Lieu) -> dict[str, Any]:
    """What is stored of a place. A counter's slots are in the préfecture's own system, a PAN's are ours."""
    guichet = lieu.genre is droit_lieu.Genre.GUICHET
    return {
        "genre": lieu.genre.value,
        "prefecture": cadastre.prefecture,
        "nom": lieu.nom,
        "service": lieu.service,
        "service_nom": cadastre.services.get(lieu.service, ""),
        "adresse": [lieu.adresse, f"{lieu.code_postal} {lieu.ville}"],
        "code_postal": lieu.code_postal,
        "ville": lieu.ville,
        "latitude": lieu.latitude,
        "longitude": lieu.longitude,
        "fuseau": lieu.fuseau,
        "telephone": lieu.telephone,
        "courriel": lieu.courriel,
        "web": lieu.web,
        "missions": [mission.value for mission in lieu.missions],
        "vecteurs": [vecteur.value for vecteur in lieu.vecteurs],
        "sans_rendez_vous": lieu.sans_rendez_vous,
        "guichets": lieu.guichets,
        "duree_minutes": lieu.duree_minutes,
        "agents_formes": lieu.agents_formes,
        "agents_formes_victimes": lieu.agents_formes_victimes,
        "volontaires": lieu.volontaires,
        "horaires": [{"jours": [j.rang for j in h.jours], "de": h.de, "a": h.a} for h in lieu.horaires],
        "fermetures": [
            {"du": f.du_date.isoformat(), "au": f.au_date.isoformat(), "motif": f.motif} for f in lieu.fermetures
        ],
        "agenda": cadastre.agenda if guichet else creneaux.INTEGRE,
        "agenda_url": cadastre.agenda_url if guichet else "",
    }


def _store(cadastre: Cadastre, lieu: droit_lieu.Lieu) -> bool:
    if Lieu.objects(id=lieu.code).first() is not None:
        return False
    place = Lieu(id=lieu.code, parcours_id=lieu.code, **values(cadastre, lieu))
    due.plan(place, creneaux=clock.today())
    outbox.insert(place)
    creneaux.generate(lieu.code, clock.today(), clock.today())
    return True


@outbox.retry_conflicts
def _renew(lieu_id: str, changed: dict[str, Any]) -> None:
    lieu = acces.find_lieu(lieu_id)
    for name, value in changed.items():
        setattr(lieu, name, value)
    outbox.update(lieu)


def directory(departement: str) -> dict[str, Any]:
    """The directory of one département: its places with what people must know, and the services that have no PAN."""
    code = cadre().catalogue.departement(departement).code
    places = list(
        collection_of(Lieu)
        .find({"prefecture": code}, {"outbox": 0, "request_ids": 0})
        .sort([("genre", 1), ("nom", 1)])
        .limit(100)
    )
    return {
        "departement": code,
        "nom": cadre().catalogue.departement(departement).nom,
        "lieux": [public_view(place) for place in places],
        "sans_pan": [service.nom for service in _without_pan(code)],
        "jour": clock.today().isoformat(),
    }


def departements() -> list[tuple[str, str]]:
    """(code, name) of all of them, for lists."""
    return [(d.code, d.nom) for d in cadre().catalogue.departements()]


def public_view(place: Mapping[str, Any]) -> dict[str, Any]:
    """What anybody may know of a place."""
    names = (
        "genre", "prefecture", "nom", "service_nom", "adresse", "latitude", "longitude", "telephone", "courriel", "web",
        "missions", "vecteurs", "sans_rendez_vous", "horaires", "fermetures", "attente_jours", "ferme_motif",
        "repreneur_id", "agents_formes", "volontaires",
    )  # fmt: skip
    today = clock.today()
    seen = {name: place.get(name) for name in names} | {"id": place["_id"], "ferme_date": place.get("ferme_date")}
    # Each PAN also receives without appointment where the recommended rules apply (PAN-03).
    seen["sans_rendez_vous"] = receives_walk_in(place)
    seen["ouvert"] = not place.get("ferme_date") and not rules.is_closed(place.get("fermetures", []), today)
    seen["agent_forme"] = place.get("agents_formes", 0) > 0
    return seen


def receives_walk_in(place: Mapping[str, Any]) -> bool:
    """Whether people may come without appointment today."""
    imposed = place["genre"] == "pan" and cadre().flag("pan-sans-rendez-vous", clock.today())
    return bool(place["sans_rendez_vous"]) or imposed


def _without_pan(code: str) -> tuple[Any, ...]:
    known = {p.code: p for p in cadre().catalogue.prefectures(exemples=not cadre().production)}
    return known[code].services_sans_pan if code in known else ()


@outbox.retry_conflicts
def close(lieu_id: str, motif: str, who: Who, *, request_id: str) -> Lieu:
    """Closes a place; its bookings go to another one of the préfecture and the persons are told (PAN-11)."""
    lieu = acces.access_lieu(lieu_id, who, FERMER)
    if outbox.already(lieu, request_id) or lieu.ferme_date is not None:
        return lieu
    others = collection_of(Lieu).find({"prefecture": lieu.prefecture, "genre": lieu.genre}, {"outbox": 0})
    open_ones = [o for o in others if o["_id"] != lieu_id and not o.get("ferme_date")]
    chosen = rules.replacement(collection_of(Lieu).find_one({"_id": lieu_id}) or {}, open_ones)
    today = clock.today()
    lieu.ferme_date = today
    lieu.ferme_motif = motif
    lieu.repreneur_id = str(chosen["_id"]) if chosen else ""
    due.plan(lieu, creneaux=None, transfert=today)
    return outbox.update(lieu, request_id=request_id)


def read_regles(text: str) -> Mapping[str, Any]:
    """The rules of a préfecture as published: JSON."""
    found: Mapping[str, Any] = json.loads(text)
    return found


def shown(lieu_id: str) -> dict[str, Any]:
    """One place as anybody may see it."""
    acces.find_lieu(lieu_id)
    return public_view(collection_of(Lieu).find_one({"_id": lieu_id}, {"outbox": 0}) or {})


def local(lieu_id: str, instant: datetime) -> datetime:
    """An instant on the clock of the place."""
    return instant.astimezone(ZoneInfo(acces.find_lieu(lieu_id).fuseau))
