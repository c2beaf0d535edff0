"""What tests do again and again: open a route, observe a blocage, check an identity, send a file."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from chassis import clock
from chassis.inbox import Meta
from chassis.mongo import collection_of
from sejour.blocage.v1 import blocage_pb2
from services.substitution.actions import blocages, ouvertures
from services.substitution.actions.voies import Identite, Ouverture
from services.substitution.store import Voie
from tests.browser import Browser
from tests.substitution.conftest import TODAY

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
BIRTH = date(1990, 5, 4)
SEEN = {
    "papier": "oui",
    "nom_concorde": "oui",
    "naissance_concorde": "oui",
    "visage_concorde": "oui",
    "nom": "Diallo",
    "prenoms": "Awa",
    "naissance-jour": "4",
    "naissance-mois": "5",
    "naissance-annee": "1990",
}


def opened(prefecture: str = "93", origine: str = "CHOIX", **more: Any) -> Voie:
    """A route chosen by a person."""
    values: dict[str, Any] = {"titre_code": "conjoint-de-francais", "identite": Identite("Diallo", "Awa", BIRTH)} | more
    return ouvertures.open_by_choice(Ouverture(origine, prefecture, **values), request_id=clock.new_id())


def again(voie: Voie) -> Voie:
    """The same route as it now stands."""
    found: Voie = Voie.objects(id=voie.id).first()
    return found


def meta(subject: str, aggregate: str = "", parcours: str = "") -> Meta:
    """What a handler knows of a fact that just arrived."""
    return Meta(clock.new_id(), subject, aggregate or clock.new_id(), 1, parcours, TODAY, clock.now())


def constate(service: str = "deposit", **values: Any) -> blocage_pb2.BlocageConstate:
    """A blocage observed elsewhere, told to substitution."""
    known: dict[str, Any] = {
        "blocage_id": clock.new_id(),
        "reference": "B-2345-6789",
        "parcours_id": clock.new_id(),
        "prefecture": "93",
        "titre_code": "conjoint-de-francais",
        "symptome": blocage_pb2.SYMPTOME_DEMARCHE_GRISEE,
        "premiere_tentative_date": "2027-02-20",
        "constat_date": TODAY.isoformat(),
        "preuves": [blocage_pb2.PREUVE_CAPTURE],
        "contact_id": "contact-1",
    }
    event = blocage_pb2.BlocageConstate(**{**known, **values})
    blocages.on_constate(event, meta(f"{service}.blocage.constate", event.blocage_id, event.parcours_id))
    return event


def page_of(voie: Voie, rest: str = "") -> str:
    """The page of a route at the desk."""
    return f"/substitution/bureau/voies/{voie.id}{rest}"


def check(browser: Browser, voie: Voie, **changes: str) -> Any:
    """The identity check through the page."""
    return browser.post(page_of(voie, "/identite"), {**SEEN, **changes}, form=page_of(voie))


def send_piece(browser: Browser, voie: Voie, code: str, content: bytes = PDF) -> Any:
    """One file of the dossier, by the plain form."""
    data = {"voie": voie.id, "piece": code, "fichier": (io.BytesIO(content), f"{code}.pdf")}
    return browser.post(
        "/substitution/envois/formulaire", data, form=page_of(voie, "/dossier"), content_type="multipart/form-data"
    )


def commands(voie: Voie) -> dict[str, dict[str, Any]]:
    """The orders to other services that the route still holds, by method."""
    return {entry["method"].rsplit("/", 1)[-1]: entry for entry in _outbox(voie) if entry["kind"] == "commande"}


def facts(voie: Voie) -> list[str]:
    """The subjects of the facts that the route still holds."""
    return [entry["subject"] for entry in _outbox(voie) if entry["kind"] == "fait"]


def _outbox(voie: Voie) -> list[dict[str, Any]]:
    """As stored: mongoengine would turn the bytes of a message into a list of numbers."""
    stored = collection_of(Voie).find_one({"_id": voie.id}, {"outbox": 1})
    assert stored is not None
    return list(stored["outbox"])
