"""The desk's API: the same acts, with the same refusals, for the program of a préfecture."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT
from services.substitution.actions import (
    blocages,
    depots,
    echeances,
    guichet,
    lecture,
    ouvertures,
    pannes,
    prefectures,
    refus,
)
from services.substitution.actions.echeances import Decision
from services.substitution.actions.guichet import Arrivee, Controle
from services.substitution.actions.personnes import Identite
from services.substitution.actions.refus import Refusal
from services.substitution.api import reponses
from services.substitution.api.formulaires import (
    DeclarerPanne,
    Ordonner,
    OuvrirVoie,
    Recevoir,
    Refuser,
    Revoir,
    Transferer,
    Verifier,
)
from services.substitution.api.public import opening
from services.substitution.api.reponses import VoieDuBureau

TAG = Tag(name="bureau", description="Guichets des préfectures")
api = APIBlueprint("api_bureau", __name__, abp_tags=[TAG], url_prefix="/bureau")


class UneVoie(BaseModel):
    """A route."""

    voie_id: str = Field(max_length=40)


class UneOrdonnance(UneVoie):
    """A court order of a route."""

    ordonnance_id: str = Field(max_length=40)


class UnePrefecture(BaseModel):
    """A département code."""

    code: str = Field(max_length=3)


class UnePanne(BaseModel):
    """An outage."""

    panne_id: str = Field(max_length=40)


class Suite(Corps):
    """Where the next page of a queue starts: the `rang` of the last line."""

    apres: str = Field(default="", max_length=60)


class Constater(Corps):
    """What was observed."""

    symptome: int = Field(ge=1, le=13)


class EcrireRegles(Corps):
    """The rules of a préfecture and their first day."""

    regles: dict[str, Any]
    depuis: JourCivil


@api.get("/voies")
@require(AGENT, scope="voies.lire")
def file(query: Suite) -> Response:
    """La file d'attente des préfectures de l'agent, dans l'ordre du traitement."""
    rows = lecture.queue(current_who(), after=query.apres)
    keys = ("reference", "state", "origine", "prefecture", "rang", "priorite", "echeance_date", "retard_date")
    return jsonify(voies=[{"voie_id": row["_id"], **{key: row.get(key) for key in keys}} for row in rows])


