"""Partners by API: the table and the counts for anybody, notes and refusals for those concerned (XCT-13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis import clock
from chassis.web.files import disposition
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.openapi import gives
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.demande.api import UsagerPath
from services.deposit.partenaire import actions as partenaires
from services.deposit.partenaire import inputs

if TYPE_CHECKING:
    from services.deposit.partenaire.store import RefusPartenaire

TAG = Tag(name="partenaires", description="Organismes : ce que dit leur texte, note à montrer, refus")
api = APIBlueprint("api_partenaires", __name__, abp_tags=[TAG])


class NotePath(BaseModel):
    """A document by its number, a kind of partner by its code."""

    numero: str = Field(max_length=40)
    code: str = Field(max_length=40)


class RefusPath(BaseModel):
    """A refusal by its identifier."""

    refus_id: str = Field(max_length=64)


@api.get("/partenaires")
def lister() -> Response:
    """Ce que dit le texte de chaque organisme, et la note à montrer."""
    return jsonify(
        partenaires=[
            {
                "code": row.code,
                "nom": row.nom,
                "textes": list(row.textes),
                "nomme": row.nomme,
                "phrase": row.phrase,
                "note": row.note,
                "regle": row.regle,
                "depuis_date": row.depuis.isoformat(),
            }
            for row in partenaires.table(clock.today())
        ]
    )


@api.get("/partenaires/refus")
def chiffres() -> Response:
    """Refus d’un an, par organisme et par préfecture."""
    found = partenaires.counts(clock.today())
    return jsonify(refus=[vars(count) | {"en_cours": count.en_cours} for count in found])


@api.get("/documents/<numero>/partenaires/<code>.pdf")
@require()
def note(path: NotePath) -> Response:
    """La note à montrer avec un document, en PDF."""
    content = partenaires.note_pdf(path.numero, path.code, current_who())
    headers = {"Content-Disposition": disposition(f"note-{path.code}-{path.numero}.pdf")}
    return Response(content, mimetype="application/pdf", headers=headers)


@api.post("/refus", responses=gives("refus_id"))
@require(USAGER, AIDANT, AGENT)
def signaler(body: inputs.Refus) -> tuple[Response, int]:
    """Enregistre le refus d’un document par un organisme."""
    return jsonify(_view(partenaires.report(body, current_who(), request_id=request_id()))), 201


@api.get("/usagers/<usager_id>/refus")
@require()
def refus(path: UsagerPath) -> Response:
    """Les refus signalés pour les documents d’une personne."""
    return jsonify(refus=[_view(found) for found in partenaires.of_person(path.usager_id, current_who())])


@api.post("/refus/<refus_id>:suivre")
@require(AGENT)
def suivre(path: RefusPath, body: inputs.Suite) -> Response:
    """Dit ce qui a été fait auprès de l’organisme ; la personne est prévenue."""
    return jsonify(_view(partenaires.follow(path.refus_id, body, current_who(), request_id=request_id())))


def _view(found: RefusPartenaire) -> dict[str, Any]:
    return {
        "refus_id": found.id,
        "demande_id": found.demande_id,
        "reference": found.reference,
        "numero": found.document_numero,
        "partenaire": found.partenaire,
        "organisme": found.organisme,
        "refus_date": found.refus_date.isoformat(),
        "texte": found.texte,
        "state": found.state,
        "suites": [{name: suite[name] for name in ("jour", "state", "texte")} for suite in found.suites],
    }
