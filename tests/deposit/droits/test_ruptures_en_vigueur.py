"""The rupture watch where the texts leave gaps: an agent is called before each, and each is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from chassis import clock
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, Personne, a_person, start
from tests.deposit.desk import an_agent
from tests.deposit.messages import counted, days, filed, messages, queue, rupture_reason


@pytest.fixture(scope="module")
def deposit(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deposit]:
    """A deposit in the other position of the switch."""
    yield from start(mongo, tmp_path_factory.mktemp("vigueur"), REGLES="droit_en_vigueur")


_NUMBERS = iter(range(7_100_000_001, 7_200_000_000))


def a_foreigner(deposit: Deposit) -> Personne:
    """A person with the number that the law in force asks for."""
    return a_person(deposit, numero_etranger=str(next(_NUMBERS)))


@pytest.mark.clause("XCT-04/a")
def test_a_gap_ahead_is_an_urgent_act_before_its_day_and_the_person_is_told_once(deposit: Deposit) -> None:
    desk = deposit.agent("superviseur", "instructeur")
    person, older = a_foreigner(deposit), a_foreigner(deposit)
    earlier = filed(older, days(200))
    end = clock.today() + timedelta(days=90)
    demande = filed(person, end.isoformat())

    deposit.advance(74)
    quiet = rupture_reason(queue(deposit, desk, demande)[1])
    deposit.advance(2)
    place, line = queue(deposit, desk, demande)
    shown = an_agent(deposit, "instructeur", agent_id="agent-page").text(f"/agents/demandes/{demande}")

    reason = rupture_reason(line)
    gap = end + timedelta(days=1)
    assert quiet == {}
    assert (place, line["avant_date"]) == (0, (gap - timedelta(days=5)).isoformat())
    assert reason["date"] < gap.isoformat() and "à venir" in reason["phrase"]
    assert queue(deposit, desk, earlier)[0] > place
    assert "Dossier non vérifié par un agent avant la fin" in shown
    assert messages(demande).count("rupture_prevue") == 1
    deposit.advance(3)
    assert messages(demande).count("rupture_prevue") == 1


@pytest.mark.clause("XCT-04/d")
def test_the_agent_who_acts_in_time_takes_the_urgent_act_away_and_nothing_is_counted(deposit: Deposit) -> None:
    desk = deposit.agent("superviseur", "instructeur", prefectures=("76",), agent_id="agent-76")
    demande = filed(a_foreigner(deposit), days(90), prefecture="76")
    deposit.advance(80)
    before = rupture_reason(queue(deposit, desk, demande)[1])

    done = deposit.call("POST", f"/demandes/{demande}:complete", desk)
    deposit.advance(20)

    assert before and done.status_code == 200
    assert rupture_reason(queue(deposit, desk, demande)[1]) == {}
    assert counted(deposit, desk) == []


@pytest.mark.clause("XCT-04/a")
def test_a_rupture_that_happened_is_counted_with_its_cause_and_length_until_a_document_exists(
    deposit: Deposit,
) -> None:
    desk = deposit.agent("superviseur", "instructeur", prefectures=("69",), agent_id="agent-69")
    end = clock.today() + timedelta(days=90)
    demande = filed(a_foreigner(deposit), end.isoformat(), prefecture="69")
    deposit.advance(90 + 12)

    lasting = counted(deposit, desk)
    top = queue(deposit, desk, demande)
    deposit.call("POST", f"/demandes/{demande}:complete", desk)
    ended = counted(deposit, desk)
    deposit.advance(30)

    month = (end + timedelta(days=1)).isoformat()[:7]
    common = {"prefecture": "69", "mois": month, "cause": "agent", "nombre": 1}
    assert lasting == [common | {"en_cours": 1, "jours": 11, "jours_max": 11}]
    assert "en cours" in rupture_reason(top[1])["phrase"] and top[0] == 0
    assert ended == [common | {"en_cours": 0, "jours": 11, "jours_max": 11}]
    assert counted(deposit, desk) == ended


@pytest.mark.parametrize(
    ("prefecture", "days_before_end", "cause"),
    [("13", 30, "depot_tardif"), ("31", -5, "depot_tardif")],
    ids=["apres-la-periode", "apres-la-fin"],
)
def test_who_files_late_in_the_law_in_force_is_counted_so(
    deposit: Deposit, prefecture: str, days_before_end: int, cause: str
) -> None:
    desk = deposit.agent("superviseur", prefectures=(prefecture,), agent_id=f"agent-{prefecture}")
    filed(a_foreigner(deposit), days(days_before_end), prefecture=prefecture)
    deposit.advance(max(days_before_end, 0) + 4)

    rows = counted(deposit, desk)

    assert [(row["cause"], row["en_cours"]) for row in rows] == [(cause, 1)]


@pytest.mark.clause("NOT-04/b")
@pytest.mark.parametrize("asked", [True, False], ids=["renouvelee", "pas-renouvelee"])
def test_before_an_attestation_ends_both_are_warned_and_what_is_not_renewed_rises(
    deposit: Deposit, asked: bool
) -> None:
    place = "67" if asked else "68"
    desk = deposit.agent("superviseur", "instructeur", prefectures=(place,), agent_id=f"agent-{place}")
    person = a_foreigner(deposit)
    demande = filed(person, days(90), prefecture=place)
    deposit.call("POST", f"/demandes/{demande}:complete", desk)
    deposit.advance(90)
    api = next(d for d in person.read(demande)["documents"] if d["nature"] == "API")
    lead = date.fromisoformat(api["fin_date"]) - timedelta(days=15)

    deposit.advance((lead - clock.today()).days)
    early = (rupture_reason(queue(deposit, desk, demande)[1]), messages(demande).count("rupture_prevue"))
    deposit.advance(1)
    warned = (rupture_reason(queue(deposit, desk, demande)[1]), messages(demande).count("rupture_prevue"))
    if asked:
        person.call("POST", f"/demandes/{demande}:renouveler")
    deposit.advance(20)

    assert early == ({}, 0)
    assert "à venir" in warned[0]["phrase"] and warned[1] == 1
    rows = [(row["cause"], row["jours"] > 0, row["en_cours"]) for row in counted(deposit, desk)]
    assert rows == ([] if asked else [("non_renouvele", True, 1)])
