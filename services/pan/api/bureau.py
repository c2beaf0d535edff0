"""API of the desks: the same commands as the pages, by token, with the same refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.inputs import Body
from chassis.web.openapi import gives
from chassis.web.who import AGENT
from services.pan import inputs
from services.pan.actions import (
    a_dire,
    accueil,
    agendas,
    annonces,
    bureau,
    capacites,
    constats,
    depots,
    enrolements,
    fermetures,
    lieux,
    promesses,
    rappels,
    reparations,
    signalements,
    situation,
    tickets,
)
from services.pan.api.public import LieuPath, rendez_vous

if TYPE_CHECKING:
    from services.pan.store import Depot, Visite

api = APIBlueprint("guichets", __name__, abp_tags=[Tag(name="Bureau")])


class VisitePath(Body):
    """A visit."""

    visite_id: str = Field(min_length=1, max_length=80)


class PromessePath(VisitePath):
    """A promise made at a visit."""

    promesse_id: str = Field(min_length=1, max_length=80)


class ADirePath(LieuPath):
    """A message to tell at a place."""

    envoi_id: str = Field(min_length=1, max_length=80)


class SignalementPath(Body):
    """What somebody said of the directory."""

    signalement_id: str = Field(min_length=1, max_length=80)


class RendezVousPath(Body):
    """An appointment."""

    rendez_vous_id: str = Field(min_length=1, max_length=80)


class DepotPath(Body):
    """A dossier prepared here."""

    depot_id: str = Field(min_length=1, max_length=80)


class PiecePath(DepotPath):
    """A file of it."""

    piece_id: str = Field(min_length=1, max_length=80)


@api.get("/bureau/lieux/<string:lieu_id>/file")
@require(AGENT)
def file(path: LieuPath) -> Response:
    """La file du jour dans l'ordre d'appel, avec la raison de l'ordre."""
    return jsonify(visites=[bureau.line(v) for v in accueil.queue(path.lieu_id, current_who())])


@api.post("/bureau/lieux/<string:lieu_id>/rendez-vous", responses=gives(rendez_vous_id="id"))
@require(AGENT)
def reserver(path: LieuPath, body: inputs.PriseAuBureau) -> Response:
    """Prend un rendez-vous pour quelqu'un, au téléphone ou à l'accueil."""
    made = bureau.book(path.lieu_id, body, current_who(), request_id=request_id())
    return make_response(jsonify(rendez_vous(made)), 201)


@api.post("/bureau/rendez-vous/<string:rendez_vous_id>:deplacer")
@require(AGENT)
def deplacer(path: RendezVousPath, body: inputs.NouveauCreneau) -> Response:
    """Déplace un rendez-vous pour la personne."""
    return jsonify(
        rendez_vous(bureau.move(path.rendez_vous_id, body.creneau_id, current_who(), request_id=request_id()))
    )


@api.post("/bureau/rendez-vous/<string:rendez_vous_id>:annuler")
@require(AGENT)
def annuler(path: RendezVousPath) -> Response:
    """Annule un rendez-vous pour la personne."""
    return jsonify(rendez_vous(bureau.cancel(path.rendez_vous_id, current_who(), request_id=request_id())))


@api.post("/bureau/lieux/<string:lieu_id>/arrivees", responses=gives(visite_id="id"))
@require(AGENT)
def arriver(path: LieuPath, body: inputs.Arrivee) -> Response:
    """Enregistre une arrivée, avec ou sans rendez-vous."""
    made = accueil.record_arrival(path.lieu_id, body, current_who(), request_id=request_id())
    return make_response(jsonify(visite(made)), 201)


@api.post("/bureau/lieux/<string:lieu_id>:fermer")
@require(AGENT)
def fermer(path: LieuPath, body: inputs.Fermeture) -> Response:
    """Ferme un lieu ; ses rendez-vous sont portés ailleurs et les personnes prévenues."""
    closed = fermetures.close(path.lieu_id, body.motif, current_who(), request_id=request_id())
    return jsonify(ferme_date=closed.ferme_date.isoformat(), repreneur_id=closed.repreneur_id)


@api.post("/bureau/lieux/<string:lieu_id>:rouvrir")
@require(AGENT)
def rouvrir(path: LieuPath) -> Response:
    """Rouvre un lieu : l'annuaire le montre, et ses créneaux sont offerts de nouveau."""
    opened = fermetures.reopen(path.lieu_id, current_who(), request_id=request_id())
    return jsonify(lieux.lieu_shown(opened.id))


@api.post("/bureau/lieux/<string:lieu_id>:orienter", responses=gives())
@require(AGENT)
def orienter(path: LieuPath, body: inputs.Autonome) -> Response:
    """Ouvre une autre façon de faire à qui sait faire seul et que le site bloque ; aucune visite n'est comptée."""
    made = constats.lead_away(path.lieu_id, body, current_who(), request_id=request_id())
    return make_response(jsonify(reference=made.reference, state=made.state), 201)


