"""API of the desks: the same commands as the pages, by token, with the same refusals."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from services.pan.actions import (
    accueil,
    bureau,
    constats,
    depots,
    enrolements,
    lieux,
    rappels,
    reparations,
    situation,
    tickets,
)
from services.pan.actions.accueil import Arrivee, Bilan, Verification
from services.pan.actions.constats import Observation
from services.pan.actions.depots import Choix
from services.pan.actions.enrolements import Maison
from services.pan.api.public import LieuPath, asked, rendez_vous
from services.pan.api.saisies import (
    Arriver,
    Constater,
    Convoquer,
    Enroler,
    Fermer,
    OuvrirDepot,
    Rattacher,
    Reparer,
    ReserverPour,
    Saisir,
    Terminer,
    Verifier,
)

api = APIBlueprint("guichets", __name__, abp_tags=[Tag(name="Bureau")])


class VisitePath(Corps):
    """A visit."""

    visite_id: str = Field(min_length=1, max_length=80)


class DepotPath(Corps):
    """A dossier prepared here."""

    depot_id: str = Field(min_length=1, max_length=80)


@api.get("/bureau/lieux/<string:lieu_id>/file")
@require(AGENT)
def file(path: LieuPath) -> Response:
    """La file du jour dans l'ordre d'appel, avec la raison de l'ordre."""
    return jsonify(visites=[bureau.line(v) for v in accueil.queue(path.lieu_id, current_who())])


@api.post("/bureau/lieux/<string:lieu_id>/rendez-vous", responses={"201": None})
@require(AGENT)
def reserver(path: LieuPath, body: ReserverPour) -> Response:
    """Prend un rendez-vous pour quelqu'un, au téléphone ou à l'accueil."""
    booking = asked(body, body.vecteur, body.parcours_id)
    return make_response(jsonify(rendez_vous(bureau.book(path.lieu_id, booking, current_who(), request_id()))), 201)


@api.post("/bureau/lieux/<string:lieu_id>/arrivees", responses={"201": None})
@require(AGENT)
def arriver(path: LieuPath, body: Arriver) -> Response:
    """Enregistre une arrivée, avec ou sans rendez-vous."""
    made = accueil.arriver(path.lieu_id, Arrivee(**body.model_dump()), current_who(), request_id=request_id())
    return make_response(jsonify(visite(made)), 201)


@api.post("/bureau/lieux/<string:lieu_id>:fermer")
@require(AGENT)
def fermer(path: LieuPath, body: Fermer) -> Response:
    """Ferme un lieu ; ses rendez-vous sont portés ailleurs et les personnes prévenues."""
    closed = lieux.close(path.lieu_id, body.motif, current_who(), request_id=request_id())
    return jsonify(ferme_date=closed.ferme_date.isoformat(), repreneur_id=closed.repreneur_id)


@api.post("/bureau/lieux", responses={"201": None})
@require(AGENT)
def enroler(body: Enroler) -> Response:
    """Ajoute une maison France services à l'annuaire, aux mêmes conditions qu'un point d'accueil."""
    made = enrolements.enroler(house(body), current_who(), request_id=request_id())
    return make_response(jsonify(id=made.id), 201)


