"""What the API answers, as models: the documentation and the JSON are one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class PapierDonne(BaseModel):
    """A paper given; `chemin` is where its PDF is."""

    numero: str
    nature: str
    emis_date: str
    remplace: bool


class VoieSuivie(BaseModel):
    """A route as its person reads it."""

    reference: str
    state: str
    origine: str
    prefecture: str
    titre_code: str
    demarche_code: str
    date_protegee: str
    echeance_date: str
    rendez_vous_time: str
    rendez_vous_lieu: str
    rendez_vous_fuseau: str
    convocation_numero: str
    depot_reference: str
    demande_terminee: bool
    attestation_numero: str
    document_numero: str
    moyens: list[str]
    regle: str
    papiers: list[PapierDonne]


class VoieDuBureau(VoieSuivie):
    """The same route as a desk reads it."""

    voie_id: str
    identite: str
    priorite: bool
    dossier: str
    manquantes: list[str]
    promesses: list[dict[str, str]]


class Modalite(BaseModel):
    """The ways of a préfecture on a day."""

    code: str
    nom: str
    depuis_date: str
    a_revoir: bool
    moyens: list[str]
    lieu: str
    voies: list[dict[str, str]]
    panne: bool


def voie(doc: Any) -> dict[str, Any]:
    """A stored route as its person reads it."""
    return {
        "reference": doc.reference,
        "state": doc.state,
        "origine": doc.origine,
        "prefecture": doc.prefecture or "",
        "titre_code": doc.titre_code or "",
        "demarche_code": doc.demarche_code or "",
        "date_protegee": doc.date_protegee.isoformat(),
        "echeance_date": doc.echeance_date.isoformat(),
        "rendez_vous_time": doc.rendez_vous_time.isoformat() if doc.rendez_vous_time else "",
        "rendez_vous_lieu": doc.rendez_vous_lieu or "",
        "rendez_vous_fuseau": doc.rendez_vous_fuseau or "",
        "convocation_numero": doc.convocation_numero,
        "depot_reference": doc.depot_reference or "",
        "demande_terminee": bool(doc.demande_terminee),
        "attestation_numero": doc.attestation_numero or "",
        "document_numero": doc.document_numero or "",
        "moyens": list(doc.moyens),
        "regle": doc.regle or "",
        "papiers": [
            {
                "numero": paper.numero,
                "nature": paper.nature,
                "emis_date": paper.emis_date.isoformat(),
                "remplace": bool(paper.remplace_par),
            }
            for paper in doc.papiers
        ],
    }


def voie_du_bureau(doc: Any, manquantes: list[str]) -> dict[str, Any]:
    """A stored route as a desk reads it."""
    return voie(doc) | {
        "voie_id": doc.id,
        "identite": doc.identite,
        "priorite": bool(doc.priorite),
        "dossier": doc.dossiers[-1].depot or "EN_MAIN" if doc.dossiers else "",
        "manquantes": manquantes,
        "promesses": [{"promesse_id": p.promesse_id, "state": p.state, "phrase": p.phrase} for p in doc.promesses],
    }