@api.get("/bureau/signalements")
@ranked(LIST)
@require(AGENT)
def a_corriger() -> Response:
    """Ce qui est signalé de l'annuaire et attend une suite."""
    names = ("id", "prefecture", "lieu_id", "texte")
    found = [
        {**{name: each[name] for name in names}, "recu_date": each.recu_date.isoformat()}
        for each in signalements.waiting(current_who())
    ]
    return jsonify(signalements=found)


@api.post("/bureau/signalements/<string:signalement_id>:traiter")
@require(AGENT)
def corriger(path: SignalementPath, body: inputs.SuiteDonnee) -> Response:
    """Dit ce qui a été fait."""
    done = signalements.settle(path.signalement_id, body, current_who(), request_id=request_id())
    return jsonify(id=done.id, state=done.state)


@api.get("/bureau/agendas")
@ranked(LIST)
@require(AGENT)
def systemes() -> Response:
    """Les systèmes de rendez-vous des préfectures de l'agent, et les rendez-vous qui n'ont pas pu leur être dits."""
    who = current_who()
    seen = [{**each, "vu_time": each["vu_time"] and each["vu_time"].isoformat()} for each in agendas.states(who)]
    lost = [{"rendez_vous_id": each["_id"], "reference": each["reference"]} for each in annonces.dead(who)]
    return jsonify(systemes=seen, perdues=lost)


@api.post("/bureau/agendas/annonces/<string:rendez_vous_id>:renvoyer")
@without_key
@require(AGENT)
def renvoyer(path: RendezVousPath) -> Response:
    """Envoie de nouveau ce qui n'a pas pu être dit à un système."""
    annonces.send_again(path.rendez_vous_id, current_who())
    return jsonify(rendez_vous_id=path.rendez_vous_id)


@api.get("/bureau/alertes")
@ranked(LIST)
@require(AGENT)
def alertes() -> Response:
    """Les lieux qui offrent trop peu : aucun créneau, ou le premier au-delà du délai (PAN-10)."""
    return jsonify(lieux=[lieux.public_view(place) for place in capacites.alerts(current_who())])


@api.post("/bureau/lieux", responses=gives(lieu_id="id"))
@require(AGENT)
def enroler(body: inputs.Maison) -> Response:
    """Ajoute une maison France services à l'annuaire, aux mêmes conditions qu'un point d'accueil."""
    made = enrolements.enrol(body, current_who(), request_id=request_id())
    return make_response(jsonify(id=made.id), 201)


@api.put("/bureau/lieux/<string:lieu_id>")
@require(AGENT)
def modifier(path: LieuPath, body: inputs.MaisonModifiee) -> Response:
    """Change une maison : son agenda et l'annuaire suivent."""
    enrolements.change(path.lieu_id, body, current_who(), request_id=request_id())
    return jsonify(lieux.lieu_shown(path.lieu_id))


@api.get("/bureau/lieux/<string:lieu_id>/a-dire")
@require(AGENT)
def a_dire_ici(path: LieuPath) -> Response:
    """Ce qui est à dire aux personnes qui ont choisi ce lieu ; `verifie` faux si le service des messages se tait."""
    found = a_dire.of_lieu(path.lieu_id, current_who())
    waiting = [
        {
            "envoi_id": one.envoi_id,
            "nom": one.nom,
            "depuis_time": one.depuis.isoformat(),
            "echeance_date": one.echeance.isoformat() if one.echeance else "",
        }
        for one in found or ()
    ]
    return jsonify(verifie=found is not None, messages=waiting)


@api.post("/bureau/lieux/<string:lieu_id>/a-dire/<string:envoi_id>:lire")
@without_key
@require(AGENT)
def lire(path: ADirePath, body: inputs.Interlocuteur) -> Response:
    """Les mots à dire, une fois l’identité de la personne sûre."""
    objet, corps = a_dire.read(path.lieu_id, path.envoi_id, body, current_who())
    return jsonify(objet=objet, corps=corps)


@api.post("/bureau/lieux/<string:lieu_id>/a-dire/<string:envoi_id>:noter")
@require(AGENT)
def noter(path: ADirePath, body: inputs.Dit) -> Response:
    """Dit, ou pas joignable : un autre moyen est alors essayé."""
    noted = a_dire.note(path.lieu_id, path.envoi_id, body, current_who(), request_id=request_id())
    return jsonify(envoi_id=noted.id, dit=noted.dit)


