"""Proofs for one purpose by API: made and revoked by the person, checked by anybody, in batches too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web import limits
from chassis.web.files import disposition
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.openapi import answers, gives
from chassis.web.who import AGENT, AIDANT, USAGER
from droit.decision import Motif
from services.deposit.demande.api import UsagerPath
from services.deposit.justificatif import actions as justificatifs
from services.deposit.justificatif import inputs

if TYPE_CHECKING:
    from services.deposit.justificatif.actions import Fait, Reponse
    from services.deposit.justificatif.store import Justificatif

TAG = Tag(name="justificatifs", description="Justificatifs pour un seul usage : faire, retirer, vérifier")
api = APIBlueprint("api_justificatifs", __name__, abp_tags=[TAG])
# What the counter of attempts calls a check.
ESSAI = "justificatif"


class JustificatifPath(BaseModel):
    """A proof by its identifier."""

    justificatif_id: str = Field(max_length=64)


@api.get("/usagers/<usager_id>/justificatifs")
@require(USAGER, AIDANT, AGENT)
def lister(path: UsagerPath) -> Response:
    """Les justificatifs d’une personne, et qui les a regardés."""
    return jsonify(justificatifs=[_with_readers(fait) for fait in justificatifs.made_by(path.usager_id, current_who())])


@api.post("/usagers/<usager_id>/justificatifs", responses=gives("justificatif_id"))
@require(USAGER, AIDANT, AGENT)
def faire(path: UsagerPath, body: inputs.Demande) -> tuple[Response, int]:
    """Fait un justificatif pour un seul usage."""
    return jsonify(_view(justificatifs.make(path.usager_id, body, current_who(), request_id=request_id()))), 201


@api.post("/justificatifs/<justificatif_id>:retirer")
@require(USAGER, AIDANT, AGENT)
def retirer(path: JustificatifPath) -> Response:
    """Retire un justificatif : personne ne le lit plus."""
    return jsonify(_view(justificatifs.revoke(path.justificatif_id, current_who(), request_id=request_id())))


@api.get("/justificatifs/<justificatif_id>.pdf")
@require(USAGER, AIDANT, AGENT)
def pdf(path: JustificatifPath) -> Response:
    """Le justificatif à imprimer."""
    content = justificatifs.pdf(path.justificatif_id, current_who())
    headers = {"Content-Disposition": disposition("justificatif.pdf")}
    return Response(content, mimetype="application/pdf", headers=headers)


@api.get("/justificatifs/<justificatif_id>/portefeuille", responses=answers("application/dc+sd-jwt"))
@require(USAGER, AIDANT)
def porter(path: JustificatifPath) -> Response:
    """Le même justificatif pour un portefeuille numérique (SD-JWT VC), là où il est à l’essai."""
    return Response(justificatifs.credential(path.justificatif_id, current_who()), mimetype="application/dc+sd-jwt")


@api.post("/justificatifs:verifier")
@without_key
def verifier(body: inputs.Verification) -> Response:
    """Vérifie un justificatif : code, date de naissance, qui vérifie et pour quoi. La personne lit qui a regardé."""
    limits.count_attempts(ESSAI, [justificatifs.counted(body.code, body.usage)])
    return jsonify(justificatifs.check(body).to_dict())


@api.post("/justificatifs:verifier-lot")
@without_key
def verifier_lot(body: inputs.Lot) -> Response:
    """Vérifie jusqu’à cinquante justificatifs ; chacun compte dans le quota de l’adresse qui demande."""
    limits.count_attempts(ESSAI, [justificatifs.counted(one.code, body.usage) for one in body.codes])
    return jsonify(reponses=[_body(answer) for answer in justificatifs.check_batch(body)])


@api.post("/justificatifs:relire")
@without_key
def relire(body: inputs.Recu) -> Response:
    """Relit un reçu : ce qui a été répondu ce jour-là, à qui."""
    limits.count_attempts(ESSAI, [justificatifs.counted(body.recu)])
    _found, answer = justificatifs.receipt(body)
    return jsonify(answer.to_dict())


@api.post("/justificatifs:refuser", responses=gives())
def refuser(body: inputs.Refus) -> tuple[Response, int]:
    """Dit pourquoi un organisme n’accepte pas ce justificatif : un agent de la préfecture suit ce refus."""
    limits.count_attempts(ESSAI, [justificatifs.counted(body.recu)])
    justificatifs.refuse(body, request_id=request_id())
    return jsonify(enregistre=True), 201


def _body(answer: Reponse | Motif) -> dict[str, Any]:
    if isinstance(answer, Motif):
        return {"etat": "inconnu", "code": answer.code, "phrase": f"{answer.phrase} {answer.suite}"}
    return answer.to_dict()


def _view(justificatif: Justificatif) -> dict[str, Any]:
    return {
        "justificatif_id": justificatif.id,
        "usage": justificatif.usage,
        "code": justificatif.code,
        "faite_date": justificatif.faite_date.isoformat(),
        "fin_date": justificatif.fin_date.isoformat(),
        "retire_date": justificatif.retire_date.isoformat() if justificatif.retire_date else "",
    }


def _with_readers(fait: Fait) -> dict[str, Any]:
    read = [
        {"organisme": each.organisme, "usage": each.usage, "etat": each.etat, "time": each.time.isoformat()}
        for each in fait.lectures
    ]
    return _view(fait.justificatif) | {"lectures": read}
