"""Reports of what was taken over, closing a ghost, and filings made elsewhere, by API."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.demande import api as vues
from services.deposit.demande.actions import queries
from services.deposit.demande.api import DemandePath
from services.deposit.dossier.actions import acces
from services.deposit.reprise import inputs
from services.deposit.reprise.actions import rapport
from services.deposit.reprise.actions.rapport import LECTEURS

TAG = Tag(name="reprises", description="Anciens fichiers et dépôts faits ailleurs")
api = APIBlueprint("api_reprises", __name__, abp_tags=[TAG])


class ReprisePath(BaseModel):
    """A run by its identifier."""

    reprise_id: str = Field(max_length=64)


class LignesQuery(BaseModel):
    """Which lines: those to look at (empty), `tout`, or those of one finding or result; page from 0."""

    constat: str = Field(default="", max_length=40)
    page: int = Field(default=0, ge=0, le=1_000_000)


class DejaQuery(BaseModel):
    """The thing that a person is about to ask for; `usager_id` for a helper."""

    titre_code: str = Field(default="", max_length=60)
    demarche_code: str = Field(default="", max_length=60)
    usager_id: str = Field(default="", max_length=64)


@api.get("/agents/reprises")
@require(AGENT, roles=LECTEURS)
def lister() -> Response:
    """Les passages de fichiers, le dernier d’abord, avec leurs comptes."""
    return jsonify(reprises=[_run(run, state) for run, state in rapport.runs()], regle=rapport.regle())


@api.get("/agents/reprises/<reprise_id>")
@require(AGENT, roles=LECTEURS)
def lire(path: ReprisePath, query: LignesQuery) -> Response:
    """Le rapport d’un passage : complétude et qualité, dossier par dossier."""
    found = rapport.report(path.reprise_id, query.constat, query.page)
    kept = ("ligne", "dossier", "prefecture", "resultat", "completude", "manques", "constats", "details")
    rows = [{name: line.get(name) for name in kept} for line in found.lignes]
    return jsonify(_run(found.reprise, found.etat) | {"rapport": rows, "suite": found.suite})


@api.post("/demandes/<demande_id>:fermer-reprise")
@require(AGENT)
def fermer(path: DemandePath, body: inputs.Fermeture) -> Response:
    """Ferme une ancienne demande reprise et jamais fermée, de n’importe quelle préfecture."""
    found = rapport.close_ghost(path.demande_id, body.motif, current_who(), request_id=request_id())
    return jsonify(vues.demande(found))


@api.get("/demandes:deja-deposees")
@require(USAGER, AIDANT)
def deja(query: DejaQuery) -> Response:
    """Ce qui est déjà valablement déposé pour la même chose : inutile de le déposer deux fois."""
    who = current_who()
    usager = acces.access_usager(query.usager_id or who.id, who)
    found = queries.already_filed(usager.id, query.titre_code, query.demarche_code)
    return jsonify(
        demandes=[
            {
                "demande_id": d.id,
                "reference": d.reference,
                "libelle": d.libelle,
                "depot_date": vues.iso(d.depot_date),
                "retenue_date": vues.iso(d.retenue_date),
                "prefecture": d.prefecture,
            }
            for d in found
        ]
    )


def _run(run: object, state: str) -> dict[str, object]:
    names = ("id", "source", "fichier", "sha256", "lignes", "resultats", "constats")
    shown: dict[str, object] = {name: getattr(run, name) for name in names}
    return shown | {"etat": state, "jour_date": vues.iso(getattr(run, "jour_date", None))}
