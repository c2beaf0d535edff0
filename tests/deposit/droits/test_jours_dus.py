"""What is owed on a day follows from what happened, and never from when something looked: each fault that left a day
without document, as a story.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from bs4 import BeautifulSoup

from chassis import clock
from droit.jours import last_day
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import attestations
from services.deposit.due import DUE
from tests import drain
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent
from tests.deposit.droits.test_sans_trou import CLOTURE, REFUS, days, proofs
from tests.deposit.messages import counted, messages, queue, rupture_reason
from tests.deposit.messages import filed as file_a_demande

UN_JOUR = timedelta(days=1)
COMPL = 30
ENFANT = {"nom": "Exemple", "prenoms": "Petit", "naissance_date": "2015-03-01"}


def bare_days(person: Personne, filed: dict[str, Any], first: date, last: date) -> list[date]:
    """The days from `first` to `last` on which no document of hers is valid, as her papers say."""
    given = [(d["debut_date"], d["fin_date"] or "9999") for d in proofs(person, filed)]
    lived = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in lived if not any(debut <= day.isoformat() <= fin for debut, fin in given)]


def sleep(deposit: Deposit, jours: int) -> None:
    """The worker is away: days pass, and it looks on the last one alone."""
    deposit.set_day(clock.today() + timedelta(days=jours))
    drain.due_work(DUE)


@pytest.mark.clause("DEP-48/c", "DEP-48/b")
def test_a_recepisse_of_another_office_that_outlasts_the_first_api_leaves_no_day_bare(deposit: Deposit) -> None:
    person = a_person(deposit, prefecture="69")
    desk = deposit.agent("instructeur", "prefecture", prefectures=("69",), agent_id="agent-69")
    end = clock.today() + timedelta(days=5)
    filed = person.file(titre_code="etudiant", fin_titre_date=end.isoformat(), prefecture="69")
    deposit.advance(10)
    recepisse = clock.today() + timedelta(days=150)
    said = {"depot": days(-40), "lieu": "guichet", "numero": "G-1", "document": "Récépissé"}
    joined = deposit.call(
        "POST",
        f"/demandes/{filed['demande_id']}:rattacher-depot",
        desk,
        json={**said, "document_fin": recepisse.isoformat()},
    )
    assert joined.status_code == 200, joined.json

    sleep(deposit, 400)

    assert bare_days(person, filed, end + UN_JOUR, clock.today()) == []


@pytest.mark.clause("DEP-48/d", "XCT-02/a")
def test_a_second_outage_eats_none_of_the_days_that_the_first_one_left(deposit: Deposit) -> None:
    person, operator = a_person(deposit), deposit.agent("exploitant", prefectures=("*",), agent_id="exploitant-1")
    first = clock.today()
    end = first + timedelta(days=2)

    def outage(jours: int) -> None:
        declared = deposit.call("POST", "/pannes", operator, json={})
        deposit.advance(jours)
        assert deposit.call("POST", f"/pannes/{declared.json['panne_id']}:terminer", operator).status_code == 200

    outage(4)
    deposit.advance(2)
    outage(5)
    deposit.advance(1)

    filed = person.file(titre_code="visiteur", fin_titre_date=end.isoformat())

    assert filed["retenue_date"] == first.isoformat()
    assert bare_days(person, filed, end + UN_JOUR, clock.today()) == []


@pytest.mark.clause("DEP-47/f", "XCT-04/c")
@pytest.mark.parametrize("how", ["closed by error", "worker asleep"])
def test_a_first_document_begins_on_the_day_it_was_owed_and_the_days_before_it_are_counted(
    deposit: Deposit, how: str
) -> None:
    place = {"closed by error": "56", "worker asleep": "22"}[how]
    agent = deposit.agent("superviseur", "instructeur", prefectures=(place,), agent_id=f"agent-{place}")
    person = a_person(deposit, situation_reguliere=False, prefecture=place)
    filed = person.file(titre_code="parent-d-enfant-francais", situation_reguliere=False, prefecture=place)
    owed = clock.today() + timedelta(days=COMPL)
    path = f"/demandes/{filed['demande_id']}"

    if how == "worker asleep":
        sleep(deposit, 75)
    else:
        deposit.advance(5)
        deposit.call("POST", f"{path}:clore", agent, json=CLOTURE)
        deposit.advance(70)
        assert proofs(person, filed) == []
        deposit.call("POST", f"{path}:rouvrir", agent)

    first = proofs(person, filed)[0]
    assert (first["nature"], first["debut_date"]) == ("REG", owed.isoformat())
    assert bare_days(person, filed, owed, clock.today()) == []
    cause = {"worker asleep": "machine"}.get(how, "fermeture")
    assert [(r["cause"], r["jours"]) for r in counted(deposit, agent)] == [(cause, (clock.today() - owed).days)]


def test_what_was_owed_before_a_decision_is_given_with_it(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    end = clock.today() + timedelta(days=3)
    filed = person.file(titre_code="conjoint-de-francais", fin_titre_date=end.isoformat())
    deposit.set_day(end + timedelta(days=40))

    deposit.call("POST", f"/demandes/{filed['demande_id']}:favorable", agent)

    given = [(d["nature"], d["debut_date"]) for d in proofs(person, filed)]
    assert given == [("API", (end + UN_JOUR).isoformat()), ("ADF", days(0))]


@pytest.mark.clause("DEP-53/d")
def test_the_paper_of_a_child_covers_the_child_alone_and_bears_no_mention_of_the_parent(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    refuge = person.file(titre_code="refugie")
    deposit.call("POST", f"/demandes/{refuge['demande_id']}:favorable", agent)
    child = person.file(titre_code="etudiant", fin_titre_date=days(10), beneficiaire=ENFANT)
    deposit.call("POST", f"/demandes/{child['demande_id']}:favorable", agent)
    own = person.file(titre_code="visiteur", fin_titre_date=days(20))
    deposit.call("POST", f"/demandes/{own['demande_id']}:favorable", agent)

    def mentions(filed: dict[str, Any]) -> str:
        adf = next(d for d in proofs(person, filed) if d["nature"] == "ADF")
        paper = pypdfium2.PdfDocument(person.call("GET", f"/documents/{adf['numero']}.pdf").data)
        return " ".join(page.get_textpage().get_text_range() for page in paper)

    assert "Reconnu(e) réfugié(e)" in mentions(own)
    assert "réfugié" not in mentions(child)

    # Filed late by a parent whose child alone holds a document: no document of the child makes her regular.
    late = a_person(deposit)
    theirs = late.file(titre_code="etudiant", fin_titre_date=days(1), beneficiaire=ENFANT)
    deposit.advance(5)
    filed = late.file(titre_code="visiteur", fin_titre_date=days(-3))
    assert [d["nature"] for d in proofs(late, theirs)] == ["API"]
    assert proofs(late, filed) == []


@pytest.mark.clause("XCT-02/b")
def test_days_stopped_in_a_prefecture_stay_stopped_after_a_transfer(deposit: Deposit) -> None:
    person, operator = a_person(deposit), deposit.agent("exploitant", prefectures=("*",), agent_id="exploitant-1")
    agent = deposit.agent("instructeur", prefectures=("75", "69"), agent_id="agent-deux")
    filed = person.file(titre_code="etudiant", fin_titre_date=days(60))
    path = f"/demandes/{filed['demande_id']}"
    deposit.call("POST", f"{path}:demander-pieces", agent, json={"pieces": ["domicile"]})
    declared = deposit.call("POST", "/pannes", operator, json={"prefectures": ["75"]})
    deposit.advance(19)
    deposit.call("POST", f"/pannes/{declared.json['panne_id']}:terminer", operator)
    before = person.read(filed["demande_id"])["pieces_demandees"][0]

    assert deposit.call("POST", f"{path}:transferer", agent, json={"prefecture": "69"}).status_code == 200

    after = person.read(filed["demande_id"])["pieces_demandees"][0]
    assert after["echeance_date"] == before["echeance_date"] == days(-19 + 30 + 20)
    assert after["suspensions"] == before["suspensions"] != []


@pytest.mark.clause("DEP-57/e")
def test_no_paper_is_made_again_for_who_has_no_right_any_more(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    filed = person.file(titre_code="visiteur", fin_titre_date=days(1))
    deposit.advance(3)
    (api,) = proofs(person, filed)
    path = f"/demandes/{filed['demande_id']}"
    deposit.call("POST", f"{path}:defavorable", agent, json=REFUS)

    refused = deposit.call("POST", f"{path}:reemettre", agent, json={"numero": api["numero"]})

    assert (refused.status_code, refused.json["code"]) == (409, "RIEN_A_REFAIRE")
    assert deposit.call("GET", f"/verifications/{api['numero']}").json["etat"] == "termine"


STORIES = ("violence", "conjugal", "traite", "victime", "santé", "malad", "asile", "protégé", "réfugié")


@pytest.mark.clause("DEP-59/c", "DEP-59/d")
@pytest.mark.parametrize(
    "code",
    ["victime-de-violences-conjugales", "victime-de-traite", "raison-de-sante", "parent-de-mineur-protege"],
)
def test_no_paper_code_or_check_tells_of_violence_illness_or_asylum(deposit: Deposit, code: str) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    filed = person.file(titre_code=code)
    path = f"/demandes/{filed['demande_id']}"
    deposit.call("POST", f"{path}:complete", agent)
    deposit.call("POST", f"{path}:favorable", agent)

    papers = person.read(filed["demande_id"])["documents"]
    told = []
    for paper in papers:
        pdf = pypdfium2.PdfDocument(person.call("GET", f"/documents/{paper['numero']}.pdf").data)
        told += [page.get_textpage().get_text_range() for page in pdf]
        told.append(json.dumps(deposit.call("GET", f"/verifications/{paper['numero']}").json, ensure_ascii=False))
    told += [paper.code for paper in Demande.objects(id=filed["demande_id"]).first().attestations]

    assert {"AD", "ADF"} <= {paper["nature"] for paper in papers}
    assert len(told) >= 3 * len(papers)
    said = " ".join(told).casefold()
    assert [story for story in STORIES if story in said] == []


@pytest.mark.clause("DEP-48/e", "XCT-04/d")
def test_an_agent_is_told_before_the_day_when_the_renewal_fails_for_one_person(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = deposit.agent("superviseur", "instructeur", prefectures=("88",), agent_id="agent-88")
    end = clock.today() + timedelta(days=20)
    hers, other = (file_a_demande(a_person(deposit), end.isoformat(), prefecture="88") for _ in range(2))
    given = attestations.due

    def fails_for_her(demande: Demande, *args: Any, **kwargs: Any) -> attestations.Dues:
        if demande.id == hers:
            raise ValueError("an error of ours")
        return given(demande, *args, **kwargs)

    monkeypatch.setattr(attestations, "due", fails_for_her)
    deposit.advance(10)
    seen = rupture_reason(queue(deposit, desk, hers)[1])
    assert Demande.objects(id=hers).first().due_failures == 1
    assert seen["date"] == (end - timedelta(days=4)).isoformat()
    assert rupture_reason(queue(deposit, desk, other)[1]) == {}
    assert [messages(demande).count("document_en_retard") for demande in (hers, other)] == [1, 0]

    monkeypatch.undo()
    done = deposit.call("POST", f"/demandes/{hers}:complete", desk)

    assert done.status_code == 200
    assert [d["debut_date"] for d in done.json["documents"] if d["nature"] == "API"] == [(end + UN_JOUR).isoformat()]
    assert rupture_reason(queue(deposit, desk, hers)[1]) == {}


@pytest.mark.clause("DEP-24/a", "DEP-47/a", "DEP-47/e", "DEP-48/g", "DEP-50/c")
def test_whatever_an_agent_finds_after_it_the_api_that_nobody_asked_for_holds_and_goes_on(deposit: Deposit) -> None:
    """deposit runs alone here: nothing else has a part in it."""
    agent = deposit.agent("instructeur")
    end = clock.today() + timedelta(days=70)
    checked, unchecked = a_person(deposit), a_person(deposit)
    complete = checked.file(titre_code="etudiant", fin_titre_date=end.isoformat())
    deposit.call("POST", f"/demandes/{complete['demande_id']}:complete", agent)
    nobody_came = unchecked.file(titre_code="visiteur", fin_titre_date=end.isoformat())
    deposit.advance(71)

    for person, filed in ((checked, complete), (unchecked, nobody_came)):
        (api,) = proofs(person, filed)
        # Paris chose six months for any demande.
        assert (api["debut_date"], api["fin_date"]) == (
            (end + UN_JOUR).isoformat(),
            last_day(end + UN_JOUR, 6).isoformat(),
        )
        asked = deposit.call(
            "POST", f"/demandes/{filed['demande_id']}:demander-pieces", agent, json={"pieces": ["domicile"]}
        )
        assert asked.status_code == 200
        assert deposit.call("GET", f"/verifications/{api['numero']}").json["etat"] == "valide"

    sleep(deposit, 300)
    for person, filed in ((checked, complete), (unchecked, nobody_came)):
        assert bare_days(person, filed, end + UN_JOUR, clock.today()) == []


@pytest.mark.clause("DEP-55/b", "DEP-56/a")
def test_the_paper_of_a_regularisation_gives_the_rights_of_a_recepisse_and_family_files_with_a_number(
    deposit: Deposit,
) -> None:
    agent = deposit.agent("instructeur")
    parent = a_person(deposit, situation_reguliere=False)
    filed = parent.file(titre_code="parent-d-enfant-francais", situation_reguliere=False)
    deposit.call("POST", f"/demandes/{filed['demande_id']}:complete", agent)
    (reg,) = proofs(parent, filed)
    numbered = a_person(deposit, numero_etranger="7503000077")
    family = numbered.file(titre_code="famille-de-bpi")

    pdf = pypdfium2.PdfDocument(parent.call("GET", f"/documents/{reg['numero']}.pdf").data)
    printed = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)
    assert "donne les mêmes droits que le récépissé de première demande" in printed
    assert [(d["nature"], d["debut_date"]) for d in proofs(numbered, family)] == [("API", days(0))]


@pytest.mark.clause("DEP-51/d")
def test_no_agent_types_the_work_right_the_title_or_the_article_of_a_paper(deposit: Deposit) -> None:
    person = a_person(deposit)
    filed = person.file(titre_code="etudiant", fin_titre_date=days(1))
    deposit.advance(2)
    token, desk = deposit.agent("instructeur"), an_agent(deposit, "instructeur")
    (api,) = proofs(person, filed)
    path = f"/demandes/{filed['demande_id']}"

    for code, said in (("favorable", {}), ("reemettre", {"numero": api["numero"]})):
        for typed in ("travail_mention", "titre_libelle", "article", "mentions"):
            refused = deposit.call("POST", f"{path}:{code}", token, json={**said, typed: "Autorise tout"})
            assert refused.status_code == 422, (code, typed)
        form = BeautifulSoup(desk.text(f"/agents{path}/actes/{code}"), "html.parser").select_one("main form")
        assert form is not None
        assert form.select("textarea, input[type=text], input:not([type])") == []
