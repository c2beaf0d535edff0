"""Alerts before a title ends: on the days of P-ALERT, before the 120th day and again before the 60th."""

from __future__ import annotations

import json
from datetime import date, timedelta

from chassis import clock, event_log, mongo
from services.deposit.dossier.store.usager import Usager
from services.deposit.due import DUE
from tests import drain
from tests.deposit.conftest import Deposit, a_person, mandatory
from tests.deposit.desk import an_agent

P_ALERT = (150, 127, 75, 67)


def alerts(usager_id: str) -> list[tuple[int, str]]:
    """How many days before the end each alert was asked for, and the end that it tells."""
    history = event_log.whole_history(Usager, mongo.database("deposit"), usager_id)
    asked = [fact for fact in history if fact["prive"].get("modele") == "alerte_expiration"]
    told = [json.loads(fact["prive"]["contenu"])["champs"]["fin_titre_date"] for fact in asked]
    return [
        ((date.fromisoformat(fin) - date.fromisoformat(fact["day"])).days, fin)
        for fact, fin in zip(asked, told, strict=True)
    ]


def test_a_holder_is_alerted_twice_before_the_120th_day_and_twice_before_the_60th(deposit: Deposit) -> None:
    """On the very day of each setting, once, also when the worker looks again; the day before, nothing."""
    person = a_person(deposit)
    fin = clock.today() + timedelta(days=160)
    made = person.call("POST", "/moi/titres", json={"fin_date": fin.isoformat(), "titre_code": "etudiant"})
    assert made.status_code == 201, made.json
    for number, offset in enumerate(P_ALERT):
        for days, expected in ((offset + 1, number), (offset, number + 1), (offset, number + 1)):
            deposit.set_day(fin - timedelta(days=days))
            drain.due_work(DUE)
            assert len(alerts(person.usager_id)) == expected, days
    deposit.set_day(fin)
    drain.due_work(DUE)
    assert alerts(person.usager_id) == [(offset, fin.isoformat()) for offset in P_ALERT]
    assert [offset > 120 for offset in P_ALERT] == [True, True, False, False]
    assert all(120 > offset > 60 for offset in P_ALERT[2:])


def test_the_parent_is_told_before_the_document_of_a_child_ends_and_it_proves_nothing_of_the_parents(
    deposit: Deposit,
) -> None:
    person, agent = a_person(deposit), an_agent(deposit, "instructeur", "superviseur")
    child = {"nom": "Petit", "prenoms": "Lina", "naissance_date": "2020-01-01"}
    given = [person.file(demarche_code="dcem", beneficiaire=child | {"prenoms": name}) for name in ("Lina", "Noé")]
    fin = clock.today() + timedelta(days=151)
    agent.post(
        f"/agents/personnes/{person.usager_id}/identite", papier="PASSEPORT", nom="Exemple", naissance="17/05/1990"
    )
    for number, demande in enumerate(given):
        path = f"/agents/demandes/{demande['demande_id']}/actes"
        agent.confirm(f"{path}/favorable")
        agent.confirm(f"{path}/titre-pret", lieu="Guichet 4")
        card = {"numero": f"E-{number}", "fin_date-jour": str(fin.day), "fin_date-mois": str(fin.month)}
        agent.post(f"{path}/remettre", **card, **{"fin_date-annee": str(fin.year)})
    held = agent.text(f"/agents/personnes/{person.usager_id}")
    renewing = person.file(demarche_code="dcem", beneficiaire=child | {"prenoms": "Noé"})
    deposit.set_day(fin - timedelta(days=150))
    drain.due_work(DUE)
    drain.due_work(DUE)

    assert renewing["state"] == "DEPOSEE"
    assert "E-0" in held and "Rien de connu ne prouve son droit aujourd’hui." in held
    assert person.call("GET", "/moi").json["titres"] == []
    history = event_log.whole_history(Usager, mongo.database("deposit"), person.usager_id)
    told = [json.loads(f["prive"]["contenu"])["champs"] for f in history if f["prive"].get("modele") == "alerte_enfant"]
    assert [(one["enfant"], one["fin_titre_date"]) for one in told] == [("Lina Petit", fin.isoformat())]


def test_a_renewal_that_she_gave_up_and_another_demarche_stop_no_alert(deposit: Deposit) -> None:
    renewing, giving_up = a_person(deposit), a_person(deposit)
    fin = (clock.today() + timedelta(days=130)).isoformat()
    for person in (renewing, giving_up):
        person.call("POST", "/moi/titres", json={"fin_date": fin, "titre_code": "etudiant"})
        filed = person.file(titre_code="etudiant", fin_titre_date=fin)["demande_id"]
    giving_up.call("POST", f"/demandes/{filed}:annuler")
    draft = giving_up.begin(demarche_code="duplicata", fin_titre_date=fin)
    said = {"reponses": {"titre_numero": "OLD-1", "cause": "Il est perdu"}}
    giving_up.call("PUT", f"/demandes/{draft['demande_id']}/reponses", json=said)
    for code in mandatory(draft):
        giving_up.add(draft["demande_id"], code)
    lost = giving_up.call("POST", f"/demandes/{draft['demande_id']}:deposer")

    deposit.set_day(clock.today() + timedelta(days=3))
    drain.due_work(DUE)

    assert lost.json["state"] == "DEPOSEE"
    assert alerts(renewing.usager_id) == []
    assert alerts(giving_up.usager_id) == [(127, fin)]
