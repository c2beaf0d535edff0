"""Usagers, agents and managers are asked, once each and without a name; results are published and linked (XCT-16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from services.deposit.concertation.rules import concertations as rules
from tests.deposit.aidant.test_desk_aidants import enrolled
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import Screen, an_agent, signed_in

PUBLICS = ["usager", "agent", "encadrement"]


def boxes(name: str, days: int) -> dict[str, str]:
    year, month, day = (clock.today() + timedelta(days=days)).isoformat().split("-")
    return {f"{name}-jour": day, f"{name}-mois": month, f"{name}-annee": year}


def announced(deposit: Deposit, **changes: Any) -> str:
    """A vote on needs, announced from the national desk; its identifier."""
    desk = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-national")
    asked = {
        "titre": "De quoi avez-vous besoin ?",
        "publics": PUBLICS,
        "q1": "Ce qui manque le plus",
        "c1": "Des rendez-vous\nDes réponses\nDes explications",
        "m1": "2",
        "q2": "Le service est",
        "c2": "Clair\nPas clair",
        **boxes("debut_date", 0),
        **boxes("fin_date", 2),
        **changes,
    }
    done = desk.post("/agents/national/concertations", **asked)
    assert done.status_code == 303, done.text[:3000]
    return done.headers["Location"].rsplit("/", 1)[-1]


@pytest.mark.clause("XCT-16/a", "XCT-16/d")
def test_a_vote_is_answered_once_then_published_with_a_plot_and_linked_to_a_change(deposit: Deposit) -> None:
    asked = announced(deposit)
    person, anybody = a_person(deposit, nom="Votante"), Screen(deposit)
    page = signed_in(deposit, person)

    first = page.post(f"/concertations/{asked}", q0=["0", "1"], q1="0")
    second = person.call("POST", f"/concertations/{asked}/reponses", json={"reponses": [[2], [1]]})
    for number in range(5):
        token = deposit.agent("instructeur", agent_id=f"agent-vote-{number}")
        assert (
            deposit.call("POST", f"/concertations/{asked}/reponses", token, json={"reponses": [[1], []]}).json["compte"]
            is True
        )
    manager = deposit.agent("superviseur", agent_id="agent-chef")
    deposit.call("POST", f"/concertations/{asked}/reponses", manager, json={"reponses": [[0], [1]]})
    during = anybody.text(f"/concertations/{asked}")
    deposit.advance(3)
    after = anybody.text(f"/concertations/{asked}")
    data = anybody.get(f"/concertations/{asked}/resultats.json").json
    sheet = anybody.get(f"/concertations/{asked}/resultats.csv").data.decode("utf-8-sig")

    assert first.status_code == 303, first.text[:2000]
    assert second.json["compte"] is False
    assert "<svg" not in during
    assert "<svg" in after
    # Managers and usagers are too few to be shown apart; nor are the agents: what is left would be those two.
    assert data["participants"] == {"tous": 7}
    counts = {line["choix"]: line["nombres"]["tous"] for line in data["resultats"][0]["lignes"]}
    assert counts == {"Des rendez-vous": 2, "Des réponses": 6, "Des explications": 0}
    assert "Ce qui manque le plus;Des réponses;tous;6" in sheet
    desk = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-national")
    linked = desk.post(
        f"/agents/national/concertations/{asked}/changements",
        page="/agents/national/concertations",
        texte="Les réponses types sont publiées.",
    )
    assert linked.status_code == 303, linked.text[:2000]
    assert "Les réponses types sont publiées." in anybody.text("/concertations/changements")
    assert "Les réponses types sont publiées." in anybody.text(f"/concertations/{asked}")


@pytest.mark.clause("XCT-16/b", "XCT-16/c", "XCT-16/d")
def test_a_consultation_takes_words_recurs_and_hears_an_association_of_the_panel_in_its_name(deposit: Deposit) -> None:
    structure_id, member = enrolled(deposit, "aide-panel")
    desk = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-national")
    page = "/agents/national/concertations"
    desk.post("/agents/national/concertations/panel", page=page, structure_id=structure_id)
    asked = announced(
        deposit, publics=["usager", "association"], q2="Qu’est-ce qui vous bloque ?", c2="", retour_jours="30"
    )
    person, anybody = a_person(deposit, nom="Ecrivante"), Screen(deposit)

    written = signed_in(deposit, person).post(f"/concertations/{asked}", q0=["0"], m1="La file d’attente.")
    form = member.text(f"/concertations/{asked}")
    spoken = member.post(f"/concertations/{asked}", q0=["1"], m1="Les personnes sans adresse e-mail.")
    first = clock.today()
    deposit.advance(3)
    data, shown = anybody.get(f"/concertations/{asked}/resultats.json").json, anybody.text(f"/concertations/{asked}")
    read = desk.text(page)
    following = [row for row in anybody.get("/api/v1/concertations").json["concertations"] if row["retour_jours"] == 30]
    (next_one,) = [row for row in following if row["concertation_id"] != asked]

    assert (written.status_code, spoken.status_code) == (303, 303), spoken.text[:1500]
    name = data["associations"][0]
    assert f"Vous répondez pour {name}" in form and len(data["associations"]) == 1
    assert data["participants"] == {"association": 1, "tous": 2}
    assert data["reponses_en_mots"] == {"Qu’est-ce qui vous bloque ?": 2}
    # Words may name people: read by who organises, published by nobody.
    assert "La file d’attente." in read and f"{name} : Les personnes sans adresse e-mail." in read
    assert "La file d’attente." not in shown and name in shown
    # Announced again by itself, with the same questions.
    assert next_one["debut_date"] == (first + timedelta(days=30)).isoformat()
    assert [question["libelle"] for question in next_one["questions"]][1] == "Qu’est-ce qui vous bloque ?"
    assert "Cette consultation revient tous les 30 jours" in anybody.text(
        f"/concertations/{next_one['concertation_id']}"
    )


def test_what_is_kept_of_an_answer_does_not_say_whose_it_is(deposit: Deposit) -> None:
    asked = announced(deposit)
    person = a_person(deposit, nom="Discrete")
    person.call("POST", f"/concertations/{asked}/reponses", json={"reponses": [[0], [0]]})

    kept = list(mongo.database("deposit")["reponses_concertations"].find({"concertation_id": asked}))

    assert len(kept) == 1
    assert set(kept[0]) == {"_id", "concertation_id", "public", "reponses", "mots", "association"}
    assert kept[0]["association"] == ""
    assert person.usager_id not in str(kept[0])
    assert "Discrete" not in str(kept[0])
    audit = list(mongo.database("deposit")["concertations"].find({"_id": asked}, {"outbox": 1}))
    assert person.usager_id not in str(audit)


def test_each_public_answers_on_its_days_with_choices_that_exist(deposit: Deposit) -> None:
    asked = announced(deposit, publics=["agent"])
    later = announced(deposit, **boxes("debut_date", 5), **boxes("fin_date", 6))
    person, agent = a_person(deposit), deposit.agent("instructeur", agent_id="agent-vote-0")

    def answer(token: str, consultation: str, reponses: list[list[int]]) -> str:
        path = f"/concertations/{consultation}/reponses"
        return str((deposit.call("POST", path, token, json={"reponses": reponses}).json or {}).get("code", ""))

    assert answer(person.token, asked, [[0], [0]]) == "PAS_CE_PUBLIC"
    assert answer(agent, later, [[0], [0]]) == "CONCERTATION_FERMEE"
    assert answer(agent, asked, [[0, 1, 2], []]) == "REPONSE_INVALIDE"
    assert answer(agent, asked, [[7], []]) == "REPONSE_INVALIDE"
    assert answer(agent, asked, [[], []]) == "REPONSE_INVALIDE"
    assert answer(agent, asked, [[0], []]) == ""


def test_only_the_national_desk_announces_and_only_what_can_be_answered(deposit: Deposit) -> None:
    body = {
        "titre": "Titre",
        "publics": ["usager"],
        "debut_date": clock.today().isoformat(),
        "fin_date": (clock.today() + timedelta(days=3)).isoformat(),
        "questions": [{"libelle": "Q", "choix": ["A", "B"]}],
    }
    national = deposit.agent("bureau_national", prefectures=("*",), agent_id="agent-national")
    clerk = deposit.agent("instructeur", agent_id="agent-simple")

    def announce(token: str, **changed: Any) -> int:
        return deposit.call("POST", "/concertations", token, json=body | changed).status_code

    assert announce(clerk) == 403
    assert announce(national, publics=["tout le monde"]) == 422
    assert announce(national, questions=[{"libelle": "Q", "choix": ["A", "A"]}]) == 422
    assert announce(national, fin_date=(clock.today() - timedelta(days=1)).isoformat()) == 422
    assert announce(national) == 201


@pytest.mark.parametrize(
    ("people", "shown"),
    [
        ({"tous": 11, "usager": 6, "agent": 5}, {"usager", "agent"}),
        ({"tous": 12, "usager": 6, "agent": 5, "encadrement": 1}, {"usager"}),
        ({"tous": 11, "agent": 5, "usager": 3, "encadrement": 3}, {"agent"}),
        ({"tous": 3, "usager": 2, "association": 1}, {"association"}),
    ],
)
def test_no_answer_is_told_from_a_count_nor_from_what_is_left_of_the_total(
    people: dict[str, int], shown: set[str]
) -> None:
    assert rules.shown_apart(people) == shown
