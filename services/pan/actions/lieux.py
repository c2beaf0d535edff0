"""Places: read from the préfectures' rules, given slots ahead, shown in a directory, closed without losing anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from chassis import clock, due, hours, outbox
from chassis.mongo import collection_of, raw
from chassis.outbox import Fact
from droit.catalogue import lieu as droit_lieu
from droit.catalogue.lieu import Jour
from droit.catalogue.prefecture import Prefecture
from prefecture import actions as prefectures
from prefecture.modalites import days_in_words
from sejour.pan.v1 import events_pb2
from services.pan.actions import acces, capacites, creneaux, referrals
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.store import Lieu, PrefectureConnue

BATCH, PLACES_MAX = 50, 4000
AJOUTE, CHANGE, FERME, ROUVERT = "AJOUTE", "CHANGE", "FERME", "ROUVERT"
# What people go by: helpers are told when one of these changes (PAN-01).
_TOLD = (
    "nom", "adresse", "telephone", "courriel", "web", "missions", "vecteurs", "sans_rendez_vous", "horaires",
    "fermetures", "accessibilite", "ferme_date",
)  # fmt: skip


def seed() -> int:
    """Creates the places of the préfectures whose rules are shipped; production takes no sample. Rerunnable."""
    return sum(_store(rules, lieu) for rules in prefectures.shipped(cadre()) for lieu in rules.lieux)


def begun() -> dict[str, Any]:
    """Published rules that have begun and that places do not follow yet."""
    return {"a_suivre": True, "depuis_date": {"$lte": clock.today().isoformat()}}


def unfollowed() -> int:
    """How many published rules have begun that places do not follow yet."""
    return collection_of(PrefectureConnue).count_documents(begun(), limit=BATCH)


def follow_rules() -> int:
    """Brings places to the published rules that have begun; those of a later day wait for it. Returns how many."""
    kept = collection_of(PrefectureConnue)
    found = list(kept.find(begun(), {"prefecture": 1}).sort("depuis_date", 1).limit(BATCH))
    for version in found:
        rules = referrals.rules_in_force(version["prefecture"])
        if rules is not None:
            _renew_from(rules)
        kept.update_one({"_id": version["_id"]}, {"$set": {"a_suivre": False}})
    return len(found)


def _renew_from(rules: Prefecture) -> None:
    for lieu in rules.lieux:
        if not _store(rules, lieu):
            _renew(lieu.code, values(rules, lieu))


def values(rules: Prefecture, lieu: droit_lieu.Lieu) -> dict[str, Any]:
    """What is stored of a place. A counter's slots are in the préfecture's own system, a PAN's are ours."""
    ways, outside = rules.substitution, lieu.genre is droit_lieu.Genre.GUICHET
    return {
        "genre": lieu.genre.value,
        "prefecture": rules.code,
        "nom": lieu.nom,
        "service": lieu.service,
        "service_nom": next(service.nom for service in rules.services if service.code == lieu.service),
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
        # Slots of ours are booked on our page as well, whatever else the place announces.
        "vecteurs": list(dict.fromkeys([*(v.value for v in lieu.vecteurs), *(() if outside else ("web",))])),
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
        "accessibilite": asdict(lieu.accessibilite),
        "agenda": ways.agenda.value if outside else creneaux.INTEGRE,
        "agenda_url": ways.agenda_url if outside else "",
    }


def _store(rules: Prefecture, lieu: droit_lieu.Lieu) -> bool:
    if Lieu.objects(id=lieu.code).first() is not None:
        return False
    place = Lieu(id=lieu.code, parcours_id=lieu.code, **values(rules, lieu))
    due.plan(place, creneaux=clock.today())
    outbox.insert(place, *changed(place, AJOUTE))
    creneaux.generate(lieu.code, clock.today(), clock.today())
    capacites.count(lieu.code)
    return True


@outbox.retry_conflicts
def _renew(lieu_id: str, renewed: dict[str, Any]) -> None:
    lieu = acces.find_lieu(lieu_id)
    before = told_of(lieu)
    for name, value in renewed.items():
        setattr(lieu, name, value)
    lieu.a_suivre = True
    # Days that are now closed give their bookings to another place.
    due.plan(lieu, transfert=clock.today())
    outbox.update(lieu, *changed(lieu, CHANGE, before=before))
    creneaux.follow(lieu_id)


