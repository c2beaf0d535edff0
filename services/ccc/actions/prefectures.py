"""The ways of a préfecture that need no computer, and the lists that a person chooses from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis.inbox import Meta
from chassis.mongo import collection_of, insert_once
from droit.catalogue.prefecture import Prefecture
from droit.decision import Refused
from sejour.substitution.v1 import events_pb2
from services.ccc.cadre import cadre
from services.ccc.store import PrefectureConnue


@dataclass(frozen=True)
class Modalites:
    """A préfecture on a day: its name, and each way as (name, where and how)."""

    nom: str
    voies: tuple[tuple[str, str], ...]

    @property
    def lignes(self) -> list[str]:
        """One sentence each, as a message lists them."""
        return [f"{libelle} : {texte}" for libelle, texte in self.voies]


def modalites(prefecture: str, day: date) -> Modalites:
    """The ways in force on `day` (CCC-08): counter, hours, telephone, post, e-mail; else the national page."""
    found = _regles(prefecture, day) if prefecture else None
    if found is None:
        place = f"{cadre().settings.public_url}/substitution/"
        text = f"Au guichet, sans condition. Où et quand : {place}, ou demandez-le au centre de contact."
        return Modalites(nom_of(prefecture), (("Guichet de votre préfecture", text),))
    ways, voies = found.substitution, []
    for lieu in found.guichets:
        hours = ", ".join(f"{_jours(h.jours)} {h.de}–{h.a}" for h in lieu.horaires)
        place = f"{lieu.adresse}, {lieu.code_postal} {lieu.ville}"
        phone = f", téléphone {lieu.telephone}" if lieu.telephone else ""
        voies.append((lieu.nom, f"{place}{phone}. Horaires : {hours or 'à demander'}."))
    vecteurs = ", ".join(vecteur.value.replace("_", " ") for vecteur in ways.vecteurs)
    voies.append(("Rendez-vous", f"{vecteurs}{f' ({ways.telephone})' if ways.telephone else ''}"))
    if ways.courrier.ouverte:
        voies.append(("Courrier, sans autre accord", ways.courrier.adresse))
    if ways.courriel_depot.ouverte:
        voies.append(("Courriel, sans autre accord", ways.courriel_depot.adresse))
    return Modalites(found.nom, tuple(voies))


def nom_of(prefecture: str) -> str:
    """The préfecture in words."""
    names = {d.code: d.nom for d in cadre().catalogue.departements()}
    if prefecture in names:
        return f"Préfecture : {names[prefecture]} ({prefecture})"
    return "Préfecture de votre lieu de résidence"


def departements() -> list[tuple[str, str]]:
    """Every département, to choose from."""
    return [(d.code, f"{d.code} {d.nom}") for d in cadre().catalogue.departements()]


def is_prefecture(code: str) -> bool:
    """Whether a département has this code."""
    return any(d.code == code for d in cadre().catalogue.departements())


def demarches() -> list[tuple[str, str]]:
    """Every title and démarche, to choose from."""
    cat = cadre().catalogue
    return [(t.code, t.libelle) for t in cat.titres()] + [(d.code, d.libelle) for d in cat.demarches()]


def split(code: str) -> tuple[str, str]:
    """(title, démarche) of one choice; nothing for what the catalogue does not hold."""
    cat = cadre().catalogue
    if any(t.code == code for t in cat.titres()):
        return code, ""
    return ("", code) if any(d.code == code for d in cat.demarches()) else ("", "")


def libelle_of(titre_code: str, demarche_code: str) -> str:
    """What is asked for, in words."""
    return dict(demarches()).get(titre_code or demarche_code, "")


def remember(event: events_pb2.PrefectureModifiee, meta: Meta) -> None:
    """Projects the rules of a préfecture; an older version changes nothing."""
    known, key = collection_of(PrefectureConnue), f"{event.prefecture}:{event.depuis_date}"
    new = {
        "prefecture": event.prefecture,
        "depuis_date": event.depuis_date,
        "regles": event.regles_json,
        "version": meta.version,
    }
    if not insert_once(known, {"_id": key, **new}):
        known.update_one({"_id": key, "version": {"$lt": meta.version}}, {"$set": new})


def _regles(prefecture: str, day: date) -> Prefecture | None:
    published = collection_of(PrefectureConnue).find_one(
        {"prefecture": prefecture, "depuis_date": {"$lte": day.isoformat()}}, sort=[("depuis_date", -1)]
    )
    if published is not None:
        return cadre().catalogue.prefecture_from_json(published["regles"])
    try:
        found = cadre().catalogue.prefecture(prefecture)
    except Refused:
        return None
    return None if found.exemple and cadre().production else found


def _jours(jours: tuple[object, ...]) -> str:
    names = [str(jour) for jour in jours]
    return names[0] if len(names) == 1 else f"{names[0]} à {names[-1]}"
