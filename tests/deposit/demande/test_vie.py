"""The life of a demande through the API of deposit, alone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from chassis import clock
from dev.parcours.recit import days_without
from droit.jours import day_in_words
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.droits.test_documents import text_of


def days(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def natures(demande: dict[str, object]) -> list[str]:
    return [document["nature"] for document in demande["documents"]]  # type: ignore[attr-defined]


@pytest.mark.clause("DEP-24/b", "DEP-46/a", "DEP-47/d")
def test_a_renewal_filed_after_the_window_gets_its_api_from_the_day_after_the_end_of_the_title(
    deposit: Deposit,
) -> None:
    person = a_person(deposit)
    end = clock.today() + timedelta(days=20)

    filed = person.file(titre_code="conjoint-de-francais", fin_titre_date=end.isoformat())
    deposit.advance(20)

    assert natures(filed) == ["AD"]
    document = person.read(filed["demande_id"])["documents"][-1]
    assert (document["nature"], document["debut_date"]) == ("API", (end + timedelta(days=1)).isoformat())


@pytest.mark.clause("DEP-48/a", "DEP-48/b")
def test_an_api_is_renewed_by_itself_before_it_ends_with_no_day_without_document(deposit: Deposit) -> None:
    person = a_person(deposit)
    end = clock.today() + timedelta(days=5)
    filed = person.file(titre_code="conjoint-de-francais", fin_titre_date=end.isoformat(), prefecture="69")
    deposit.advance(5 + 200)

    spans = [d for d in person.read(filed["demande_id"])["documents"] if d["nature"] == "API"]
    assert len(spans) >= 3
    assert spans[0]["debut_date"] == (end + timedelta(days=1)).isoformat()
    for before, after in pairwise(spans):
        assert date.fromisoformat(after["debut_date"]) == date.fromisoformat(before["fin_date"]) + timedelta(days=1)
    assert spans[-1]["fin_date"] >= clock.today().isoformat()


def test_a_second_filing_of_the_same_demande_that_comes_late_changes_nothing(deposit: Deposit) -> None:
    """A click repeated under another key, after the agent asked for a piece: the request still stands."""
    person, agent = a_person(deposit), deposit.agent("instructeur")
    filed = person.file(titre_code="etudiant", fin_titre_date=days(100))
    path = f"/demandes/{filed['demande_id']}"
    asked = deposit.call("POST", f"{path}:demander-pieces", agent, json={"pieces": ["domicile"]})
    before = person.read(filed["demande_id"])

    again = person.call("POST", f"{path}:deposer")

    assert asked.status_code == 200
    assert (again.status_code, again.json["code"]) == (409, "ETAT_IMPOSSIBLE")
    assert person.read(filed["demande_id"]) == before
    assert (before["state"], natures(before)) == ("PIECES_DEMANDEES", ["AD"])


@pytest.mark.clause("DEP-53/a", "DEP-53/b", "DEP-53/e", "DEP-62/b")
def test_a_favourable_decision_gives_an_adf_without_limit_until_the_title_is_handed_over(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur", "superviseur")
    filed = person.file(titre_code="etudiant", fin_titre_date=days(100))
    path = f"/demandes/{filed['demande_id']}"

    assert deposit.call("POST", f"{path}:complete", agent).json["state"] == "COMPLETE"
    decided = deposit.call("POST", f"{path}:favorable", agent).json
    adf = decided["documents"][-1]
    before = deposit.call("GET", f"/verifications/{adf['numero']}").json
    deposit.call("POST", f"{path}:titre-pret", agent, json={"lieu": "Préfecture d’exemple"})
    card = {"numero": "C-0001", "fin_date": "2027-09-01"}
    unchecked = deposit.call("POST", f"{path}:remettre", agent, json=card)
    asked = deposit.call("GET", f"/usagers/{person.usager_id}/questions", agent).json["questions"]
    known = {"naissance": "17/05/1990", "prenoms": "Awa", "depot": clock.today().strftime("%d/%m/%Y")}
    known["fin_titre"] = (clock.today() + timedelta(days=100)).strftime("%d/%m/%Y")
    answers = {question["code"]: known[question["code"]] for question in asked}
    deposit.call("POST", f"/usagers/{person.usager_id}:verifier-identite", agent, json={"reponses": answers})
    handed = deposit.call("POST", f"{path}:remettre", agent, json=card).json
    deposit.advance(1)
    after = deposit.call("GET", f"/verifications/{adf['numero']}").json

    assert (adf["nature"], adf["fin_date"]) == ("ADF", "")
    assert unchecked.status_code == 403
    assert handed["state"] == "REMISE"
    assert (before["etat"], after["etat"]) == ("valide", "termine")


def test_each_mandatory_piece_that_is_missing_is_named(deposit: Deposit) -> None:
    person = a_person(deposit)
    draft = person.begin(titre_code="conjoint-de-francais")

    refused = person.call("POST", f"/demandes/{draft['demande_id']}:deposer")

    assert refused.status_code == 422
    assert refused.json["code"] == "PIECE_MANQUANTE"


@pytest.mark.clause("DEP-25/a")
def test_a_blocked_attempt_recorded_before_filing_is_the_date_that_counts(deposit: Deposit) -> None:
    person = a_person(deposit)
    first = clock.today()
    blocked = person.call("POST", "/blocages", json={"symptome": "DEMANDE_FANTOME", "titre_code": "etudiant"})
    deposit.advance(9)

    filed = person.file(titre_code="etudiant", fin_titre_date=days(-3))

    assert blocked.json["reference"].startswith("B-")
    assert filed["retenue_date"] == first.isoformat()
    assert filed["depot_date"] == (first + timedelta(days=9)).isoformat()
    deposit.advance(1)
    documents = person.read(filed["demande_id"])["documents"]
    assert [d["nature"] for d in documents] == ["AD", "API"]


@pytest.mark.clause("DEP-39/a", "DEP-39/d", "DEP-39/e")
def test_a_closing_without_its_reason_is_refused_and_its_notice_says_why_and_what_can_be_done(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("superviseur")
    filed = person.file(titre_code="visiteur", fin_titre_date=days(30))
    path = f"/demandes/{filed['demande_id']}:clore"

    refused = deposit.call("POST", path, agent, json={"motif": " ", "texte": "x", "recours": ["tribunal"]})
    closed = deposit.call(
        "POST", path, agent, json={"motif": "pièces absentes", "texte": "x", "recours": ["recours gracieux"]}
    )

    notice = next(d for d in person.read(filed["demande_id"])["documents"] if d["nature"] == "CLOTURE")
    printed = text_of(person, notice)

    assert refused.status_code == 422
    assert closed.json["state"] == "CLOSE"
    for words in (
        f"Votre demande est fermée le {day_in_words(clock.today())}",
        "Pourquoi pièces absentes",
        "Texte appliqué x",
        "Comment demander la réouverture",
        "Comment contester • recours gracieux",
    ):
        assert words in printed


@pytest.mark.clause("DEP-40/a", "DEP-40/d", "DEP-40/f")
def test_reopening_gives_back_the_first_date_and_leaves_no_missing_day(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("superviseur", "instructeur")
    end = clock.today() + timedelta(days=10)
    filed = person.file(titre_code="visiteur", fin_titre_date=end.isoformat())
    path = f"/demandes/{filed['demande_id']}"
    deposit.call(
        "POST", f"{path}:clore", agent, json={"motif": "erreur", "texte": "x", "recours": ["recours gracieux"]}
    )
    deposit.advance(40)
    reopened = deposit.call("POST", f"{path}:rouvrir", agent).json
    deposit.advance(1)

    documents = [d for d in person.read(filed["demande_id"])["documents"] if d["nature"] == "API"]
    assert reopened["retenue_date"] == filed["retenue_date"]
    assert documents[0]["debut_date"] == (end + timedelta(days=1)).isoformat()


@pytest.mark.clause("DEP-40/g")
@pytest.mark.parametrize(
    ("titre", "natures"),
    [
        # Of a refugee, the ADF of rec. 8-a follows the API from completeness on and has no end: none is renewed.
        ("refugie", ["API", "ADF"]),
        ("jeune-majeur-ne-et-scolarise", ["API"] * 2),
        ("parent-d-enfant-francais", ["REG"] * 3),
    ],
)
def test_reopening_a_first_demande_or_a_regularisation_gives_back_its_document_with_no_day_lost(
    deposit: Deposit, titre: str, natures: list[str]
) -> None:
    regular = titre != "parent-d-enfant-francais"
    person, agent = a_person(deposit, situation_reguliere=regular), deposit.agent("superviseur", "instructeur")
    filed = person.file(titre_code=titre, situation_reguliere=regular)
    path, first = f"/demandes/{filed['demande_id']}", clock.today()
    if not regular:
        deposit.call("POST", f"{path}:complete", agent)
    deposit.advance(5)
    why = {"motif": "erreur", "texte": "x", "recours": ["recours gracieux"]}
    deposit.call("POST", f"{path}:clore", agent, json=why)
    deposit.set_day(first + timedelta(days=250))
    deposit.advance(1)
    assert deposit.call("POST", f"{path}:rouvrir", agent).json["retenue_date"] == filed["retenue_date"]

    given = [d for d in person.read(filed["demande_id"])["documents"] if d["nature"] not in ("AD", "CLOTURE")]
    checked = deposit.call("GET", f"/verifications/{given[-1]['numero']}").json
    assert [document["nature"] for document in given] == natures
    assert days_without(given, first, clock.today()) == []
    assert checked["etat"] == "valide"