def told_of(lieu: Lieu) -> dict[str, Any]:
    """What people go by of a place, to compare with what it becomes."""
    stored = raw(lieu)
    return {name: stored.get(name) for name in _TOLD}


def changed(lieu: Lieu, objet: str, by: str = "systeme", before: Mapping[str, Any] | None = None) -> tuple[Fact, ...]:
    """What the directory now says of a place, for those to whom it is sent; nothing where it says what it said before.

    A counter of the préfecture is no reception point.
    """
    if lieu.genre == droit_lieu.Genre.GUICHET.value or before == told_of(lieu):
        return ()
    said = events_pb2.LieuModifie(lieu_id=lieu.id, prefecture=lieu.prefecture, nom=lieu.nom, objet=objet)
    return (Fact("pan.lieu.modifie", said, by=by),)


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
        "sans_pan": _without_pan(code, referrals.rules_in_force(code), _open_services(places)),
        "jour": clock.today().isoformat(),
    }


def _open_services(places: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(p.get("service", "") for p in places if p["genre"] == "pan" and not p.get("ferme_date"))


def name_of(departement: str) -> str:
    """The name of a département."""
    return cadre().catalogue.departement(departement).nom


def open_pans(departement: str) -> list[dict[str, Any]]:
    """The reception points of a département that receive people."""
    found = directory(departement)["lieux"]
    return [place for place in found if place["genre"] != "guichet" and place["ouvert"]]


def hours_in_words(place: Mapping[str, Any]) -> list[str]:
    """When a place is open, in words for a message: « du lundi au jeudi de 9 h à 12 h (heure de La Réunion) »."""
    days = list(Jour)
    return [
        f"{days_in_words([days[rank] for rank in line['jours']])} {hours.opening_in_words(line['de'], line['a'])}"
        f"{hours.zone_note(place['fuseau'])}"
        for line in place["horaires"] or ()
    ]


def departements() -> list[tuple[str, str]]:
    """(code, name) of all of them, for lists."""
    return [(d.code, d.nom) for d in cadre().catalogue.departements()]


def public_view(place: Mapping[str, Any]) -> dict[str, Any]:
    """What anybody may know of a place."""
    names = (
        "genre", "prefecture", "nom", "service_nom", "adresse", "latitude", "longitude", "telephone", "courriel", "web",
        "fuseau", "missions", "vecteurs", "sans_rendez_vous", "horaires", "fermetures", "attente_jours", "ferme_motif",
        "creneaux_libres", "jours_libres", "alerte_date",
        "repreneur_id", "agents_formes", "volontaires", "accessibilite",
    )  # fmt: skip
    today = today_at(place["fuseau"])
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


def _without_pan(code: str, rules: Prefecture | None, open_services: frozenset[str]) -> list[str]:
    """The services for foreigners of a préfecture that have no open PAN; itself, where it published nothing."""
    if rules is None:
        return [] if open_services else [prefectures.name(code, None, cadre())]
    return [service.nom for service in rules.services if service.code not in open_services]


def without_pan() -> list[tuple[str, str, list[str]]]:
    """(code, name, services without a PAN) of each département that lacks one, in the whole country (PAN-01)."""
    kept = referrals.all_rules_in_force()
    shown = {"genre": 1, "prefecture": 1, "service": 1, "ferme_date": 1}
    places: dict[str, list[dict[str, Any]]] = {}
    for place in collection_of(Lieu).find({"prefecture": {"$gt": ""}, "genre": "pan"}, shown).limit(PLACES_MAX):
        places.setdefault(place["prefecture"], []).append(place)
    found = [
        (d.code, d.nom, _without_pan(d.code, kept.get(d.code), _open_services(places.get(d.code, ()))))
        for d in cadre().catalogue.departements()
    ]
    return [line for line in found if line[2]]


def lieu_shown(lieu_id: str) -> dict[str, Any]:
    """One place as anybody may see it."""
    acces.find_lieu(lieu_id)
    return public_view(collection_of(Lieu).find_one({"_id": lieu_id}, {"outbox": 0}) or {})


def today_at(fuseau: str) -> date:
    """The day that a place is in now: its desk, its queue and its opening follow its own clock."""
    return hours.local(clock.legal_now(), fuseau).date()
