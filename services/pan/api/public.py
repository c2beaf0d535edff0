"""API for anybody: directory, slots, booking, its change, check of a paper. No account or ticket (PAN-04)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis.web import limits
from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import key_in_aggregate, request_id, without_key
from chassis.web.inputs import Body
from chassis.web.openapi import gives
from services.pan import inputs
from services.pan.actions import accueil, agenda, attentes, lieux, offre, signalements, volumes
from services.pan.actions.papiers import PAPIERS

if TYPE_CHECKING:
    from services.pan.store import RendezVous

api = APIBlueprint("public", __name__, abp_tags=[Tag(name="Public")])


class Departement(Body):
    """A département."""

    departement: str = Field(min_length=2, max_length=3)


class ReferencePath(Body):
    """What is written on a paper."""

    reference: str = Field(min_length=8, max_length=40)


class LieuPath(Body):
    """A place."""

    lieu_id: str = Field(min_length=1, max_length=80)


@api.get("/annuaire/<string:departement>")
def annuaire(path: Departement) -> Response:
    """Annuaire des lieux d'accueil d'un département, avec les services qui n'ont pas de point d'accueil."""
    return jsonify(lieux.directory(path.departement))


@api.get("/annuaire-manquants")
@ranked(LIST)
def manquants() -> Response:
    """Les préfectures et sous-préfectures qui n'ont pas de point d'accueil ouvert, dans tout le pays."""
    rows = [{"departement": code, "nom": nom, "services": names} for code, nom, names in lieux.without_pan()]
    return jsonify(departements=rows)


@api.post("/annuaire/<string:departement>/signalements", responses=gives())
def signaler(path: Departement, body: inputs.Signalement) -> Response:
    """Signale un lieu qui manque à l'annuaire, ou ce qui y est faux."""
    made = signalements.report(path.departement, body, request_id=request_id())
    return make_response(jsonify(id=made.id, recu_date=made.recu_date.isoformat()), 201)


@api.get("/creneaux")
def creneaux(query: inputs.Recherche) -> Response:
    """Créneaux libres, du plus proche au plus lointain.

    `suite` est le `apres` de la page suivante, vide à la fin ; `muets` nomme les systèmes qui n'ont pas répondu.
    """
    found = offre.offer(query.prefecture, query.objet, vecteur="WEB", du=query.du, au=query.au, apres=query.apres)
    return jsonify(creneaux=list(found.creneaux), muets=list(found.muets), suite=found.suite)


@api.post("/rendez-vous", responses=gives(rendez_vous_id="id"))
@key_in_aggregate
def reserver(body: inputs.PriseDeRendezVous) -> Response:
    """Prend un rendez-vous."""
    made = offre.book(offre.reservation(body, "WEB"), by="anonyme", request_id=request_id())
    return make_response(jsonify(rendez_vous(made)), 201)


@api.post("/rendez-vous:retrouver")
@without_key
def retrouver(body: inputs.MonRendezVous) -> Response:
    """Montre un rendez-vous à qui en connaît la référence et le nom."""
    limits.count_sign_in(f"rendez-vous {body.reference}")
    return jsonify(rendez_vous(agenda.by_reference(body.reference, body.nom)))


@api.post("/rendez-vous:deplacer")
def deplacer(body: inputs.Deplacement) -> Response:
    """Déplace un rendez-vous."""
    limits.count_sign_in(f"rendez-vous {body.reference}")
    found = agenda.by_reference(body.reference, body.nom)
    moved = offre.move(found.id, body.creneau_id, by="anonyme", vecteur="WEB", request_id=request_id())
    return jsonify(rendez_vous(moved))


@api.post("/rendez-vous:annuler")
def annuler(body: inputs.MonRendezVous) -> Response:
    """Annule un rendez-vous."""
    limits.count_sign_in(f"rendez-vous {body.reference}")
    found = agenda.by_reference(body.reference, body.nom)
    return jsonify(rendez_vous(offre.cancel(found.id, par="USAGER", by="anonyme", request_id=request_id())))


@api.post("/attentes", responses=gives())
def attendre(body: inputs.Inscription) -> Response:
    """Inscrit en liste d'attente ; la référence prouve l'essai et sa date."""
    made = attentes.join_list(body, request_id=request_id())
    return make_response(jsonify(reference=made.reference, inscrit_date=made.inscrit_date.isoformat()), 201)


@api.get("/lieux/<string:lieu_id>/file")
def file(path: LieuPath) -> Response:
    """Combien de personnes attendent sans rendez-vous, et le temps estimé, en minutes."""
    return jsonify(accueil.wait(path.lieu_id))


@api.get("/statistiques")
@ranked(LIST)
def statistiques(query: inputs.Periode) -> Response:
    """Visites par lieu et par genre, services rendus, lieux sans agent formé."""
    return jsonify(volumes.count(query.departement, query.du, query.au))


@api.get("/documents/<string:reference>")
def document(path: ReferencePath) -> Response:
    """Vérifie un papier donné par un lieu d'accueil."""
    return jsonify(PAPIERS.check(path.reference).to_dict())


def rendez_vous(made: RendezVous) -> dict[str, Any]:
    """An appointment as its holder sees it."""
    return {
        "id": made.id,
        "reference": made.reference,
        "state": made.state,
        "objet": made.objet,
        "creneau": offre.slot_view(made),
    }
