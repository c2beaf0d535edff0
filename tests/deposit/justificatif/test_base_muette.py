"""Whoever checks while our store is silent reads that nothing could be checked, and never a refusal (DEP-59)."""

from __future__ import annotations

from dataclasses import replace

from chassis import mongo
from services.deposit.__main__ import SERVICE
from tests.browser import Browser
from tests.deposit.conftest import Deposit


def test_a_check_while_the_store_is_silent_says_that_nothing_could_be_checked(deposit: Deposit) -> None:
    silent = replace(deposit.settings, mongodb_uri="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    anybody = Browser(SERVICE.create_app(silent))
    mongo.connect(silent)
    typed = {"code": "T-2345-6789", "organisme": "Boulangerie", "usage": "travail"}
    day = {"naissance-jour": "17", "naissance-mois": "05", "naissance-annee": "1990"}

    answer = anybody.post("/deposit/justificatifs/verifier", typed | day)
    mongo.connect(deposit.settings)

    assert answer.status_code == 503
    assert "N’a pas pu être vérifié" in answer.text and "Ce n’est pas un refus" in answer.text
    assert "Aucun justificatif" not in answer.text and "Votre reçu" not in answer.text
