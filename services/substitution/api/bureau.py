"""The desk's API: the same acts, with the same refusals, for the program of a préfecture."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Body
from chassis.web.openapi import gives
from chassis.web.who import AGENT
from services.substitution import inputs
from services.substitution.actions import (
    blocages,
    depots,
    echeances,
    guichet,
    lecture,
    ouvertures,
    pannes,
    prefectures,
    promesses,
    refus,
    rencontres,
)
from services.substitution.api import reponses
from services.substitution.api.reponses import VoieDuBureau

if TYPE_CHECKING:
    from services.substitution.store import Voie

TAG = Tag(name="bureau", description="Guichets des préfectures")
api = APIBlueprint("api_bureau", __name__, abp_tags=[TAG], url_prefix="/bureau")


class UneVoie(BaseModel):
    """A route."""

    voie_id: str = Field(max_length=40)


class UneOrdonnance(UneVoie):
    """A court order of a route."""

    ordonnance_id: str = Field(max_length=40)


class UnePromesse(UneVoie):
    """A promise made about a route."""

    promesse_id: str = Field(max_length=80)


class UnePrefecture(BaseModel):
    """A département code."""

    code: str = Field(max_length=3)


class UnePanne(BaseModel):
    """An outage."""

    panne_id: str = Field(max_length=40)


class Suite(Body):
    """Where the next page of a queue starts: the `rang` of the last line."""

    apres: str = Field(default="", max_length=60)


@api.get("/voies")
@ranked(LIST)
@require(AGENT)
def file(query: Suite) -> Response:
    """La file d'attente des préfectures de l'agent, dans l'ordre du traitement."""
    return _rows(lecture.queue(current_who(), query.apres))


def _rows(rows: list[dict[str, Any]]) -> Response:
    keys = ("reference", "state", "origine", "prefecture", "rang", "priorite", "echeance_date", "retard_date")
    return jsonify(voies=[{"voie_id": row["_id"], **{key: row.get(key) for key in keys}} for row in rows])


@api.post("/voies", responses={"201": VoieDuBureau})
@require(AGENT)
def ouvrir(body: inputs.OuvertureDeVoie) -> tuple[Response, int]:
    """Ouvre une voie pour une personne présente ou au téléphone."""
    voie = ouvertures.open_at_desk(ouvertures.opening(body), current_who(), request_id=request_id())
    return _reply(voie, 201)


@api.post("/voies/prise", responses={"200": VoieDuBureau})
@require(AGENT)
def prendre(body: inputs.Prise) -> tuple[Response, int]:
    """Prend la voie d'une personne présente, qu'aucune préfecture n'a."""
    return _reply(ouvertures.take(body, current_who(), request_id=request_id()))


@api.get("/voies/sans-prefecture")
@require(AGENT)
def sans_prefecture(query: Suite) -> Response:
    """Les voies dont la préfecture n'est pas dite, pour le bureau national qui la choisit."""
    return _rows(lecture.unplaced(current_who(), query.apres))


@api.get("/voies/<voie_id>", responses={"200": VoieDuBureau})
@require(AGENT)
def voie(path: UneVoie) -> tuple[Response, int]:
    """Une voie."""
    return _reply(lecture.show(path.voie_id, current_who()))


