"""Records of an older application taken over by the command and its actions: rerun, corrected, killed, in parallel."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from dev.reprise.fabrique import PARTS, Fabrique
from services.deposit.actions import reprise
from services.deposit.store import Reprise
from tests.deposit.conftest import Deposit, a_person


def record(numero: str = "75-0000001", **changes: Any) -> dict[str, Any]:
    """A clean record of a student whose title ends in sixty days."""
    today = clock.today()
    made: dict[str, Any] = {
        "format": 1,
        "dossier": numero,
        "maj_date": (today - timedelta(days=5)).isoformat(),
        "personne": {
            "nom": f"Reprise{numero.translate(str.maketrans('0123456789-', 'abcdefghijk'))}",
            "prenoms": "Awa",
            "naissance_date": "1990-05-17",
            "nationalite": "MA",
            "numero_etranger": f"88{numero.replace('-', '')}",
            "telephone": "+33199000001",
            "adresse": ["1 rue d’Exemple", "75001 Paris"],
            "prefecture": "75",
        },
        "titres": [a_title(f"T{numero}")],
        "demandes": [],
    }
    return {**made, **changes}


def a_title(numero: str, **changes: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "numero": numero,
        "titre_code": "etudiant",
        "debut_date": (today - timedelta(days=304)).isoformat(),
        "fin_date": (today + timedelta(days=60)).isoformat(),
        "remise_date": (today - timedelta(days=280)).isoformat(),
        **changes,
    }


def run(*lines: dict[str, Any] | bytes) -> Reprise:
    """One run over these lines."""
    text = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return reprise.run(io.BytesIO(text), "essai.jsonl", par="essai")


def counts() -> dict[str, int]:
    """How much is stored, facts included."""
    database = mongo.database("deposit")
    kept = {name: database[name].count_documents({}) for name in ("usagers", "demandes", "dossiers_repris")}
    facts = sum(len(d["outbox"]) for name in ("usagers", "demandes") for d in database[name].find({}, {"outbox": 1}))
    return {**kept, "faits": facts}


def report(made: Reprise) -> list[dict[str, Any]]:
    """The lines of a report, in order."""
    return list(mongo.database("deposit")["lignes_reprise"].find({"reprise_id": made.id}).sort("ligne", 1))


def test_a_dirty_file_ends_in_the_report_line_by_line_and_the_same_file_again_changes_nothing(
    deposit: Deposit,
) -> None:
    made = Fabrique(7, clock.today(), PARTS | {"champ_refuse": 0.0, "ligne_trop_longue": 0.02})
    text = b"".join(made.lignes(300))

    first = reprise.run(io.BytesIO(text), "a.jsonl", par="essai")
    stored = counts()
    again = reprise.run(io.BytesIO(text), "a.jsonl", par="essai")

    told = (
        "LIGNE_ILLISIBLE",
        "LIGNE_TROP_LONGUE",
        "DOSSIER_REPETE",
        "DEMANDE_NON_CLOSE",
        "REMISE_ABSENTE",
        "TITRE_INCONNU",
        "DATES_INCOHERENTES",
    )
    found = {name: first.constats.get(name, 0) for name in told}
    assert found == {name: made.faites[name.lower()] for name in told}
    assert min(found.values()) > 0
    assert first.constats["PERSONNE_EN_DOUBLE"] >= made.faites["personne_en_double"] > 0
    assert first.constats["CHAMP_REFUSE"] == made.faites["courriel_refuse"] > 0
    assert first.lignes == len(report(first)) == len(text.splitlines())
    assert stored == counts()
    assert stored["dossiers_repris"] == 300
    assert again.resultats["INCHANGE"] == first.resultats["CREE"] == 300
    assert again.constats["DEMANDE_NON_CLOSE"] == first.constats["DEMANDE_NON_CLOSE"]
    assert (first.sha256, first.state) == (again.sha256, "TERMINEE")
