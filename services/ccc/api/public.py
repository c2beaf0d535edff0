"""API for anybody: write to the centre, follow a ticket by its key, read cards, check a paper. No account needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, make_response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis import clock
from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import key_in_aggregate, request_id, without_key
from chassis.web.identity import current_who
from chassis.web.inputs import Body
from chassis.web.openapi import gives
from services.ccc import inputs
from services.ccc.actions import (
    acces,
    appels,
    attestations,
    fiches,
    file_attente,
    prefectures,
    saisines,
    suites,
    telephonie,
)
from services.ccc.rules import etats

if TYPE_CHECKING:
    from services.ccc.store import Saisine

api = APIBlueprint("api_public", __name__, abp_tags=[Tag(name="Public")])


class ClePath(Body):
    """The key of the follow-up link."""

    cle: str = Field(min_length=20, max_length=60)


class ReferencePath(Body):
    """What is written on the paper."""

    reference: str = Field(min_length=8, max_length=40)


@api.post("/saisines", responses=gives("cle"))
@key_in_aggregate
def ouvrir(body: inputs.NouvelleSaisine) -> Response:
    """Écrit au centre de contact : une référence datée tout de suite, un blocage enregistré si c'en est un."""
    asked = saisines.opening(body, etats.FORMULAIRE)
    return make_response(
        jsonify(_public_view(saisines.open_saisine(asked, current_who(), request_id=request_id()))), 201
    )


@api.get("/saisines/<string:cle>")
def suivre(path: ClePath) -> Response:
    """L'état d'une demande, ses messages et ses façons de faire sans internet."""
    saisine = acces.access_suivi(path.cle)
    thread = [
        {"jour": m.jour_date.isoformat(), "auteur": m.auteur, "texte": m.texte} for m in file_attente.thread(saisine.id)
    ]
    ways = prefectures.modalites(saisine.prefecture, clock.today())
    return jsonify(_public_view(saisine) | {"messages": thread, "voies": ways.lignes, "qui_repond": etats.QUI_REPOND})


@api.post("/saisines/<string:cle>/messages")
def ajouter(path: ClePath, body: inputs.Ajout) -> Response:
    """Ajoute un message à sa demande."""
    saisine = acces.access_suivi(path.cle)
    return jsonify(_public_view(suites.write_again(saisine.id, suites.Suite(body.texte), request_id=request_id())))


@api.post("/saisines/<string:cle>:non-regle")
def non_regle(path: ClePath) -> Response:
    """Ce n'est pas réglé : la même demande rouvre, à un niveau plus haut."""
    return jsonify(_public_view(suites.reopen(acces.access_suivi(path.cle).id, request_id=request_id())))


@api.post("/saisines/<string:cle>:opposer")
def opposer(path: ClePath) -> Response:
    """La préfecture ne voit plus cette demande."""
    return jsonify(_public_view(suites.object_to_copy(acces.access_suivi(path.cle).id, request_id=request_id())))


@api.post("/saisines/<string:cle>:regle")
def regle(path: ClePath) -> Response:
    """C'est réglé."""
    return jsonify(_public_view(suites.mark_solved(acces.access_suivi(path.cle).id, request_id=request_id())))


@api.post("/appels-sans-reponse", responses=gives())
def declarer(body: inputs.Tentatives) -> Response:
    """Dit que le centre n'a pas répondu ; au bout de P-ATTEMPTS, le centre lui-même est le blocage."""
    reference, number = appels.declare_vain(body, request_id=request_id())
    return make_response(jsonify(blocage_reference=reference, tentatives=number), 201)


@api.post("/telephonie/evenements", responses=gives())
@without_key
def telephonie_evenement(body: inputs.EvenementTelephonique) -> Response:
    """Un événement du standard téléphonique. Corps signé (X-Signature: sha256=…) ; les répétitions sont sans effet."""
    telephonie.check_signature(request.get_data(), request.headers.get("X-Signature", ""))
    return make_response(jsonify(appel_id=telephonie.receive(body).id), 201)


@api.get("/documents/<string:reference>")
def verifier(path: ReferencePath) -> Response:
    """Ce que vaut aujourd'hui une attestation de blocage."""
    return jsonify(attestations.PAPIERS.check(path.reference).to_dict())


@api.get("/fiches")
def chercher(query: inputs.Recherche) -> Response:
    """Fiches d'information générale, avec leur source et leur date."""
    return jsonify(
        fiches=[
            {
                "titre": c.titre,
                "texte": c.texte,
                "source": c.source,
                "verifiee": c.verifiee.isoformat() if c.verifiee else "",
            }
            for c in fiches.search(query.q)
        ]
    )


@api.get("/chiffres")
@ranked(LIST)
def chiffres(query: inputs.Periode) -> Response:
    """Entre deux jours (les trente derniers sinon) : sujets, canaux, délais, attente et abandons."""
    found = file_attente.public_figures(query.du, query.au)
    days = [{"jour": day.isoformat(), "nombre": number} for day, number in found["par_jour"]]
    return jsonify({**found, "du": found["du"].isoformat(), "au": found["au"].isoformat(), "par_jour": days})


def _public_view(saisine: Saisine) -> dict[str, Any]:
    return {
        "reference": saisine.reference,
        "cle": saisine.suivi_cle,
        "state": saisine.state,
        "phrase": etats.ETATS[saisine.state],
        "categorie": saisine.categorie,
        "niveau": saisine.niveau,
        "ouverture_date": saisine.ouverture_date.isoformat(),
        "blocage_reference": saisine.blocage_reference,
        "attestation_numero": saisine.papiers[-1].numero if saisine.papiers else "",
    }
