"""One person on one page for an agent: everything asked, held, given and blocked; what is hidden says so (DEP-19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, mongo
from chassis.mongo import collection_of
from chassis.web.who import AGENT, AIDANT, Who
from droit.decision import Refused
from droit.jours import day_in_words
from services.deposit.demande.actions import queries
from services.deposit.dossier.actions import acces as guarded
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.projections import BlocageConnu, SaisineConnue
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import calendrier, preuves, suspensions
from services.deposit.droits.actions.preuves import Preuve
from services.deposit.instruction.actions import canaux
from services.deposit.instruction.actions.canaux import Recherche
from services.deposit.instruction.store import Consultation, Controle

LISTE_MAX = 50


@dataclass(frozen=True)
class Horloge:
    """A clock that runs or stands: what it is for, its last day (None while stopped), and what stops it."""

    demande_id: str
    reference: str
    objet: str
    echeance: date | None
    arrets: tuple[str, ...]


@dataclass(frozen=True)
class Vue:
    """A person at 360°. `cachee` tells that address, contacts and pieces are hidden from this agent."""

    usager: Usager
    demandes: list[dict[str, Any]]
    visibles: frozenset[str]
    preuves: list[Preuve]
    blocages: list[BlocageConnu]
    saisines: list[SaisineConnue]
    horloges: list[Horloge]
    controles: list[Controle]
    cachee: bool


def access_personne(usager_id: str, who: Who, act: str = acces.READ) -> Usager:
    """The person, for an agent whose scope covers where she lives or one of her demandes. Raises Refused."""
    usager = mongo.find(Usager, id=usager_id)
    if usager is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    places = {
        usager.prefecture,
        *(d["prefecture"] for d in queries.demandes_of(usager.id) if d["state"] != etats.BROUILLON),
    }
    if who.kind != AGENT:
        guarded.check(usager.id, usager.prefecture, who, act)
        return usager
    acces.may(who.roles, act, in_scope=any(who.serves(place) for place in places)).or_refuse()
    return usager


def search(recherche: Recherche, who: Who) -> tuple[list[Usager], int]:
    """Persons found whom this agent may open, and how many were found elsewhere."""
    found = canaux.find_usagers(recherche)
    mine = []
    for usager in found:
        try:
            mine.append(access_personne(usager.id, who))
        except Refused:
            continue
    return mine, len(found) - len(mine)


def view(usager_id: str, who: Who) -> Vue:
    """Everything on one page; opening it is written down for the person (XCT-07)."""
    usager = access_personne(usager_id, who)
    note(usager.id, who, "situation")
    today = clock.today()
    rows = [row for row in queries.demandes_of(usager.id) if row["state"] != etats.BROUILLON]
    own = [row for row in rows if who.serves(row["prefecture"])]
    full = Demande.objects(usager_id=usager.id, state__in=etats.EN_INSTRUCTION).limit(LISTE_MAX)
    return Vue(
        usager=usager,
        demandes=rows,
        visibles=frozenset(row["_id"] for row in own),
        preuves=preuves.of_person(usager, today),
        blocages=list(BlocageConnu.objects(usager_id=usager.id, objection__ne=True).limit(LISTE_MAX)),
        saisines=list(SaisineConnue.objects(usager_id=usager.id, objection__ne=True).limit(LISTE_MAX)),
        horloges=[clock_ for demande in full for clock_ in clocks(demande)],
        controles=list(Controle.objects(usager_id=usager.id).order_by("-jour_date").limit(10)),
        cachee=usager.protege and not any(demande.agent_id == who.id for demande in full),
    )


def clocks(demande: Demande) -> list[Horloge]:
    """The clocks of a demande: the request for pieces, and what stops it (DEP-37)."""
    open_stops = tuple(
        f"{stop.cause[:1].upper()}{stop.cause[1:]}, depuis le {day_in_words(stop.debut)}"
        for stop in suspensions.open_stops(demande)
    )
    request = calendrier.open_request(demande)
    if request is None:
        return [Horloge(demande.id, demande.reference, "Délais de la demande", None, open_stops)] if open_stops else []
    return [
        Horloge(
            demande.id,
            demande.reference,
            "Envoi des pièces demandées",
            calendrier.due_day(demande, request),
            open_stops,
        )
    ]


def note(usager_id: str, who: Who, objet: str) -> None:
    """Writes down that `who` opened something of this person; once a day for the same thing."""
    if who.subject == f"usager:{usager_id}":
        return
    day = clock.today().isoformat()
    name = f"{who.subject}@{who.structure_id}" if who.kind == AIDANT else who.subject
    doc = {
        "_id": f"{usager_id}:{day}:{name}:{objet}",
        "usager_id": usager_id,
        "par": name,
        "objet": objet,
        "jour_date": day,
    }
    mongo.insert_once(collection_of(Consultation), doc)


def consultations(usager_id: str, who: Who) -> list[Consultation]:
    """Who opened my dossier, most recent first (at most 50): for the person herself."""
    guarded.access_usager(usager_id, who)
    return list(Consultation.objects(usager_id=usager_id).order_by("-jour_date").limit(LISTE_MAX))
