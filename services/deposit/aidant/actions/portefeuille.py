"""One place for a helping structure: every date and every message of all persons followed, and who follows whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import AIDANT, Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.aidant.actions import mandats
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.usager import Mandat, Structure, Usager

PERSONNES_MAX = 200
MESSAGES_MAX = 50
DEMANDES_MAX = 1000

COLLEGUE_INCONNU = Motif(
    "COLLEGUE_INCONNU",
    "regle-du-service",
    "Cette personne n’est pas un membre actif de votre structure.",
    "Choisissez un collègue de la liste.",
    Genre.INVALIDE,
)

PIECES, DOCUMENT, TITRE, MANDAT = "pieces", "document", "titre", "mandat"


@dataclass(frozen=True)
class Echeance:
    """A day that matters for a person followed; `jour` None while the clock of a request for pieces stands still."""

    genre: str
    jour: date | None
    usager_id: str
    nom: str
    objet: str
    reference: str
    referent: str


@dataclass(frozen=True)
class Recu:
    """A message of the administration to a person followed."""

    usager_id: str
    nom: str
    demande_id: str
    reference: str
    objet: str
    texte: str
    jour: date


def deadlines(who: Who, *, mine: bool = False) -> list[Echeance]:
    """Ends of documents, titles and mandates, and requests for pieces, of all persons followed, the next one first."""
    mandats_by_person = _followed(who, mine=mine)
    names, people = _names(mandats_by_person), list(Usager.objects(id__in=list(mandats_by_person)).only("id", "titres"))
    found = [
        Echeance(MANDAT, mandat.fin_date, usager_id, names[usager_id], "", "", mandat.referent)
        for usager_id, mandat in mandats_by_person.items()
    ]
    for person in people:
        found += [
            Echeance(
                TITRE,
                t.fin_date,
                person.id,
                names[person.id],
                t.libelle or t.titre_code,
                "",
                mandats_by_person[person.id].referent,
            )
            for t in person.titres
            if t.fin_date >= clock.today()
        ]
    for row in _demandes(mandats_by_person):
        found += _of_demande(row, names[row["usager_id"]], mandats_by_person[row["usager_id"]].referent)
    return sorted(found, key=lambda e: (e.jour or date.max, e.genre, e.nom))


def inbox(who: Who, *, mine: bool = False) -> list[Recu]:
    """The last messages that the administration wrote to all persons followed, the latest first (at most 50)."""
    mandats_by_person = _followed(who, mine=mine)
    names, rows = _names(mandats_by_person), {row["_id"]: row for row in _demandes(mandats_by_person)}
    criteria = {"usager_id": {"$in": list(mandats_by_person)}, "administration": True}
    wrote = collection_of(Echange).find(criteria).sort("time", -1).limit(MESSAGES_MAX)
    return [
        Recu(
            message["usager_id"],
            names[message["usager_id"]],
            message["demande_id"],
            rows[message["demande_id"]]["reference"],
            message.get("objet", ""),
            message["texte"],
            date.fromisoformat(message["jour_date"]),
        )
        for message in wrote
        if message["demande_id"] in rows
    ]


def colleagues(who: Who) -> list[tuple[str, str]]:
    """Active members of the helper's structure: login and name."""
    structure = Structure.objects(id=who.structure_id, active=True).first()
    return [(m["login"], m["nom"]) for m in structure.membres if m["actif"]] if structure else []


@outbox.retry_conflicts
def hand_over(mandat_id: str, login: str, who: Who, *, request_id: str) -> Mandat:
    """Passes a person to another member of the same structure; she reads it in her log."""
    mandat = mongo.find(Mandat, id=mandat_id)
    if who.kind != AIDANT or mandat is None or mandat.structure_id != who.structure_id:
        raise Refused(mandats.MANDAT_INCONNU)
    if outbox.already(mandat, request_id):
        return mandat
    if mandat.revoque_date is not None or mandat.fin_date < clock.today():
        raise Refused(acces.ACCES_REFUSE)
    if login not in dict(colleagues(who)):
        raise Refused(COLLEGUE_INCONNU, champ="login")
    message = events_pb2.MandatModifie(
        mandat_id=mandat.id,
        usager_id=mandat.usager_id,
        structure_id=mandat.structure_id,
        objet="REFERENT",
        fin_date=mandat.fin_date.isoformat(),
    )
    fact = Fact("deposit.mandat.modifie", message, by=who.subject, private={"referent": login})
    mandat.referent = login
    return outbox.update(mandat, fact, request_id=request_id)


def _followed(who: Who, *, mine: bool) -> dict[str, Mandat]:
    """The mandates in force of the structure, by person: those of accounts that are not frozen."""
    if who.kind != AIDANT:
        raise Refused(acces.ACCES_REFUSE)
    today = clock.today()
    found = Mandat.objects(
        structure_id=who.structure_id, fin_date__gte=today, debut_date__lte=today, revoque_date=None, portee=acces.READ
    )
    by_person = {
        mandat.usager_id: mandat
        for mandat in found.order_by("fin_date").limit(PERSONNES_MAX)
        if not mine or mandat.referent == who.id
    }
    frozen = {usager.id for usager in Usager.objects(id__in=list(by_person), gele=True).only("id")}
    return {usager_id: mandat for usager_id, mandat in by_person.items() if usager_id not in frozen}


def _names(usager_ids: Iterable[str]) -> dict[str, str]:
    people = Usager.objects(id__in=list(usager_ids)).only("id", "nom", "prenoms")
    return {person.id: f"{person.prenoms} {person.nom}".strip() for person in people}


def _demandes(usager_ids: Iterable[str]) -> list[dict[str, Any]]:
    wanted = dict.fromkeys(
        ("usager_id", "reference", "libelle", "state", "document_fin_date", "demandes_pieces", "arrets"), 1
    )
    return list(collection_of(Demande).find({"usager_id": {"$in": list(usager_ids)}}, wanted).limit(DEMANDES_MAX))


def _of_demande(row: Mapping[str, Any], nom: str, referent: str) -> Iterable[Echeance]:
    if row["state"] == etats.PIECES_DEMANDEES:
        stopped = any(not stop.get("fin_date") for stop in row.get("arrets", []))
        for asked in row.get("demandes_pieces", []):
            if not asked.get("repondue_date"):
                last = asked.get("echeance_date")
                day = None if stopped or not last else date.fromisoformat(last)
                yield Echeance(PIECES, day, row["usager_id"], nom, row["libelle"], row["reference"], referent)
    if row.get("document_fin_date") and row["state"] not in etats.TERMINEES:
        day = date.fromisoformat(row["document_fin_date"])
        yield Echeance(DOCUMENT, day, row["usager_id"], nom, row["libelle"], row["reference"], referent)
