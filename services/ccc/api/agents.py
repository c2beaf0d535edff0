"""Agents' acts by API: the queue, and each power as one route."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT
from services.ccc.actions import anomalies, appels, attestations, bulletins, file_attente, leves, reponses, saisines
from services.ccc.rules import etats

api = APIBlueprint("api_agents", __name__, abp_tags=[Tag(name="Agents", description="Actes des agents")])
CENTRE = ("ccc", "ccc_superviseur")


class FileQuery(Corps):
    """Which tickets, and after which one."""

    etat: str = Field(default=etats.OUVERTE, max_length=20)
    apres: str = Field(default="", max_length=200)


class SaisinePath(Corps):
    """A ticket."""

    saisine_id: str = Field(min_length=1, max_length=60)


class CodePath(Corps):
    """A fault."""

    code: str = Field(min_length=1, max_length=40)


class BoitePath(Corps):
    """A mailbox."""

    boite_id: str = Field(min_length=1, max_length=60)


class Boite(Corps):
    """A mailbox of a desk."""

    cible: str = Field(pattern=f"^({'|'.join(bulletins.CIBLES)})$")
    prefecture: str = Field(default="", max_length=3)
    nom: str = Field(default="", max_length=200)
    courriel: str = Field(min_length=3, max_length=254)


class BoiteActive(Corps):
    """Whether it is written to."""

    actif: bool


class Reponse(Corps):
    """An answer, and what of the person's words or screenshot it takes up."""

    texte: str = Field(min_length=1, max_length=8000)
    citation: str = Field(default="", max_length=1000)
    capture_vue: str = Field(default="", max_length=1000)
    issue: str = Field(max_length=30)


class Question(Corps):
    """What is asked again."""

    question: str = Field(min_length=1, max_length=2000)


class Categorie(Corps):
    """What the ticket is about."""

    categorie: str = Field(pattern="^(TELEPROCEDURE|INFORMATION|SUIVI|AUTRE)$")
    symptome: int = Field(default=0, ge=0, le=13)


class Anomalie(Corps):
    """A fault recognised."""

    code: str = Field(min_length=1, max_length=40)


class Levee(Corps):
    """An act asked of deposit."""

    acte: int = Field(ge=1, le=20)
    motif: str = Field(min_length=1, max_length=1000)
    demande_id: str = Field(default="", max_length=60)
    courriel: str = Field(default="", max_length=254)
    remise: JourCivil | None = None
    attestation_numero: str = Field(default="", max_length=19)


class Issue(Corps):
    """How it ends."""

    issue: str = Field(max_length=30)


class Identite(Corps):
    """Answers to the fixed questions."""

    repere: str = Field(min_length=3, max_length=40)
    nom: str = Field(min_length=1, max_length=200)
    prenoms: str = Field(min_length=1, max_length=200)
    naissance: JourCivil
    pour_autrui: bool = False


class Abandon(Corps):
    """A call that nobody answered, told by the telephone system."""

    telephone: str = Field(min_length=3, max_length=40)
    attente_secondes: int = Field(default=0, ge=0, le=86400)


class Description(Corps):
    """A fault signalled."""

    titre: str = Field(min_length=3, max_length=200)
    description: str = Field(min_length=3, max_length=4000)
    symptome: int = Field(ge=1, le=13)
    depuis: JourCivil
    mots: str = Field(default="", max_length=500)


class Evolution(Corps):
    """A fault that moves on."""

    state: str = Field(pattern="^(OUVERTE|CONTOURNEE|RESOLUE)$")
    contournement: str = Field(default="", max_length=2000)
    plan: str = Field(default="", max_length=2000)
    soutien: str = Field(default="", max_length=1000)
    visite: str = Field(default="", max_length=300)
    solution: str = Field(default="", max_length=2000)


@api.get("/agents/file")
@require(AGENT)
def file(query: FileQuery) -> Response:
    """La file : la fin de droit la plus proche d'abord, avec ses raisons."""
    page = file_attente.queue(current_who(), query.etat, query.apres)
    return jsonify(saisines=[asdict(line) for line in page.lignes], suite=page.suite)