@api.post("/voies/<voie_id>/identite", responses={"200": VoieDuBureau})
@require(AGENT)
def identite(path: UneVoie, body: inputs.Controle) -> tuple[Response, int]:
    """Vérifie l'identité de la personne présente, et le mandat de qui vient pour une autre."""
    return _reply(guichet.check_identity(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/dossier", responses={"200": VoieDuBureau})
@require(AGENT)
def recevoir(path: UneVoie, body: inputs.DossierRecu) -> tuple[Response, int]:
    """Enregistre l'arrivée d'un dossier, à son jour."""
    return _reply(guichet.receive(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/dossier/identite", responses={"200": VoieDuBureau})
@require(AGENT)
def lire_identite(path: UneVoie, body: inputs.IdentiteLue) -> tuple[Response, int]:
    """Écrit l'identité lue dans un dossier venu par la poste ou par e-mail."""
    return _reply(guichet.write_identity(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/dossier/objet", responses={"200": VoieDuBureau})
@require(AGENT)
def lire_objet(path: UneVoie, body: inputs.Objet) -> tuple[Response, int]:
    """Écrit ce que demande un dossier venu tout seul, par e-mail."""
    return _reply(guichet.say_object(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/depot", responses={"200": VoieDuBureau})
@require(AGENT)
def deposer(path: UneVoie) -> tuple[Response, int]:
    """Dépose le dossier reçu ; le document est donné aussitôt."""
    return _reply(depots.file(path.voie_id, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/refus", responses={"200": VoieDuBureau})
@require(AGENT)
def refuser(path: UneVoie, body: inputs.Refus) -> tuple[Response, int]:
    """Refuse une voie par écrit, pour une raison de la liste."""
    return _reply(refus.refuse_voie(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/revision", responses={"200": VoieDuBureau})
@require(AGENT)
def revoir(path: UneVoie, body: inputs.Revision) -> tuple[Response, int]:
    """Confirme ou retire un refus."""
    return _reply(refus.review(path.voie_id, body.issue, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/transfert", responses={"200": VoieDuBureau})
@require(AGENT)
def transferer(path: UneVoie, body: inputs.Transfert) -> tuple[Response, int]:
    """Passe la voie à une autre préfecture, date gardée."""
    return _reply(ouvertures.transfer(path.voie_id, body.prefecture, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/ordonnances", responses={"200": VoieDuBureau})
@require(AGENT)
def ordonner(path: UneVoie, body: inputs.DecisionDeJustice) -> tuple[Response, int]:
    """Enregistre une décision de justice et son échéance."""
    return _reply(echeances.record_order(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/ordonnances/<ordonnance_id>/execution", responses={"200": VoieDuBureau})
@require(AGENT)
def executer(path: UneOrdonnance) -> tuple[Response, int]:
    """Dit qu'une décision de justice est exécutée."""
    done = echeances.carry_out(path.voie_id, path.ordonnance_id, current_who(), request_id=request_id())
    return _reply(done)


@api.post("/voies/<voie_id>/visite", responses={"200": VoieDuBureau})
@require(AGENT)
def visiter(path: UneVoie, body: inputs.Visite) -> tuple[Response, int]:
    """Écrit à la personne le jour d'une visite dans son établissement."""
    return _reply(rencontres.plan_visit(path.voie_id, body.jour, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/constat", responses=gives())
@require(AGENT)
def constater(path: UneVoie, body: inputs.Constat) -> tuple[Response, int]:
    """Constate un blocage avec la personne."""
    done = blocages.record_for(path.voie_id, body.symptome, current_who(), request_id=request_id())
    return jsonify(reference=done.reference, state=done.state), 201


@api.post("/voies/<voie_id>/promesses", responses={"200": VoieDuBureau})
@require(AGENT)
def promettre(path: UneVoie, body: inputs.Parole) -> tuple[Response, int]:
    """Promet une convocation ou une suite : une tâche datée, que la personne voit."""
    return _reply(promesses.promise(path.voie_id, body, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/promesses/<promesse_id>:tenir", responses={"200": VoieDuBureau})
@require(AGENT)
def tenir(path: UnePromesse) -> tuple[Response, int]:
    """Dit qu'une promesse est tenue."""
    return _reply(promesses.keep(path.voie_id, path.promesse_id, current_who(), request_id=request_id()))


@api.put("/prefectures/<code>")
@require(AGENT)
def ecrire(path: UnePrefecture, body: inputs.Regles) -> Response:
    """Publie les règles d'une préfecture, à partir d'un jour."""
    if body.apercu:
        ways = prefectures.preview(path.code, body, current_who())
        return jsonify(prefecture=path.code, depuis_date=body.depuis.isoformat(), voies=ways.lignes)
    done = prefectures.write(path.code, body, current_who(), request_id=request_id())
    return jsonify(prefecture=done.prefecture, depuis_date=done.depuis_date.isoformat(), version=done.version)


@api.put("/prefectures/<code>/demarches")
@require(AGENT)
def ecrire_route(path: UnePrefecture, body: inputs.RouteLocale) -> Response:
    """Écrit, ou retire, la façon de faire d'une démarche hors du téléservice."""
    done = prefectures.write_route(path.code, body, current_who(), request_id=request_id())
    return jsonify(prefecture=done.prefecture, depuis_date=done.depuis_date.isoformat(), version=done.version)


@api.post("/pannes", responses=gives("panne_id"))
@require(AGENT)
def declarer(body: inputs.NouvellePanne) -> tuple[Response, int]:
    """Déclare une panne du téléservice."""
    panne = pannes.declare(body.prefectures, current_who(), request_id=request_id())
    return jsonify(panne_id=panne.id, debut_date=panne.debut_date.isoformat()), 201


@api.post("/pannes/<panne_id>/fin")
@require(AGENT)
def terminer(path: UnePanne) -> Response:
    """Dit que la panne est finie."""
    panne = pannes.end(path.panne_id, current_who(), request_id=request_id())
    fin: date | None = panne.fin_date
    return jsonify(panne_id=panne.id, fin_date=fin.isoformat() if fin else "")


def _reply(voie: Voie, status: int = 200) -> tuple[Response, int]:
    missing = [piece.libelle for piece in depots.missing_pieces(voie, voie.dossiers[-1])] if voie.dossiers else []
    return jsonify(reponses.voie_du_bureau(voie, missing)), status
