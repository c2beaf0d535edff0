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


def voie(held: Any) -> dict[str, Any]:
    """A stored route as its person reads it."""
    return {
        "reference": held.reference,
        "state": held.state,
        "origine": held.origine,
        "prefecture": held.prefecture or "",
        "titre_code": held.titre_code or "",
        "demarche_code": held.demarche_code or "",
        "date_protegee": held.date_protegee.isoformat(),
        "echeance_date": held.echeance_date.isoformat(),
        "rendez_vous_time": held.rendez_vous_time.isoformat() if held.rendez_vous_time else "",
        "rendez_vous_lieu": held.rendez_vous_lieu or "",
        "rendez_vous_fuseau": held.rendez_vous_fuseau or "",
        "convocation_numero": held.convocation_numero,
        "depot_reference": held.depot_reference or "",
        "attestation_numero": held.attestation_numero or "",
        "document_numero": held.document_numero or "",
        "moyens": list(held.moyens),
        "regle": held.regle or "",
        "papiers": [
            {
                "numero": paper.numero,
                "nature": paper.nature,
                "emis_date": paper.emis_date.isoformat(),
                "remplace": bool(paper.remplace_par),
            }
            for paper in held.papiers
        ],
    }


def voie_du_bureau(held: Any, manquantes: list[str]) -> dict[str, Any]:
    """A stored route as a desk reads it."""
    return voie(held) | {
        "voie_id": held.id,
        "identite": held.identite,
        "priorite": bool(held.priorite),
        "dossier": held.dossiers[-1].depot or "EN_MAIN" if held.dossiers else "",
        "manquantes": manquantes,
        "promesses": [{"promesse_id": p.promesse_id, "state": p.state, "phrase": p.phrase} for p in held.promesses],
    }