@api.post("/agents/saisines/<string:saisine_id>:repondre")
@require(AGENT)
def repondre(path: SaisinePath, body: Reponse) -> Response:
    """Répond à ce que la personne a écrit ou montré."""
    asked = reponses.Reponse(**body.model_dump())
    return _shown(reponses.repondre(path.saisine_id, asked, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:reformuler")
@require(AGENT)
def reformuler(path: SaisinePath, body: Question) -> Response:
    """Demande une précision, au plus P-ROUND fois."""
    return _shown(reponses.reformuler(path.saisine_id, body.question, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:qualifier")
@require(AGENT)
def qualifier(path: SaisinePath, body: Categorie) -> Response:
    """Change le sujet."""
    who = current_who()
    return _shown(saisines.qualifier(path.saisine_id, body.categorie, body.symptome, who, request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:reconnaitre")
@require(AGENT)
def reconnaitre(path: SaisinePath, body: Anomalie) -> Response:
    """Reconnaît une anomalie du registre : non résolue, elle oriente tout de suite."""
    return _shown(anomalies.reconnaitre(path.saisine_id, body.code, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:attester")
@require(AGENT)
def attester(path: SaisinePath) -> Response:
    """Atteste le blocage, avec les façons de faire de la préfecture."""
    return _shown(attestations.attester(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:lever")
@require(AGENT)
def lever(path: SaisinePath, body: Levee) -> Response:
    """Demande un acte qui lève le blocage."""
    asked = leves.Levee(**body.model_dump())
    return _shown(leves.lever(path.saisine_id, asked, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:clore")
@require(AGENT)
def clore(path: SaisinePath, body: Issue) -> Response:
    """Termine, en disant ce qui a été fait."""
    return _shown(reponses.clore(path.saisine_id, body.issue, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:verifier-identite")
@require(AGENT)
def verifier(path: SaisinePath, body: Identite) -> Response:
    """Compare les réponses aux questions fixes ; rien de ce qui est attendu n'est montré."""
    asked = appels.Questionnaire(**body.model_dump())
    return _shown(appels.verifier(path.saisine_id, asked, current_who(), request_id=request_id()))


@api.post("/agents/appels/abandons", responses={"201": None})
@require(AGENT, roles=CENTRE)
def abandon(body: Abandon) -> Response:
    """Note un appel abandonné ; au bout de P-ATTEMPTS, le centre lui-même est le blocage."""
    who = current_who()
    reference, number = appels.record_abandoned(
        body.telephone, body.attente_secondes, by=who.subject, request_id=request_id()
    )
    return make_response(jsonify(blocage_reference=reference, tentatives=number), 201)


@api.get("/agents/anomalies")
@require(AGENT)
def registre() -> Response:
    """Le registre des anomalies connues."""
    return jsonify(anomalies=[_fault(line) for line in anomalies.register(current_who())])


@api.post("/agents/anomalies", responses={"201": None})
@require(AGENT)
def signaler(body: Description) -> Response:
    """Inscrit une anomalie."""
    asked = anomalies.Description(**body.model_dump())
    made = anomalies.signaler(asked, current_who(), request_id=request_id())
    return make_response(jsonify(code=made.code), 201)


@api.post("/agents/anomalies/<string:code>:modifier")
@require(AGENT)
def modifier(path: CodePath, body: Evolution) -> Response:
    """Contournement, plan, visite ou solution."""
    asked = anomalies.Evolution(**body.model_dump())
    made = anomalies.modifier(path.code, asked, current_who(), request_id=request_id())
    return jsonify(code=made.code, state=made.state)


@api.get("/agents/bulletins")
@require(AGENT)
def parutions() -> Response:
    """Les bulletins parus, et le jour du prochain."""
    seen = bulletins.parutions(current_who())
    parus = [
        {"jour": each.jour_date.isoformat(), "ouvertes": list(each.ouvertes), "resolues": list(each.resolues)}
        for each in seen.parus
    ]
    return jsonify(bulletins=parus, prochain=seen.prochain.isoformat() if seen.prochain else "")


@api.post("/agents/bulletins/boites", responses={"201": None})
@require(AGENT)
def abonner(body: Boite) -> Response:
    """Inscrit une boîte aux lettres : elle reçoit les bulletins."""
    made = bulletins.abonner(bulletins.Boite(**body.model_dump()), current_who(), request_id=request_id())
    return make_response(jsonify(boite_id=made.id), 201)


@api.post("/agents/bulletins/boites/<string:boite_id>:changer")
@require(AGENT)
def changer_boite(path: BoitePath, body: BoiteActive) -> Response:
    """N'écrit plus à une boîte aux lettres, ou lui écrit de nouveau."""
    made = bulletins.set_active(path.boite_id, body.actif, current_who(), request_id=request_id())
    return jsonify(boite_id=made.id, actif=made.actif)


def _fault(line: dict[str, Any]) -> dict[str, Any]:
    days = {name: line[name].isoformat() if line[name] else "" for name in ("depuis", "resolue")}
    return {**line, **days}


def _shown(saisine: Any) -> Response:
    return jsonify(
        saisine_id=saisine.id,
        reference=saisine.reference,
        state=saisine.state,
        identite=saisine.identite,
        anomalie_code=saisine.anomalie_code,
        attestation_numero=saisine.papiers[-1].numero if saisine.papiers else "",
        actes=[{"libelle": a.libelle, "state": a.state, "phrase": a.phrase} for a in saisine.actes],
    )
