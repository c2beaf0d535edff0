"""API for anybody: write to the centre, follow a ticket by its key, read cards, check a paper. No account needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import Field, model_validator

from chassis import clock
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from chassis.web.inputs import Corps, JourCivil
from chassis.web.openapi import PUBLIC
from services.ccc.actions import acces, attestations, contacts, fiches, file_attente, prefectures, saisines
from services.ccc.rules import etats

api = APIBlueprint("api_public", __name__, abp_tags=[Tag(name="Public")])
YEAR = timedelta(days=366)


class Nouvelle(Corps):
    """A ticket: only `precis` is needed."""

    precis: str = Field(min_length=1, max_length=4000)
    categorie: str = Field(default="", pattern="^(|TELEPROCEDURE|INFORMATION|SUIVI|AUTRE)$")
    symptome: int = Field(default=0, ge=0, le=13)
    etape: str = Field(default="", max_length=200)
    prefecture: str = Field(default="", max_length=3)
    choix: str = Field(default="", max_length=100)
    nom: str = Field(default="", max_length=200)
    prenoms: str = Field(default="", max_length=200)
    courriel: str = Field(default="", max_length=254)
    telephone: str = Field(default="", max_length=40)
    fin_droit: JourCivil | None = None
    objection: bool = False


class ClePath(Corps):
    """The key of the follow-up link."""

    cle: str = Field(min_length=20, max_length=60)


class Message(Corps):
    """What the person adds."""

    texte: str = Field(min_length=1, max_length=10000)


class ReferencePath(Corps):
    """What is written on the paper."""

    reference: str = Field(min_length=8, max_length=40)


class Recherche(Corps):
    """Words."""

    q: str = Field(min_length=1, max_length=200)


class Periode(Corps):
    """Which days to count, both included: a year at most, the last thirty unless said."""

    du: JourCivil | None = None
    au: JourCivil | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        until = self.au or clock.today()
        if self.du and not timedelta() <= until - self.du <= YEAR:
            raise ValueError("Choisissez un premier jour au plus un an avant le dernier.")
        return self


@api.post("/saisines", responses={"201": None}, openapi_extensions=PUBLIC)
def ouvrir(body: Nouvelle) -> Response:
    """Écrit au centre de contact : une référence datée tout de suite, un blocage enregistré si c'en est un."""
    asked = saisines.Ouverture(
        canal=etats.FORMULAIRE,
        precis=body.precis,
        categorie=body.categorie,
        symptome=body.symptome,
        etape=body.etape,
        prefecture=body.prefecture if prefectures.is_prefecture(body.prefecture) else "",
        choix=body.choix,
        nom=body.nom,
        prenoms=body.prenoms,
        courriel=contacts.read_courriel(body.courriel),
        telephone=contacts.read_telephone(body.telephone),
        fin_droit=body.fin_droit,
        objection=body.objection,
    )
    return make_response(jsonify(_shown(saisines.ouvrir(asked, current_who(), request_id=request_id()))), 201)


@api.get("/saisines/<string:cle>", openapi_extensions=PUBLIC)
def suivre(path: ClePath) -> Response:
    """L'état d'une demande, ses messages et ses façons de faire sans internet."""
    saisine = acces.access_suivi(path.cle)
    thread = [
        {"jour": m.jour_date.isoformat(), "auteur": m.auteur, "texte": m.texte} for m in file_attente.thread(saisine.id)
    ]
    ways = prefectures.modalites(saisine.prefecture, clock.today())
    return jsonify(_shown(saisine) | {"messages": thread, "voies": ways.lignes, "qui_repond": etats.QUI_REPOND})


@api.post("/saisines/<string:cle>/messages", openapi_extensions=PUBLIC)
def ajouter(path: ClePath, body: Message) -> Response:
    """Ajoute un message à sa demande."""
    saisine = acces.access_suivi(path.cle)
    return jsonify(_shown(saisines.continuer(saisine.id, saisines.Suite(body.texte), request_id=request_id())))


@api.post("/saisines/<string:cle>:non-regle", openapi_extensions=PUBLIC)
def non_regle(path: ClePath) -> Response:
    """Ce n'est pas réglé : la même demande rouvre, à un niveau plus haut."""
    return jsonify(_shown(saisines.rouvrir(acces.access_suivi(path.cle).id, request_id=request_id())))


@api.post("/saisines/<string:cle>:regle", openapi_extensions=PUBLIC)
def regle(path: ClePath) -> Response:
    """C'est réglé."""
    return jsonify(_shown(saisines.regler(acces.access_suivi(path.cle).id, request_id=request_id())))


@api.get("/documents/<string:reference>", openapi_extensions=PUBLIC)
def verifier(path: ReferencePath) -> Response:
    """Ce que vaut aujourd'hui une attestation de blocage."""
    return jsonify(attestations.PAPIERS.check(path.reference).to_dict())


@api.get("/fiches", openapi_extensions=PUBLIC)
def chercher(query: Recherche) -> Response:
    """Fiches d'information générale, avec leur source et leur date."""
    return jsonify(
        fiches=[
            {"titre": c.titre, "texte": c.texte, "source": c.source, "verifiee": c.verifiee.isoformat()}
            for c in fiches.search(query.q)
        ]
    )


@api.get("/chiffres", openapi_extensions=PUBLIC)
def chiffres(query: Periode) -> Response:
    """Entre deux jours (les trente derniers sinon) : sujets, canaux, délais, attente et abandons."""
    found = file_attente.public_figures(query.du, query.au)
    days = [{"jour": day.isoformat(), "nombre": number} for day, number in found["par_jour"]]
    return jsonify({**found, "du": found["du"].isoformat(), "au": found["au"].isoformat(), "par_jour": days})


def _shown(saisine: Any) -> dict[str, Any]:
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