@api.post("/bureau/depots/<string:depot_id>:rappeler")
@require(AGENT)
def rappeler(path: DepotPath) -> Response:
    """La personne a été rappelée."""
    return jsonify(depot(rappels.called(path.depot_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:rappeler")
@require(AGENT)
def rappeler_apres(path: VisitePath) -> Response:
    """La personne a été rappelée après un acte refusé."""
    return jsonify(visite(rappels.called_after(path.visite_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:prendre")
@require(AGENT)
def prendre(path: VisitePath) -> Response:
    """Appelle la personne."""
    return jsonify(visite(accueil.call_in(path.visite_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:verifier")
@require(AGENT)
def verifier(path: VisitePath, body: inputs.Verification) -> Response:
    """Enregistre la vérification d'identité, par le protocole fixe."""
    done = accueil.check_identity(path.visite_id, body, current_who(), request_id=request_id())
    return jsonify(visite(done))


@api.post("/bureau/visites/<string:visite_id>:rattacher")
@require(AGENT)
def rattacher(path: VisitePath, body: inputs.Rattachement) -> Response:
    """Rattache la visite à la personne connue du téléservice."""
    done = situation.attach(path.visite_id, body.usager_id, current_who(), request_id=request_id())
    return jsonify(visite(done))


@api.post("/bureau/visites/<string:visite_id>:constater")
@require(AGENT)
def constater(path: VisitePath, body: inputs.Observation) -> Response:
    """Constate un blocage et donne l'attestation tout de suite."""
    made = constats.record(path.visite_id, body, current_who(), request_id=request_id())
    return jsonify(reference=made.reference, attestation_numero=made.attestation_numero, state=made.state)


@api.post("/bureau/visites/<string:visite_id>:convoquer")
@require(AGENT)
def convoquer(path: VisitePath, body: inputs.Convocation) -> Response:
    """Donne un rendez-vous au guichet, avec convocation là où la préfecture le permet, sinon les façons précises."""
    issue = constats.convoke(path.visite_id, current_who(), creneau_id=body.creneau_id, request_id=request_id())
    booked = rendez_vous(issue.rendez_vous) if issue.rendez_vous else None
    return jsonify(
        rendez_vous=booked,
        convocation_numero=issue.convocation_numero,
        voies=[{"libelle": voie.libelle, "texte": voie.texte} for voie in issue.voies],
    )


@api.post("/bureau/visites/<string:visite_id>:saisir")
@require(AGENT)
def saisir(path: VisitePath, body: inputs.Saisine) -> Response:
    """Ouvre une saisine prioritaire au centre de contact, d'agent à agent."""
    done = tickets.open_saisine(path.visite_id, body, current_who(), request_id=request_id())
    return jsonify(saisine=dict(done.saisine))


@api.post("/bureau/visites/<string:visite_id>:terminer")
@require(AGENT)
def terminer(path: VisitePath, body: inputs.Bilan) -> Response:
    """Termine la visite avec ses services, son résultat, la suite écrite et la preuve."""
    return jsonify(visite(accueil.end_visit(path.visite_id, body, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:reparer")
@require(AGENT)
def reparer(path: VisitePath, body: inputs.Reparation) -> Response:
    """Demande au téléservice un acte sur le compte de la personne."""
    return jsonify(visite(reparations.ask(path.visite_id, body, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:promettre")
@require(AGENT)
def promettre(path: VisitePath, body: inputs.Parole) -> Response:
    """Promet une suite : une tâche datée de la préfecture, que la personne voit."""
    return jsonify(visite(promesses.promise(path.visite_id, body, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>/promesses/<string:promesse_id>:tenir")
@require(AGENT)
def tenir(path: PromessePath) -> Response:
    """Dit qu'une promesse est tenue."""
    return jsonify(visite(promesses.keep(path.visite_id, path.promesse_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>:quitter")
@require(AGENT)
def quitter(path: VisitePath) -> Response:
    """La personne est partie avant d'être reçue."""
    return jsonify(visite(accueil.record_departure(path.visite_id, current_who(), request_id=request_id())))


@api.post("/bureau/visites/<string:visite_id>/depots", responses=gives(depot_id="id"))
@require(AGENT)
def ouvrir_depot(path: VisitePath, body: inputs.Choix) -> Response:
    """Prépare un dossier pour la personne, avec ou sans e-mail."""
    made = depots.open_depot(path.visite_id, body, current_who(), request_id=request_id())
    return make_response(jsonify(depot(made)), 201)


@api.post("/bureau/depots/<string:depot_id>/pieces/<string:piece_id>:retirer")
@require(AGENT)
def retirer(path: PiecePath) -> Response:
    """Retire un fichier d'un dossier qui n'est pas déposé."""
    return jsonify(depot(depots.remove_piece(path.depot_id, path.piece_id, current_who(), request_id=request_id())))


@api.post("/bureau/depots/<string:depot_id>:deposer")
@require(AGENT)
def deposer(path: DepotPath) -> Response:
    """Dépose le dossier : reçu et prouvé tout de suite, envoyé au téléservice jusqu'à sa réponse."""
    return jsonify(depot(depots.file(path.depot_id, current_who(), request_id=request_id())))


def visite(found: Visite) -> dict[str, Any]:
    """A visit as the desk's software reads it; nothing of the person before the identity check."""
    return {
        "id": found.id,
        "state": found.state,
        "identite": found.identite,
        "numero_file": found.numero_file,
        "papiers": [{"numero": p.numero, "nature": p.nature} for p in found.papiers],
        "blocage_id": found.blocage_id,
        "depot_id": found.depot_id,
        "promesses": [{"promesse_id": p.promesse_id, "state": p.state, "phrase": p.phrase} for p in found.promesses],
    }


def depot(found: Depot) -> dict[str, Any]:
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
