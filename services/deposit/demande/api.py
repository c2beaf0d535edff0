"""How aggregates show in JSON, and the models that several routes share."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from chassis import clock
from services.deposit.cadre import cadre
from services.deposit.droits.actions import attestations, calendrier, frais, suspensions

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Attestation, Demande
    from services.deposit.dossier.store.usager import Usager


class UsagerPath(BaseModel):
    """A person by her identifier."""

    usager_id: str = Field(max_length=64)


class DemandePath(BaseModel):
    """A demande by its identifier."""

    demande_id: str = Field(max_length=64)


class VueDocument(BaseModel):
    """A document of a demande."""

    numero: str
    nature: str
    debut_date: str
    fin_date: str
    remplacee_par: str
    article: str
    travail: str
    regle: str
    pdf: str


class VueDemande(BaseModel):
    """A demande as its holder reads it."""

    demande_id: str
    reference: str
    libelle: str
    titre_code: str
    demarche_code: str
    state: str
    phrase: str
    attendu: str
    suite: str
    depuis_date: str
    prefecture: str
    depot_date: str
    retenue_date: str
    fin_titre_date: str
    version: int
    pieces: list[dict[str, Any]]
    pieces_attendues: list[dict[str, Any]]
    pieces_demandees: list[dict[str, Any]]
    arrets: list[dict[str, str]] = []
    documents: list[VueDocument]
    fenetre: dict[str, str] = {}


def demande(found: Demande) -> dict[str, Any]:
    """A demande in JSON."""
    phrase = frais.phrase(found)
    return VueDemande(
        demande_id=found.id,
        reference=found.reference,
        libelle=found.libelle,
        titre_code=found.titre_code,
        demarche_code=found.demarche_code,
        state=found.state,
        phrase=phrase.phrase,
        attendu=phrase.attendu,
        suite=phrase.suite,
        depuis_date=iso(found.state_date),
        prefecture=found.prefecture,
        depot_date=iso(found.depot_date),
        retenue_date=iso(found.retenue_date),
        fin_titre_date=iso(found.fin_titre_date),
        version=found.version,
        pieces=[
            {
                "piece_id": p.id,
                "code": p.code,
                "nom": p.nom,
                "sha256": p.sha256,
                "sha256_recu": p.sha256_recu,
                "taille": p.taille,
                "reception_date": iso(p.reception_date),
            }
            for p in found.pieces
        ],
        pieces_attendues=attendues(found),
        pieces_demandees=[
            {
                "id": r.id,
                "pieces": r.pieces,
                "texte": r.texte,
                "demande_date": iso(r.demande_date),
                "repondue_date": iso(r.repondue_date),
                "echeance_date": iso(None if r.repondue_date else calendrier.due_day(found, r)),
                "suspensions": [
                    {"debut_date": iso(s.debut), "fin_date": iso(s.fin), "phrase": s.phrase}
                    for s in suspensions.of_request(found, r)
                ],
            }
            for r in found.demandes_pieces
        ],
        arrets=[{"cle": a.cle, "cause": a.cause, "debut_date": iso(a.debut)} for a in suspensions.open_stops(found)],
        documents=[document(a) for a in found.attestations],
    ).model_dump()


def attendues(found: Demande) -> list[dict[str, Any]]:
    """The pieces asked for, and which are there."""
    frame, sent = cadre(), attestations.pieces_sent(found)
    day = found.depot_date or clock.today()
    asked = attestations.objet_of(found).pieces(frame.catalogue, day, frame.position)
    return [
        {"code": p.code, "libelle": p.libelle, "obligatoire": p.obligatoire, "presente": p.code in sent} for p in asked
    ]


def document(found: Attestation) -> VueDocument:
    """A document in JSON, with the rule that gave it."""
    contenu = json.loads(found.contenu)
    return VueDocument(
        numero=found.numero,
        nature=found.nature,
        debut_date=iso(found.debut_date),
        fin_date=iso(found.fin_date),
        remplacee_par=found.remplacee_par,
        article=contenu.get("article", ""),
        travail=contenu.get("travail_mention", ""),
        regle=contenu.get("regle", ""),
        pdf=f"/deposit/api/v1/documents/{found.numero}.pdf",
    )


def usager(found: Usager) -> dict[str, Any]:
    """A person's account in JSON, for herself."""
    return {
        "usager_id": found.id,
        "identifiant": found.identifiant,
        "nom": found.nom,
        "prenoms": found.prenoms,
        "naissance_date": iso(found.naissance_date),
        "numero_etranger": found.numero_etranger or "",
        "courriel": found.courriel or "",
        "a_confirmer": dict(found.a_confirmer),
        "prefecture": found.prefecture,
        "titres": [
            {
                "titre_code": t.titre_code,
                "libelle": t.libelle,
                "numero": t.numero,
                "fin_date": iso(t.fin_date),
                "remis": t.remis,
            }
            for t in found.titres
        ],
    }


def iso(day: date | None) -> str:
    """A civil day as text, empty for none."""
    return day.isoformat() if day else ""
