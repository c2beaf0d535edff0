"""What the machine of three years found in the product, each as one short story through the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import signed_in

CLOTURE = {"motif": "pièces absentes", "texte": "texte appliqué", "recours": ["recours gracieux"]}
REFUS = {"motif": "motif", "texte": "texte appliqué", "recours": ["recours gracieux"]}


def days(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def proofs(person: Personne, filed: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents of a demande that prove a right."""
    return [d for d in person.read(filed["demande_id"])["documents"] if d["nature"] in ("API", "ADF", "REG")]


@pytest.mark.clause("DEP-52/a", "DEP-52/b")
@pytest.mark.parametrize(
    ("code", "mention"),
    [
        ("talent", "Autorise son titulaire à travailler, sans autorisation de travail (talent, première demande)"),
        ("talent-famille", "Autorise son titulaire à travailler (talent (famille))"),
    ],
)
def test_a_first_talent_demande_after_a_visa_is_no_renewal_and_its_api_allows_work(
    deposit: Deposit, code: str, mention: str
) -> None:
    person = a_person(deposit)

    filed = person.file(titre_code=code, fin_titre_date=days(1), visa=True)
    deposit.advance(2)

    (api,) = proofs(person, filed)
    assert api["travail"] == mention
    assert "sauf si" not in api["travail"]
    page = signed_in(deposit, person).text(f"/commencer/{code}")
    assert "J’ai un visa : c’est ma première demande de titre" in page


def test_a_closed_demande_that_was_complete_opens_again_with_its_documents(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur", "superviseur")
    filed = person.file(titre_code="visiteur", fin_titre_date=days(1))
    path = f"/demandes/{filed['demande_id']}"
    deposit.call("POST", f"{path}:complete", agent)
    deposit.advance(3)
    assert deposit.call("POST", f"{path}:clore", agent, json=CLOTURE).json["state"] == "CLOSE"
    deposit.advance(200)

    reopened = deposit.call("POST", f"{path}:rouvrir", agent)

    assert (reopened.status_code, reopened.json["state"]) == (200, "COMPLETE")
    first, second = proofs(person, filed)[:2]
    assert date.fromisoformat(second["debut_date"]) == date.fromisoformat(first["fin_date"]) + timedelta(days=1)


def test_a_machine_check_on_the_last_day_hides_no_request_of_an_agent(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    filed = person.file(titre_code="conjoint-de-francais", fin_titre_date=days(2))
    path = f"/demandes/{filed['demande_id']}"
    deposit.call("POST", f"{path}:demander-pieces", agent, json={"pieces": ["domicile"]})
    deposit.advance(3)

    seen = person.read(filed["demande_id"])

    assert [d["nature"] for d in proofs(person, filed)] == ["API"]
    assert seen["state"] == "PIECES_DEMANDEES" and seen["pieces_demandees"][0]["repondue_date"] == ""


@pytest.mark.clause("DEP-33/a", "DEP-33/b")
def test_who_cancels_after_the_end_of_the_title_and_files_what_fits_is_still_covered(deposit: Deposit) -> None:
    person, end = a_person(deposit), days(1)
    first = person.file(titre_code="etudiant", fin_titre_date=end)
    deposit.advance(10)
    person.call("POST", f"/demandes/{first['demande_id']}:annuler")

    other = person.file(titre_code="conjoint-de-francais", fin_titre_date=end)

    (api,) = proofs(person, other)
    assert api["debut_date"] == clock.today().isoformat()


@pytest.mark.clause("DEP-25/a")
def test_a_blocage_met_while_the_demande_was_closed_counts_when_it_opens_again(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("superviseur", "instructeur")
    person.call("POST", "/blocages", json={"symptome": "CONNEXION", "titre_code": "visiteur"})
    tried = clock.today()
    deposit.advance(5)
    filed = person.file(titre_code="visiteur", fin_titre_date=days(-2))
    path = f"/demandes/{filed['demande_id']}"
    deposit.call("POST", f"{path}:clore", agent, json=CLOTURE)
    deposit.advance(1)

    reopened = deposit.call("POST", f"{path}:rouvrir", agent).json

    assert reopened["retenue_date"] == tried.isoformat()


def test_a_blocage_of_a_demande_already_decided_does_not_date_the_next_one(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur", "superviseur")
    person.call("POST", "/blocages", json={"symptome": "CONNEXION", "titre_code": "etudiant"})
    deposit.advance(2)
    before = person.file(titre_code="etudiant", fin_titre_date=days(40))
    deposit.call("POST", f"/demandes/{before['demande_id']}:favorable", agent)
    deposit.advance(1)

    after = person.file(titre_code="etudiant", fin_titre_date=days(300))

    assert before["retenue_date"] < before["depot_date"]
    assert after["retenue_date"] == after["depot_date"]
