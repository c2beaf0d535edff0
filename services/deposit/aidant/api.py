"""Helpers by API: structures, members, mandates, the persons followed."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web import bearers, guessing, limits
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.openapi import gives
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.aidant import inputs
from services.deposit.aidant.actions import aidants, mandats, portefeuille, relais
from services.deposit.aidant.actions.mandats import Suivi
from services.deposit.demande.api import UsagerPath

TAG = Tag(name="aidants", description="Structures d’aide, mandats, personnes suivies")
api = APIBlueprint("api_aidants", __name__, abp_tags=[TAG])


class StructurePath(BaseModel):
    """A structure by its identifier."""

    structure_id: str = Field(max_length=64)


class MandatPath(BaseModel):
    """A mandate by its identifier."""

    mandat_id: str = Field(max_length=64)


@api.post("/structures", responses=gives("structure_id"))
@require(AGENT)
def inscrire(body: inputs.Structure) -> tuple[Response, int]:
    """Inscrit une structure d’aide."""
    made = aidants.enrol(body.nom, body.prefecture, body.courriel, current_who(), request_id=request_id())
    return jsonify(structure_id=made.id, nom=made.nom), 201


@api.post("/structures/<structure_id>:ajouter-membre", responses=gives())
@require(AGENT)
def ajouter(path: StructurePath, body: inputs.Membre) -> tuple[Response, int]:
    """Ajoute un membre ; le code sert une fois."""
    code = aidants.add_member(path.structure_id, body.login, body.nom, current_who(), request_id=request_id())
    return jsonify(login=body.login.casefold(), code=code), 201


@api.post("/structures/<structure_id>:retirer-membre")
@require(AGENT)
def retirer(path: StructurePath, body: inputs.Login) -> Response:
    """Retire l’accès d’un membre, tout de suite."""
    aidants.remove_member(path.structure_id, body.login, current_who(), request_id=request_id())
    return jsonify(retire=True)


@api.post("/structures/<structure_id>:suspendre")
@require(AGENT)
def suspendre(path: StructurePath, body: inputs.Suspension) -> Response:
    """Coupe toute une structure, tout de suite."""
    made = aidants.suspend(path.structure_id, body.motif, current_who(), request_id=request_id())
    return jsonify(structure_id=made.id, active=made.active)


@api.get("/aidants/echeances")
@require(AIDANT)
def echeances() -> Response:
    """Les échéances de toutes les personnes suivies, la plus proche d’abord."""
    found = [vars(e) | {"jour": e.jour.isoformat() if e.jour else None} for e in portefeuille.deadlines(current_who())]
    return jsonify(echeances=found)


@api.post("/mandats/<mandat_id>:passer")
@require(AIDANT)
def passer(path: MandatPath, body: inputs.Login) -> Response:
    """Passe le suivi d’une personne à un collègue."""
    made = portefeuille.hand_over(path.mandat_id, body.login, current_who(), request_id=request_id())
    return jsonify(mandat_id=made.id, referent=made.referent)


@api.post("/aidants:activation", responses=gives())
@without_key
def activer(body: inputs.Activation) -> tuple[Response, int]:
    """Choisit le mot de passe d’un membre, et donne la clé de ses codes, demandés à chaque connexion."""
    limits.count_sign_in(f"aidant:{body.login}")
    subject = aidants.activate(body.login, body.code, body.password)
    key, address = aidants.key_of(subject)
    return _token(subject, cle=key, adresse=address)


@api.post("/aidants:connexion", responses=gives())
@without_key
def connecter(body: inputs.Connexion) -> tuple[Response, int]:
    """Ouvre un jeton d’aidant."""
    with guessing.attempt(f"aidant {body.login}"):
        subject = aidants.prove(aidants.authenticate(body.login, body.password), body.code)
    guessing.passed(f"aidant {body.login}")
    return _token(subject)


@api.get("/aidants/personnes")
@require(AIDANT)
def personnes() -> Response:
    """Les personnes suivies, avec l’état de leurs demandes."""
    return jsonify(personnes=[_followed(suivi) for suivi in mandats.board(current_who())])


@api.post("/usagers/<usager_id>/mandats", responses=gives("mandat_id"))
@require(USAGER, AGENT)
def donner(path: UsagerPath, body: inputs.Mandat) -> tuple[Response, int]:
    """Donne un mandat, ou enregistre un mandat signé sur papier après contrôle d’identité."""
    made = mandats.give(
        path.usager_id, body.structure_id, body.portee, body.fin_date, current_who(), request_id=request_id()
    )
    return jsonify(mandat_id=made.id, portee=list(made.portee), fin_date=made.fin_date.isoformat()), 201


@api.post("/mandats/<mandat_id>:revoquer")
@require(USAGER, AIDANT, AGENT)
def revoquer(path: MandatPath) -> Response:
    """Met fin à un mandat, tout de suite."""
    made = mandats.revoke(path.mandat_id, current_who(), request_id=request_id())
    return jsonify(mandat_id=made.id, revoque=True)


@api.post("/mandats/<mandat_id>:messages")
@require(USAGER)
def messages(path: MandatPath, body: inputs.Relais) -> Response:
    """Fait partir les messages de la personne chez la structure d’un mandat, ou de nouveau chez elle."""
    done = relais.choose(path.mandat_id, body.recevoir, current_who(), request_id=request_id())
    return jsonify(structure_id=done.relais.get("structure_id", ""))


def _followed(suivi: Suivi) -> dict[str, Any]:
    kept = ("reference", "libelle", "state", "document_fin_date")
    return {
        "usager_id": suivi.usager.id,
        "nom": f"{suivi.usager.prenoms} {suivi.usager.nom}".strip(),
        "portee": list(suivi.mandat.portee),
        "fin_date": suivi.mandat.fin_date.isoformat(),
        "demandes": [{"demande_id": d["_id"], **{name: d.get(name) or "" for name in kept}} for d in suivi.demandes],
    }


def _token(subject: str, **more: str) -> tuple[Response, int]:
    token, expire = bearers.issue_bearer(subject, AIDANT)
    return jsonify(jeton=token, expire_time=expire.isoformat(), **more), 201