@api.post("/bureau/depots/<string:depot_id>:rappeler")
@require(AGENT)
def rappeler(path: DepotPath) -> Response:
    """La personne a été rappelée."""
    return jsonify(depot(rappels.called(path.depot_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:prendre")
@require(AGENT)
def prendre(path: VisitePath) -> Response:
    """Appelle la personne."""
    return jsonify(visite(accueil.prendre(path.visite_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:verifier")
@require(AGENT)
def verifier(path: VisitePath, body: Verifier) -> Response:
    """Enregistre la vérification d'identité, par le protocole fixe."""
    done = accueil.verifier(path.visite_id, verification(body), current_who(), request_id=request_id())
    return jsonify(visite(done))


@api.post("/bureau/visites/<string:visite_id>:rattacher")
@require(AGENT)
def rattacher(path: VisitePath, body: Rattacher) -> Response:
    """Rattache la visite à la personne connue du téléservice."""
    done = situation.rattacher(path.visite_id, body.usager_id, current_who(), request_id=request_id())
    return jsonify(visite(done))


@api.post("/bureau/visites/<string:visite_id>:constater")
@require(AGENT)
def constater(path: VisitePath, body: Constater) -> Response:
    """Constate un blocage et donne l'attestation tout de suite."""
    seen = Observation(**body.model_dump())
    made = constats.constater(path.visite_id, seen, current_who(), request_id=request_id())
    return jsonify(reference=made.reference, attestation_numero=made.attestation_numero, state=made.state)


@api.post("/bureau/visites/<string:visite_id>:convoquer")
@require(AGENT)
def convoquer(path: VisitePath, body: Convoquer) -> Response:
    """Donne un rendez-vous au guichet, avec convocation là où la préfecture le permet, sinon les façons précises."""
    issue = constats.convoquer(path.visite_id, current_who(), creneau_id=body.creneau_id, request_id=request_id())
    booked = rendez_vous(issue.rendez_vous) if issue.rendez_vous else None
    return jsonify(
        rendez_vous=booked,
        convocation_numero=issue.convocation_numero,
        voies=[{"libelle": libelle, "texte": texte} for libelle, texte in issue.voies],
    )


@api.post("/bureau/visites/<string:visite_id>:saisir")
@require(AGENT)
def saisir(path: VisitePath, body: Saisir) -> Response:
    """Ouvre une saisine prioritaire au centre de contact, d'agent à agent."""
    done = tickets.ouvrir(path.visite_id, body.precis, current_who(), request_id=request_id())
    return jsonify(saisine=dict(done.saisine))


@api.post("/bureau/visites/<string:visite_id>:terminer")
@require(AGENT)
def terminer(path: VisitePath, body: Terminer) -> Response:
    """Termine la visite avec ses services, son résultat, la suite écrite et la preuve."""
    bilan = Bilan(**{**body.model_dump(), "services": tuple(body.services)})
    return jsonify(visite(accueil.terminer(path.visite_id, bilan, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:reparer")
@require(AGENT)
def reparer(path: VisitePath, body: Reparer) -> Response:
    """Demande au téléservice un acte sur le compte de la personne."""
    asked = reparations.Reparation(**body.model_dump())
    return jsonify(visite(reparations.demander(path.visite_id, asked, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:quitter")
@require(AGENT)
def quitter(path: VisitePath) -> Response:
    """La personne est partie avant d'être reçue."""
    return jsonify(visite(accueil.quitter(path.visite_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>/depots", responses={"201": None})
@require(AGENT)
def ouvrir_depot(path: VisitePath, body: OuvrirDepot) -> Response:
    """Prépare un dossier pour la personne, avec ou sans e-mail."""
    made = depots.ouvrir(path.visite_id, Choix(**body.model_dump()), current_who(), request_id=request_id())
    return make_response(jsonify(depot(made)), 201)


@api.post("/bureau/depots/<string:depot_id>:deposer")
@require(AGENT)
def deposer(path: DepotPath) -> Response:
    """Dépose le dossier : reçu et prouvé tout de suite, envoyé au téléservice jusqu'à sa réponse."""
    return jsonify(depot(depots.deposer(path.depot_id, current_who(), request_id=request_id())))


def verification(body: Verifier) -> Verification:
    """The check as the agent did it."""
    lines = tuple(line.strip() for line in body.adresse.splitlines() if line.strip())
    return Verification(**{**body.model_dump(), "adresse": lines})


def house(body: Enroler) -> Maison:
    """The place as it is enrolled."""
    return Maison(**{**body.model_dump(), "vecteurs": tuple(body.vecteurs), "jours": tuple(body.jours)})


def visite(found: Any) -> dict[str, Any]:
    """A visit as the desk's software reads it; nothing of the person before the identity check."""
    return {
        "id": found.id,
        "state": found.state,
        "identite": found.identite,
        "numero_file": found.numero_file,
        "papiers": [{"numero": p.numero, "nature": p.nature} for p in found.papiers],
        "blocage_id": found.blocage_id,
        "depot_id": found.depot_id,
    }


def depot(found: Any) -> dict[str, Any]:
    """A dossier as it stands."""
    return {
        "id": found.id,
        "state": found.state,
        "libelle": found.libelle,
        "manquantes": list(found.manquantes),
        "papiers": [{"numero": p.numero, "nature": p.nature} for p in found.papiers],
        "reference": found.reference,
        "attestation_numero": found.attestation_numero,
        "document_numero": found.document_numero,
    }
