"""Helping structures with a mandate have the directory of their département, and learn what changes in it (PAN-01).

What changed is gathered on the structure until the directory is asked of pan: while pan is silent nothing is lost, and
what is sent is true when it leaves.
"""

from __future__ import annotations

from datetime import date

from chassis import clock, due, messages, mongo, outbox
from chassis.inbox import Meta
from sejour.deposit.v1.events_pb2 import MandatModifie
from sejour.pan.v1 import pan_pb2
from sejour.pan.v1.events_pb2 import LieuModifie
from services.deposit.cadre import cadre
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Mandat, Structure

LIEUX = "sejour.pan.v1.PanService/ListLieux"
CHANGEMENTS = {
    "AJOUTE": "« {nom} » est ajouté.",
    "CHANGE": "Ce qui est écrit sur « {nom} » a changé.",
    "FERME": "« {nom} » est fermé.",
    "ROUVERT": "« {nom} » est de nouveau ouvert.",
}
STRUCTURES_MAX, CHANGEMENTS_MAX = 1000, 50


def on_mandat(event: MandatModifie, meta: Meta) -> None:
    """The first running mandate of a structure: it receives the directory."""
    running = Mandat.objects(structure_id=event.structure_id, fin_date__gte=clock.today(), revoque_date=None)
    if event.objet == "DONNE" and running.limit(2).count(with_limit_and_skip=True) == 1:
        _owe(event.structure_id, "", meta.event_id)


def on_lieu_modifie(event: LieuModifie, meta: Meta) -> None:
    """A place of the directory changed: each structure of its département with a running mandate is to be told."""
    of_it = {"prefecture": event.prefecture, "active": True, "courriel": {"$gt": ""}}
    ids = [found["_id"] for found in mongo.collection_of(Structure).find(of_it, {"_id": 1}).limit(STRUCTURES_MAX)]
    running = {"structure_id": {"$in": ids}, "fin_date": {"$gte": clock.today().isoformat()}, "revoque_date": None}
    line = CHANGEMENTS[event.objet].format(nom=event.nom) if event.objet in CHANGEMENTS else ""
    for structure_id in mongo.collection_of(Mandat).distinct("structure_id", running) if ids and line else ():
        _owe(structure_id, line, meta.event_id)


@outbox.retry_conflicts
def _owe(structure_id: str, line: str, event_id: str) -> None:
    """The directory is owed to this structure, with this line of what changed. Harmless to repeat."""
    structure = mongo.find(Structure, id=structure_id, active=True)
    if structure is None or not structure.courriel or outbox.already(structure, event_id):
        return
    structure.annuaire_change = [*structure.annuaire_change, *([line] if line else ())][-CHANGEMENTS_MAX:]
    due.plan(structure, annuaire=clock.today())
    outbox.update(structure, request_id=event_id)


@outbox.retry_conflicts
def send(structure_id: str, due_date: date, today: date) -> Structure:
    """Sends the directory as pan has it now. Raises Refused while pan does not answer: it is then tried again."""
    structure: Structure = Structure.objects(id=structure_id).first()
    changes = list(structure.annuaire_change)
    structure.annuaire_change = []
    due.plan(structure, annuaire=None)
    if not structure.active:
        return outbox.update(structure)
    departement = cadre().catalogue.departement(structure.prefecture)
    asked = pan_pb2.ListLieuxRequest(prefecture=departement.code)
    places = cadre().client.call("pan", LIEUX, asked, pan_pb2.ListLieuxResponse).lieux
    champs = {
        "departement": departement.nom,
        "changements": changes,
        "lieux": [{"libelle": place.nom, "texte": _in_words(place)} for place in places],
        "annuaire_url": f"{cadre().settings.public_url}/pan/annuaire/{departement.code}",
    }
    told = messages.Notice(structure.id, structure.parcours_id, "aidant_annuaire", champs)
    return outbox.update(structure, messages.fact(ALIAS, told))


def _in_words(place: pan_pb2.Lieu) -> str:
    walk_in = ["sans rendez-vous aussi"] if place.sans_rendez_vous else []
    telephone = [f"téléphone {place.telephone}"] if place.telephone else []
    return " ; ".join([", ".join(place.adresse), *telephone, *place.horaires, *walk_in])
