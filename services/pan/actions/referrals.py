"""Where a person may be sent next, from what is known of her tickets, and the ways of her préfecture in full words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock
from chassis.inbox import Meta
from chassis.mongo import collection_of, insert_once
from services.pan.actions import lieux
from services.pan.cadre import cadre
from services.pan.store import Lieu, PrefectureConnue, SaisineConnue


def ccc_used(parcours_id: str, usager_id: str = "") -> bool:
    """Whether this person already asked the contact centre something (PAN-08)."""
    known = collection_of(SaisineConnue)
    if parcours_id and known.find_one({"parcours_id": parcours_id}, {"_id": 1}):
        return True
    return bool(usager_id and known.find_one({"usager_id": usager_id}, {"_id": 1}))


def remember_ticket(saisine: dict[str, str], meta: Meta) -> None:
    """Projects an opened ticket."""
    insert_once(
        collection_of(SaisineConnue),
        {
            "_id": saisine["saisine_id"],
            "version": meta.version,
            "reference": saisine["reference"],
            "usager_id": saisine["usager_id"],
            "parcours_id": meta.parcours,
            "ouverte_date": meta.day.isoformat(),
        },
    )


def remember_rules(prefecture: str, depuis_date: str, regles: str, meta: Meta) -> None:
    """Projects the rules of a préfecture; a later version of the same day replaces, an older one changes nothing."""
    known = collection_of(PrefectureConnue)
    key = f"{prefecture}:{depuis_date}"
    new = {"prefecture": prefecture, "depuis_date": depuis_date, "regles": regles, "version": meta.version}
    if not insert_once(known, {"_id": key, **new}):
        known.update_one({"_id": key, "version": {"$lt": meta.version}}, {"$set": new})


@dataclass(frozen=True)
class Modalites:
    """The ways of a préfecture on a day, as a desk tells them."""

    nom: str
    convocation_par_pan: bool
    voies: tuple[tuple[str, str], ...]


def modalites(prefecture: str, day: date | None = None) -> Modalites:
    """The ways in force: as substitution published them, else those of droit, else the counters that we know."""
    today = day or clock.today()
    published = collection_of(PrefectureConnue).find_one(
        {"prefecture": prefecture, "depuis_date": {"$lte": today.isoformat()}}, sort=[("depuis_date", -1)]
    )
    if published is not None:
        return _of_json(prefecture, dict(lieux.read_regles(published["regles"])))
    samples = {p.code: p for p in cadre().catalogue.prefectures(exemples=not cadre().production)}
    if prefecture in samples:
        found = samples[prefecture]
        ways = found.substitution
        told = {
            "nom": found.nom,
            "substitution": {
                "telephone": ways.telephone,
                "courriel": ways.courriel,
                "courrier": {"ouverte": ways.courrier.ouverte, "adresse": ways.courrier.adresse},
                "courriel_depot": {"ouverte": ways.courriel_depot.ouverte, "adresse": ways.courriel_depot.adresse},
                "convocation_par_pan": ways.convocation_par_pan,
            },
        }
        return _of_json(prefecture, told)
    return _of_json(prefecture, {})


def _of_json(prefecture: str, regles: dict[str, Any]) -> Modalites:
    ways = regles.get("substitution", {})
    counters = collection_of(Lieu).find({"prefecture": prefecture, "genre": "guichet"}, {"outbox": 0}).limit(10)
    voies = [
        ("Guichet", f"{c['nom']}, {', '.join(c['adresse'])}{_phone(c.get('telephone', ''))}")
        for c in counters
        if not c.get("ferme_date") and "depot" in c["missions"]
    ]
    post, mail = ways.get("courrier", {}), ways.get("courriel_depot", {})
    if post.get("ouverte"):
        voies.append(("Courrier", post["adresse"]))
    if mail.get("ouverte"):
        voies.append(("Courriel", mail["adresse"]))
    if ways.get("telephone"):
        voies.append(("Rendez-vous par téléphone", ways["telephone"]))
    nom = str(regles.get("nom") or _departement(prefecture))
    return Modalites(nom, bool(ways.get("convocation_par_pan")), tuple(voies))


def _phone(telephone: str) -> str:
    return f", {telephone}" if telephone else ""


def _departement(prefecture: str) -> str:
    names = dict(lieux.departements())
    return f"Préfecture : {names.get(prefecture, prefecture)}"
