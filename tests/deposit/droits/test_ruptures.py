"""The rupture watch by HTTP: where the system acts by itself nobody is without document; what happened is counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chassis import clock
from tests.deposit.conftest import Deposit, a_person, mandatory
from tests.deposit.desk import an_agent
from tests.deposit.messages import counted, days, filed, messages, queue, rupture_reason


def test_days_lived_while_a_dossier_was_closed_are_put_down_to_the_closing(deposit: Deposit) -> None:
    desk = deposit.agent("superviseur", "instructeur", prefectures=("59",), agent_id="agent-59")
    demande = filed(a_person(deposit), days(10), prefecture="59")
    body = {"motif": "erreur", "texte": "x", "recours": ["recours gracieux"]}
    deposit.call("POST", f"/demandes/{demande}:clore", desk, json=body)
    deposit.advance(40)

    closed = counted(deposit, desk)
    deposit.call("POST", f"/demandes/{demande}:rouvrir", desk)

    assert closed == []
    assert [(r["cause"], r["jours"], r["en_cours"]) for r in counted(deposit, desk)] == [("fermeture", 29, 0)]


def test_where_the_system_renews_by_itself_no_urgent_act_is_opened_and_nobody_is_without_document(
    deposit: Deposit,
) -> None:
    desk = deposit.agent("superviseur", prefectures=("33",), agent_id="agent-33")
    demande = filed(a_person(deposit), days(20), prefecture="33")

    seen = []
    for _ in range(24):
        deposit.advance(5)
        seen.append(rupture_reason(queue(deposit, desk, demande)[1]))

    assert seen == [{}] * 24
    assert counted(deposit, desk) == []
    assert "rupture_prevue" not in messages(demande)


def test_a_machine_that_comes_late_is_counted_though_the_document_covers_the_past(deposit: Deposit) -> None:
    desk = deposit.agent("superviseur", prefectures=("35",), agent_id="agent-35")
    person = a_person(deposit)
    end = clock.today() + timedelta(days=20)
    demande = filed(person, end.isoformat(), prefecture="35")
    deposit.set_day(end + timedelta(days=7))
    deposit.advance(1)

    given = person.read(demande)["documents"][-1]
    assert date.fromisoformat(given["debut_date"]) == end + timedelta(days=1)
    assert [(r["cause"], r["jours"]) for r in counted(deposit, desk)] == [("machine", 7)]


def test_the_page_draws_the_ruptures_and_says_them_in_a_table_without_any_name(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Introuvable")
    filed(person, days(-5), prefecture="44")
    deposit.advance(3)
    token = deposit.agent("superviseur", prefectures=("44",), agent_id="agent-44")
    page = an_agent(deposit, "superviseur", prefectures=("44",), agent_id="agent-44").text("/agents/ruptures/")
    csv = deposit.call("GET", "/agents/ruptures.csv", token)
    elsewhere = an_agent(deposit, "superviseur", prefectures=("45",), agent_id="agent-45").text("/agents/ruptures/")
    nation = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-bn").text("/agents/ruptures/")

    assert "<svg" in page and "<table" in page and "Demande déposée après la fin" in page
    assert csv.mimetype == "text/csv" and csv.text.splitlines()[0].startswith("prefecture,mois,cause")
    assert ",depot_tardif," in csv.text
    assert "Introuvable" not in page + csv.text + nation
    assert "Loire-Atlantique" in nation and "Loire-Atlantique" not in elsewhere


@pytest.mark.clause("XCT-04/b")
def test_who_is_blocked_before_any_filing_is_in_the_watch_until_she_has_filed(deposit: Deposit) -> None:
    """By the draft that she could not send, or by the title that her account knows; each préfecture reads its own."""
    desk = deposit.agent("superviseur", prefectures=("37",), agent_id="agent-37")
    held, drafted, calm = (a_person(deposit, prefecture="37") for _ in range(3))
    end = days(10)
    held.call("POST", "/moi/titres", json={"titre_code": "etudiant", "fin_date": end})
    draft = drafted.begin(titre_code="etudiant", prefecture="37", fin_titre_date=end)
    met = [
        held.call("POST", "/blocages", json={"symptome": "DEMARCHE_GRISEE", "titre_code": "etudiant"}),
        drafted.call("POST", "/blocages", json={"symptome": "ENVOI_PIECE", "demande_id": draft["demande_id"]}),
    ]
    calm.call("POST", "/blocages", json={"symptome": "AUTRE"})
    references = {answer.json["reference"] for answer in met}

    def watched() -> dict[str, bool]:
        rows = deposit.call("GET", "/agents/ruptures", desk).json["bloquees"]
        return {row["reference"]: row["sans_document"] for row in rows}

    ahead = watched()
    page = an_agent(deposit, "superviseur", prefectures=("37",), agent_id="agent-37").text("/agents/ruptures/")
    elsewhere = an_agent(deposit, "superviseur", prefectures=("45",), agent_id="agent-45").text("/agents/ruptures/")
    deposit.advance(11)
    without = watched()
    for code in mandatory(draft):
        drafted.add(draft["demande_id"], code)
    filed_now = drafted.call("POST", f"/demandes/{draft['demande_id']}:deposer")

    assert ahead == dict.fromkeys(references, False)
    assert all(reference in page and reference not in elsewhere for reference in references)
    assert "Finit bientôt" in page
    assert without == dict.fromkeys(references, True)
    assert filed_now.status_code == 200, filed_now.json
    assert watched() == {met[0].json["reference"]: True}


@pytest.mark.parametrize("role", ["instructeur", "pan", "ccc"])
def test_who_has_no_part_in_the_watch_does_not_read_its_figures(deposit: Deposit, role: str) -> None:
    token = deposit.agent(role, agent_id=f"agent-sans-{role}")

    assert deposit.call("GET", "/agents/ruptures", token).status_code == 403
    assert deposit.call("GET", "/agents/ruptures.csv", token).status_code == 403
    assert an_agent(deposit, role, agent_id=f"agent-sans-{role}").get("/agents/ruptures/").status_code == 403


def test_what_another_demande_gives_the_person_ends_her_rupture(deposit: Deposit) -> None:
    person = a_person(deposit)
    desk = deposit.agent("superviseur", "instructeur", prefectures=("21",), agent_id="agent-21")
    filed(person, days(-5), prefecture="21")
    deposit.advance(10)
    lasting = counted(deposit, desk)

    other = person.file(titre_code="refugie", prefecture="21")
    deposit.advance(8)

    assert [row["en_cours"] for row in lasting] == [1]
    assert [d["nature"] for d in other["documents"]] == ["AD", "API"]
    assert [(row["en_cours"], 10 <= row["jours"] <= 17) for row in counted(deposit, desk)] == [(0, True)]


@pytest.mark.parametrize(("left", "taken", "stopped", "cause"), [("58", "71", 0, "panne"), ("03", "63", 1, "machine")])
def test_an_outage_is_the_cause_where_the_demande_was_on_that_day_and_nowhere_else(
    deposit: Deposit, left: str, taken: str, stopped: int, cause: str
) -> None:
    desk = deposit.agent("superviseur", "instructeur", prefectures=(left, taken), agent_id=f"agent-{left}")
    operator = deposit.agent("exploitant", prefectures=("*",), agent_id="exploitant-1")
    end = clock.today() + timedelta(days=20)
    demande = filed(a_person(deposit), end.isoformat(), prefecture=left)
    deposit.set_day(end + timedelta(days=1))
    declared = deposit.call("POST", "/pannes", operator, json={"prefectures": [(left, taken)[stopped]]})
    deposit.call("POST", f"/pannes/{declared.json['panne_id']}:terminer", operator)

    deposit.set_day(end + timedelta(days=4))
    deposit.call("POST", f"/demandes/{demande}:transferer", desk, json={"prefecture": taken})

    assert [row["cause"] for row in counted(deposit, desk)] == [cause]
