"""Documents by API: anybody checks a reference; the holder and agents download."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis import clock
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from droit.dates import Position
from droit.decision import Refused
from services.deposit.cadre import cadre
from services.deposit.demande.actions import queries, views
from services.deposit.dossier.actions import acces, protection
from services.deposit.droits.actions import attestations
from services.deposit.instruction.actions import reparations

TAG = Tag(name="documents", description="Attestations : vérifier, télécharger")
api = APIBlueprint("api_documents", __name__, abp_tags=[TAG])


class ReferencePath(BaseModel):
    """The reference printed on a document, or its number."""

    reference: str = Field(max_length=40)


class NumeroPath(BaseModel):
    """The number of a document."""

    numero: str = Field(max_length=19)


@api.get("/verifications/<reference>")
def verifier(path: ReferencePath) -> Response:
    """Dit si un document est valable aujourd’hui, remplacé ou fini, sans connexion."""
    return jsonify(queries.check_document(path.reference, clock.today()).to_dict())


@api.get("/documents/<numero>.pdf")
@require()
def telecharger(path: NumeroPath) -> Response:
    """Le document en PDF."""
    demande, attestation = attestations.find(path.numero)
    who = current_who()
    acces.access_demande(demande.id, who)
    if not attestations.proves(attestation) and protection.hidden_from(demande, who):
        # A letter bears the address of a protected person.
        raise Refused(protection.MASQUE)
    name = f"{attestation.nature.lower()}-{attestation.numero}.pdf"
    return Response(
        attestations.pdf(attestation),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@api.post("/documents/<numero>:envoyer")
@require(USAGER, AIDANT)
def envoyer(path: NumeroPath) -> Response:
    """Envoie le document par le moyen habituel de la personne et par la poste."""
    who = current_who()
    found = views.document(path.numero, who)
    reparations.send_document(found.numero, by=who.subject, request_id=request_id())
    return jsonify(numero=found.numero, envoye=True)


@api.get("/catalogue/titres")
def titres() -> Response:
    """La liste complète des titres et des situations, avec article, voie et documents (DEP-21)."""
    frame, day = cadre(), clock.today()
    return jsonify(
        position=frame.position.value,
        titres=[
            {
                "id": t.id,
                "code": t.code,
                "libelle": t.libelle,
                "resume": t.resume,
                "article": t.article,
                "teleservice": t.on_teleservice(day, Position(frame.position)),
                "a_completer": list(t.a_completer),
            }
            for t in frame.catalogue.titres()
        ],
    )
