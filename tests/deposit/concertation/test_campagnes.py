"""A démarche joins the téléservice: holders, helpers and the desks are told before its date of effect."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from chassis import event_log, mongo
from services.deposit.concertation.actions import campagnes
from services.deposit.concertation.store.campagne import Campagne
from services.deposit.dossier.store.usager import Structure, Usager
from tests.deposit.conftest import Deposit, a_person

CODE, EFFET = "carte-de-resident-permanent", date(2024, 7, 1)
LEAD = 60


def told(document: Any, key: str) -> list[dict[str, Any]]:
    """The fields of the messages that a person or a structure was asked to be sent, by template."""
    history = event_log.whole_history(document, mongo.database("deposit"), key)
    asked = [fact["prive"] for fact in history if fact["subject"] == "deposit.message.demande"]
    return [
        json.loads(prive["contenu"])["champs"] | {"modele": prive["modele"]}
        for prive in asked
        if prive["modele"].startswith("campagne")
    ]


def run() -> None:
    while campagnes.open_due() or campagnes.send_batch():
        pass


def test_holders_and_helpers_are_told_sixty_days_before_and_the_desks_by_the_fact(deposit: Deposit) -> None:
    """Who holds that title and no other, each helping structure; once; never before its time."""
    deposit.set_day(EFFET - timedelta(days=LEAD + 1))
    holder, other = a_person(deposit), a_person(deposit)
    for person, code in ((holder, CODE), (other, "etudiant")):
        titre = {"titre_code": code, "fin_date": "2026-01-01", "numero": f"N-{code}"}
        made = person.call("POST", "/moi/titres", json=titre)
        assert made.status_code in (200, 201), made.json
    clerk = deposit.agent("prefecture", agent_id="agent-inscrit")
    body = {"nom": "CCAS d’exemple", "prefecture": "75", "courriel": "ccas@exemple.test"}
    helper = deposit.call("POST", "/structures", clerk, json=body).json["structure_id"]
    run()
    assert told(Usager, holder.usager_id) == []

    deposit.set_day(EFFET - timedelta(days=LEAD))
    run()
    run()
    expected = {"effet_date": EFFET.isoformat()}
    for document, key, modele in (
        (Usager, holder.usager_id, "campagne_titulaire"),
        (Structure, helper, "campagne_bureau"),
    ):
        messages = [each for each in told(document, key) if "permanent" in each["libelle"]]
        assert [each["modele"] for each in messages] == [modele]
        assert expected.items() <= messages[0].items()
    assert not [each for each in told(Usager, other.usager_id) if "permanent" in each["libelle"]]
    opened = Campagne.objects(id__gt="", code=CODE).first()
    facts = event_log.whole_history(Campagne, mongo.database("deposit"), opened.id)
    assert [fact["subject"] for fact in facts] == ["deposit.campagne.ouverte"]
