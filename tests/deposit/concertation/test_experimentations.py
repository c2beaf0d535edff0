"""A new feature is tried in some préfectures and for some titles, in public, with exit criteria (XCT-15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from services.deposit.concertation.rules import experimentations as rules
from services.deposit.instruction.actions import delais
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in

DECIDED = 6


def boxes(name: str, days: int) -> dict[str, str]:
    year, month, day = (clock.today() + timedelta(days=days)).isoformat().split("-")
    return {f"{name}-jour": day, f"{name}-mois": month, f"{name}-annee": year}


def national(deposit: Deposit) -> Screen:
    return an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-national")


def opened(deposit: Deposit, **changes: Any) -> str:
    """An experiment opened from the national desk; its identifier."""
    asked = {
        "fonction": rules.DELAI_OBSERVE,
        "prefectures": "75",
        "titres": "etudiant",
        "responsable": "Direction du programme",
        "motif": "Les personnes demandent combien de temps cela prend.",
        **boxes("revue_date", 30),
        **changes,
    }
    done = national(deposit).post("/agents/national/experimentations", **asked)
    assert done.status_code == 303, done.text[:3000]
    return done.headers["Location"].rsplit("/", 1)[-1]


def stopped(deposit: Deposit, essai: str, motif: str = "Fin de l’essai") -> None:
    done = national(deposit).post(f"/agents/national/experimentations/{essai}", state="ARRETEE", motif=motif)
    assert done.status_code == 303, done.text[:3000]


@pytest.fixture(scope="module")
def followed(deposit: Deposit) -> tuple[Personne, dict[str, Any]]:
    """A student of Paris whose préfecture has already decided demandes like hers."""
    person = a_person(deposit, nom="Attend")
    end = (clock.today() + timedelta(days=90)).isoformat()
    demande = person.file(titre_code="etudiant", fin_titre_date=end)
    other = person.file(titre_code="visiteur", fin_titre_date=end)
    desk = an_agent(deposit, "instructeur")
    desk.text("/agents/")
    lines = mongo.database("deposit")["file_agents"]
    line = lines.find_one({"_id": demande["demande_id"]})
    assert line is not None
    for number in range(DECIDED):
        filed = clock.today() - timedelta(days=40 + number)
        lines.insert_one(
            line
            | {"_id": f"decidee-{number}", "depot_date": filed.isoformat(), "recue_date": filed.isoformat()}
            | {"decision_date": clock.today().isoformat(), "state": "REMISE", "filtres": []}
        )
    delais.compute()
    return person, {"essai": demande["demande_id"], "hors": other["demande_id"]}


@pytest.mark.clause("XCT-15/a")
def test_a_feature_shows_in_its_prefectures_and_titles_alone_and_stops_at_once(
    deposit: Deposit, followed: tuple[Personne, dict[str, Any]]
) -> None:
    person, demandes = followed
    page = signed_in(deposit, person)
    words = "Combien de temps, d’habitude"

    before = page.text(f"/demandes/{demandes['essai']}")
    essai = opened(deposit)
    during, outside = page.text(f"/demandes/{demandes['essai']}"), page.text(f"/demandes/{demandes['hors']}")
    stopped(deposit, essai)
    after = page.text(f"/demandes/{demandes['essai']}")
    elsewhere = opened(deposit, prefectures="13")
    far = page.text(f"/demandes/{demandes['essai']}")
    stopped(deposit, elsewhere)

    assert [words in text for text in (before, during, outside, after, far)] == [False, True, False, False, False]
    assert f"{DECIDED} demandes comme la vôtre" in during
    # What is lost without it is never a right: state, dates and what is expected are the same.
    assert "Votre demande est déposée" in after


@pytest.mark.clause("XCT-15/b")
def test_general_use_waits_for_its_criteria_measured_on_what_persons_and_agents_answered(
    deposit: Deposit, followed: tuple[Personne, dict[str, Any]]
) -> None:
    person, demandes = followed
    token = deposit.agent("bureau_national", prefectures=("*",), agent_id="agent-national")
    body = {
        "fonction": rules.DELAI_OBSERVE,
        "prefectures": ["75"],
        "titres": ["*"],
        "responsable": "Direction du programme",
        "revue_date": (clock.today() + timedelta(days=10)).isoformat(),
        "motif": "Deuxième essai",
        "criteres": [
            {"mesure": "utilite", "seuil": 60, "minimum": 3},
            {"mesure": "messages", "seuil": 100, "minimum": 1},
        ],
    }
    made = deposit.call("POST", "/experimentations", token, json=body).json
    essai = made["experimentation_id"]

    early = deposit.call(
        "POST", f"/experimentations/{essai}:decider", token, json={"state": "GENERALISEE", "motif": "Trop tôt"}
    )
    page = signed_in(deposit, person)
    page.post(f"/demandes/{demandes['essai']}/messages", page=f"/demandes/{demandes['essai']}", texte="Bonjour")
    page.post(f"/experimentations/{essai}/avis", page=f"/experimentations/{essai}", utile="oui")
    twice = person.call("POST", f"/experimentations/{essai}/avis", json={"utile": False})
    for number in range(2):
        agent = deposit.agent("instructeur", agent_id=f"agent-avis-{number}")
        deposit.call("POST", f"/experimentations/{essai}/avis", agent, json={"utile": True})
    public = Screen(deposit).text(f"/experimentations/{essai}")
    listed = deposit.call("GET", "/experimentations").json["experimentations"]
    measured = {c["mesure"]: c for c in next(e for e in listed if e["experimentation_id"] == essai)["criteres"]}
    general = deposit.call(
        "POST", f"/experimentations/{essai}:decider", token, json={"state": "GENERALISEE", "motif": "Utile à tous"}
    )

    assert made["criteres"][0]["verdict"] == "pas-encore"
    assert (early.status_code, early.json["code"]) == (409, "CRITERES_NON_ATTEINTS")
    assert twice.json["compte"] is False
    assert (measured["utilite"]["valeur"], measured["utilite"]["observations"]) == (100.0, 3)
    assert {c["verdict"] for c in measured.values()} == {"atteint"}
    # One message for the two demandes received since it began.
    assert (measured["messages"]["valeur"], measured["messages"]["observations"]) == (50.0, 2)
    for words in ("Direction du programme", "Deuxième essai", "100 %", "Atteint"):
        assert words in public, words
    assert "agent-national" not in public
    assert general.status_code == 200, general.json
    stopped(deposit, essai)


def test_an_experiment_past_its_review_says_so_and_a_review_keeps_its_reason(deposit: Deposit) -> None:
    essai = opened(deposit, **boxes("revue_date", 1))
    anybody = Screen(deposit)
    deposit.advance(2)

    late = anybody.text("/experimentations/")
    done = national(deposit).post(
        f"/agents/national/experimentations/{essai}", state="REVUE", motif="Peu de réponses", **boxes("revue_date", 20)
    )
    after = anybody.text(f"/experimentations/{essai}")
    audit = national(deposit).text(f"/agents/national/experimentations/{essai}")
    stopped(deposit, essai)

    assert "Revue en retard" in late
    assert done.status_code == 303
    assert "Peu de réponses" in after
    assert "Revue en retard" not in after
    assert "agent-national, bureau national" in audit


def test_only_the_national_desk_and_the_operator_decide_and_only_for_a_feature_of_the_list(deposit: Deposit) -> None:
    body = {
        "fonction": rules.DELAI_OBSERVE,
        "prefectures": ["75"],
        "titres": ["*"],
        "responsable": "X",
        "revue_date": (clock.today() + timedelta(days=10)).isoformat(),
        "motif": "Essai",
    }
    judge = deposit.agent("superviseur", agent_id="agent-sup")
    operator = deposit.agent("exploitant", prefectures=("*",), agent_id="agent-exploite")

    def ask(token: str, **changed: Any) -> tuple[int, str]:
        answer = deposit.call("POST", "/experimentations", token, json=body | changed)
        return answer.status_code, (answer.json or {}).get("code", "")

    assert ask(judge) == (403, "ACCES_REFUSE")
    assert ask(operator, fonction="attestation-de-depot") == (422, "FONCTION_INCONNUE")
    assert ask(operator, prefectures=["999"])[0] == 404
    assert ask(operator, revue_date=clock.today().isoformat()) == (422, "ESSAI_INVALIDE")
    assert ask(operator, motif=" ")[1] == "ESSAI_SANS_RAISON"
    assert ask(operator)[0] == 201
    assert ask(operator) == (409, "ESSAI_EN_COURS")