@api.post("/voies", responses={"201": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def ouvrir(body: OuvrirVoie) -> tuple[Response, int]:
    """Ouvre une voie pour une personne présente ou au téléphone."""
    voie = ouvertures.open_at_desk(opening(body), current_who(), request_id=request_id())
    return _reply(voie, 201)


@api.get("/voies/<voie_id>", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.lire")
def voie(path: UneVoie) -> tuple[Response, int]:
    """Une voie."""
    return _reply(lecture.show(path.voie_id, current_who()))


@api.post("/voies/<voie_id>/identite", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def identite(path: UneVoie, body: Verifier) -> tuple[Response, int]:
    """Vérifie l'identité de la personne présente, et le mandat de qui vient pour une autre."""
    controle, seen = checked(body)
    done = guichet.check_identity(path.voie_id, controle, seen, current_who(), request_id=request_id())
    return _reply(done)


@api.post("/voies/<voie_id>/dossier", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def recevoir(path: UneVoie, body: Recevoir) -> tuple[Response, int]:
    """Enregistre l'arrivée d'un dossier, à son jour."""
    return _reply(guichet.receive(path.voie_id, arrival(body), current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/depot", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def deposer(path: UneVoie) -> tuple[Response, int]:
    """Dépose le dossier reçu ; le document est donné aussitôt."""
    return _reply(depots.file(path.voie_id, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/refus", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def refuser(path: UneVoie, body: Refuser) -> tuple[Response, int]:
    """Refuse une voie par écrit, pour une raison de la liste."""
    refusal = Refusal(body.raison, tuple(body.preuves_vues))
    return _reply(refus.refuse_voie(path.voie_id, refusal, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/revision", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def revoir(path: UneVoie, body: Revoir) -> tuple[Response, int]:
    """Confirme ou retire un refus."""
    done = refus.review(path.voie_id, body.issue == "ANNULE", current_who(), request_id=request_id())
    return _reply(done)


@api.post("/voies/<voie_id>/transfert", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def transferer(path: UneVoie, body: Transferer) -> tuple[Response, int]:
    """Passe la voie à une autre préfecture, date gardée."""
    return _reply(ouvertures.transfer(path.voie_id, body.prefecture, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/ordonnances", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def ordonner(path: UneVoie, body: Ordonner) -> tuple[Response, int]:
    """Enregistre une décision de justice et son échéance."""
    decision = Decision(body.juridiction, body.numero, body.jour, body.echeance)
    return _reply(echeances.record_order(path.voie_id, decision, current_who(), request_id=request_id()))


@api.post("/voies/<voie_id>/ordonnances/<ordonnance_id>/execution", responses={"200": VoieDuBureau})
@require(AGENT, scope="voies.ecrire")
def executer(path: UneOrdonnance) -> tuple[Response, int]:
    """Dit qu'une décision de justice est exécutée."""
    done = echeances.carry_out(path.voie_id, path.ordonnance_id, current_who(), request_id=request_id())
    return _reply(done)


@api.post("/voies/<voie_id>/constat")
@require(AGENT, scope="voies.ecrire")
def constater(path: UneVoie, body: Constater) -> tuple[Response, int]:
    """Constate un blocage avec la personne."""
    done = blocages.constater_for(path.voie_id, body.symptome, current_who(), request_id=request_id())
    return jsonify(reference=done.reference, state=done.state), 201


@api.put("/prefectures/<code>")
@require(AGENT, scope="regles.ecrire")
def ecrire(path: UnePrefecture, body: EcrireRegles) -> Response:
    """Publie les règles d'une préfecture, à partir d'un jour."""
    done = prefectures.write(path.code, _text(body), body.depuis, current_who(), request_id=request_id())
    return jsonify(prefecture=done.prefecture, depuis_date=done.depuis_date.isoformat(), version=done.version)


@api.post("/pannes")
@require(AGENT, scope="pannes.ecrire")
def declarer(body: DeclarerPanne) -> tuple[Response, int]:
    """Déclare une panne du téléservice."""
    panne = pannes.declare(body.prefectures, current_who(), request_id=request_id())
    return jsonify(panne_id=panne.id, debut_date=panne.debut_date.isoformat()), 201


@api.post("/pannes/<panne_id>/fin")
@require(AGENT, scope="pannes.ecrire")
def terminer(path: UnePanne) -> Response:
    """Dit que la panne est finie."""
    panne = pannes.end(path.panne_id, current_who(), request_id=request_id())
    fin: date | None = panne.fin_date
    return jsonify(panne_id=panne.id, fin_date=fin.isoformat() if fin else "")


def checked(body: Verifier) -> tuple[Controle, Identite]:
    """What was typed as what was seen."""
    controle = Controle(
        papier=body.papier == "oui",
        nom=body.nom_concorde == "oui",
        naissance=body.naissance_concorde == "oui",
        visage=body.visage_concorde == "oui",
        pour_autrui=body.pour_autrui == "oui",
        mandat_vu=body.mandat_vu == "oui",
        mandat_fin=body.mandat_fin,
    )
    return controle, Identite(body.nom, body.prenoms, body.naissance, body.nationalite, body.numero_etranger)


def arrival(body: Recevoir) -> Arrivee:
    """What was typed as what arrived."""
    titre, demarche = blocages.read_object(body.objet)
    return Arrivee(body.moyen, body.reception, titre, demarche, body.stade, body.fin_titre)


def _reply(voie: Any, status: int = 200) -> tuple[Response, int]:
    missing = [piece.libelle for piece in depots.missing_pieces(voie, voie.dossiers[-1])] if voie.dossiers else []
    return jsonify(reponses.voie_du_bureau(voie, missing)), status


def _text(body: EcrireRegles) -> str:
    return prefectures.as_text(body.regles)
