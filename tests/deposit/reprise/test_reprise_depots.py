"""What an older application left open never stops anybody, and what was filed elsewhere is not filed twice."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from droit.jours import day_in_words
from services.deposit.dossier.store.demande import Demande
from services.deposit.due import DUE
from tests import drain
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.reprise.test_reprise import a_demande, a_title, person_of, record, report, run


def day(count: int) -> str:
    return (clock.today() + timedelta(days=count)).isoformat()


def holder(deposit: Deposit, numero: str, **changes: Any) -> tuple[Personne, dict[str, Any]]:
    """A person with her own account, known by the same number in the older application; and her record's line."""
    person = a_person(deposit, nom="Reprise", numero_etranger=numero)
    line = record(f"75-{numero}", **changes)
    line["personne"] |= {"nom": "Reprise", "numero_etranger": numero}
    return person, report(run(line))[0]


@pytest.mark.clause("DEP-27/a", "DEP-27/b", "DEP-27/c", "DEP-27/f", "CASE-09/a", "CASE-09/b")
def test_a_ghost_of_the_older_application_never_stops_a_renewal_and_any_prefecture_closes_it(deposit: Deposit) -> None:
    old = a_demande(depot=-400, prefecture="13")
    person, line = holder(deposit, "7700000101", demandes=[old], titres=[a_title("T101", remise_date=None)])
    browser = signed_in(deposit, person)

    home = browser.text("/espace")
    filed = person.file(titre_code="etudiant", fin_titre_date=day(60))
    tasks = an_agent(deposit, "instructeur", agent_id="agent-75").text(f"/agents/demandes/{filed['demande_id']}")
    ghost = next(d for d in demandes_of(person) if d["origine"])
    rhone = an_agent(deposit, "instructeur", prefectures=("69",), agent_id="agent-69")
    elsewhere = deposit.agent("instructeur", prefectures=("69",), agent_id="agent-69")
    silent = deposit.call("POST", f"/demandes/{ghost['_id']}:fermer-reprise", elsewhere, json={"motif": " "})
    real = deposit.call("POST", f"/demandes/{filed['demande_id']}:fermer-reprise", elsewhere, json={"motif": "x"})
    counter = deposit.call(
        "POST",
        f"/demandes/{ghost['_id']}:fermer-reprise",
        deposit.agent("ccc", agent_id="agent-c"),
        json={"motif": "x"},
    )
    closed = deposit.call(
        "POST", f"/demandes/{ghost['_id']}:fermer-reprise", elsewhere, json={"motif": "titre T101 tenu en main"}
    )

    # Listed in the report, and filed on the first attempt, the same day.
    assert {"DEMANDE_NON_CLOSE", "REMISE_ABSENTE"} <= set(line["constats"])
    assert (filed["state"], filed["depot_date"]) == ("DEPOSEE", clock.today().isoformat())
    assert filed["documents"][0]["nature"] == "AD"
    assert "La préfecture va vérifier" not in home
    assert "ancienne demande" in home
    assert ghost["reference"] in tasks
    # Closed from a préfecture that neither of the two is, with its trace; a real demande is not closed that way.
    assert (silent.status_code, real.status_code, counter.status_code, closed.status_code) == (422, 409, 403, 200)
    assert closed.json["state"] == "CLOSE"
    assert rhone.get(f"/agents/demandes/{ghost['_id']}").status_code == 403
    flags = {f["objet"] for f in stored(filed["demande_id"])["incoherences"] if f["code"] == "DEMANDE_NON_CLOSE"}
    assert flags == set()
    # Counted: the run's report, and the blocage that the person may record feeds the register of known faults.
    trace = [f for f in stored(ghost["_id"])["outbox"] if f["subject"] == "deposit.demande.close"]
    assert [f["by"] for f in trace] == ["agent:agent-69"]


def test_a_ghost_gives_no_right_and_hides_no_demande_of_the_queue(deposit: Deposit) -> None:
    person, _line = holder(deposit, "7700000102", demandes=[a_demande(depot=-800, prefecture="33")])
    gironde = an_agent(deposit, "instructeur", "superviseur", prefectures=("33",), agent_id="agent-33")
    ghost = demandes_of(person)[0]

    everything, past = gironde.text("/agents/"), gironde.text("/agents/?filtre=incoherence")
    opened = gironde.text(f"/agents/personnes/{person.usager_id}")
    listed = gironde.text(f"/agents/personnes/{person.usager_id}/anciennes")
    done = gironde.post(
        f"/agents/personnes/{person.usager_id}/anciennes/{ghost['_id']}",
        page=f"/agents/personnes/{person.usager_id}/anciennes",
        motif="ancien dossier papier",
    )
    deposit.advance(2)

    assert ghost["reference"] not in everything
    assert ghost["reference"] in past
    assert "/anciennes" in opened
    # The agent reads of it what the person reads.
    assert "restée ouverte dans un autre fichier" in opened
    assert ghost["reference"] in listed
    assert done.status_code == 303
    after = stored(ghost["_id"])
    assert (after["state"], [a["nature"] for a in after["attestations"]]) == ("CLOSE", ["CLOTURE"])


def test_a_demande_taken_over_without_recepisse_waits_in_the_queue_with_the_day_of_its_right(
    deposit: Deposit,
) -> None:
    live = a_demande(depot=-30, fin_titre_date=day(40), prefecture="75")
    person, _line = holder(deposit, "7700000113", demandes=[live])
    agent = an_agent(deposit, "instructeur", agent_id="agent-75")
    taken = demandes_of(person)[0]

    rows = [row.get_text(" ") for row in agent.browser.read("/deposit/agents/").html.find_all("tr")]
    line = next(row for row in rows if taken["reference"] in row)
    agent.confirm(f"/agents/demandes/{taken['_id']}/actes/complete")
    after = agent.browser.read("/deposit/agents/").text

    assert "sans récépissé : dites si elle est complète" in line
    assert person.read(taken["_id"])["retenue_date"] == day(-30), "its date is kept meanwhile"
    assert "sans récépissé : dites si elle est complète" not in after


@pytest.mark.clause("DEP-42/a", "DEP-42/c", "DEP-46/e")
def test_a_demande_filed_at_the_counter_is_carried_with_its_date_and_its_document(deposit: Deposit) -> None:
    end = clock.today() - timedelta(days=5)
    recepisse = {"numero": "R1", "debut_date": day(-70), "fin_date": day(20)}
    live = a_demande(depot=-70, fin_titre_date=end.isoformat(), document=recepisse, prefecture="75")
    person, line = holder(
        deposit, "7700000103", demandes=[live], titres=[a_title("T103", debut_date=day(-400), fin_date=end.isoformat())]
    )
    browser = signed_in(deposit, person)
    drain.due_work(DUE)

    begin = browser.text("/commencer/etudiant")
    already = person.call("GET", "/demandes:deja-deposees?titre_code=etudiant").json["demandes"]
    carried = person.read(already[0]["demande_id"])

    assert line["resultat"] == "CREE"
    assert "C’est déjà déposé" in begin
    assert f"/deposit/demandes/{carried['demande_id']}" in begin
    assert (carried["depot_date"], carried["retenue_date"]) == (day(-70), day(-70))
    kept = stored(carried["demande_id"])
    assert (kept["anterieurs"][0]["document"], kept["anterieurs"][0]["document_fin"]) == ("Récépissé R1", day(20))
    # Promise 1 holds at once: from the day after the end of the title.
    api = [d for d in carried["documents"] if d["nature"] == "API"]
    assert [d["nature"] for d in carried["documents"]].count("AD") == 1
    assert api[0]["debut_date"] == (end + timedelta(days=1)).isoformat()
    told = [f["prive"]["modele"] for f in kept["outbox"] if "modele" in f.get("prive", {})]
    assert "depot_anterieur" in told and "reception_confirmee" not in told
    # Said, never a bar: any number of demandes remains possible.
    second = person.file(titre_code="etudiant", fin_titre_date=end.isoformat())
    assert second["documents"][0]["nature"] == "AD"


@pytest.mark.clause("DEP-42/b", "DEP-42/c")
def test_the_page_of_a_new_filing_says_what_is_filed_even_misrouted_and_the_first_date_follows(
    deposit: Deposit,
) -> None:
    person = a_person(deposit)
    misrouted = person.file(titre_code="etudiant", fin_titre_date=day(40), prefecture="13")
    browser = signed_in(deposit, person)
    deposit.advance(3)

    begin = browser.text("/commencer/etudiant")
    other = browser.text("/commencer/visiteur")
    draft = person.begin(titre_code="etudiant", fin_titre_date=day(37))
    tasks = browser.text(f"/demandes/{draft['demande_id']}/preparer")
    there = deposit.agent("instructeur", prefectures=("13",), agent_id="agent-13")
    moved = deposit.call("POST", f"/demandes/{misrouted['demande_id']}:transferer", there, json={"prefecture": "75"})

    for page in (begin, tasks):
        assert misrouted["reference"] in page
        assert "Continuer avec cette demande" in page
    assert "C’est déjà déposé" not in other
    assert moved.json["retenue_date"] == misrouted["retenue_date"]
    assert moved.json["reference"] == misrouted["reference"]


@pytest.mark.clause("DEP-42/c")
def test_an_agent_joins_an_earlier_filing_and_the_rights_follow_the_first_date(deposit: Deposit) -> None:
    person = a_person(deposit)
    late = person.file(titre_code="etudiant", fin_titre_date=day(-3))
    base = f"/agents/demandes/{late['demande_id']}"
    clerk = an_agent(deposit, "prefecture", agent_id="agent-guichet")
    said = {"depot": day(-40), "lieu": "guichet", "numero": "REC-2026-17", "document": "Récépissé"}

    wrong = clerk.post(f"{base}/actes/rattacher-depot", **{**said, "depot": day(1)})
    untraced = clerk.post(f"{base}/actes/rattacher-depot", **{**said, "numero": "", "document": ""}, etape="faire")
    away = an_agent(deposit, "prefecture", prefectures=("13",), agent_id="agent-13").get(
        f"{base}/actes/rattacher-depot"
    )
    preview, done = clerk.confirm(f"{base}/actes/rattacher-depot", **said)
    after = person.read(late["demande_id"])
    agent = deposit.agent("instructeur")
    deposit.call("POST", f"/demandes/{late['demande_id']}:complete", agent)

    assert {wrong.status_code, untraced.status_code, away.status_code} - {422, 200} == {403}
    assert "garde sa première date" in html.unescape(preview.text)
    assert done.status_code == 303
    assert (after["retenue_date"], after["depot_date"]) == (day(-40), clock.today().isoformat())
    kept = stored(late["demande_id"])["anterieurs"][0]
    assert (kept["numero"], kept["par"]) == ("REC-2026-17", "agent:agent-guichet")
    documents = person.read(late["demande_id"])["documents"]
    assert [(d["nature"], d["debut_date"]) for d in documents if d["nature"] == "API"] == [("API", day(-2))]


@pytest.mark.clause("DEP-42/c")
def test_a_desk_recognises_a_demande_filed_elsewhere_and_the_person_files_nothing(deposit: Deposit) -> None:
    person = a_person(deposit)
    clerk = an_agent(deposit, "prefecture", agent_id="agent-guichet")
    path = f"/agents/personnes/{person.usager_id}/actes/reconnaitre-depot"
    said = {
        "titre_code": "etudiant",
        "depot": day(-30),
        "lieu": "poste",
        "numero": "LR-1A",
        "prefecture": "75",
        "fin_titre_date": day(10),
    }

    stranger = an_agent(deposit, "prefecture", prefectures=("13",), agent_id="agent-13").get(path)
    _preview, done = clerk.confirm(path, **said)
    twice = clerk.post(path, **said, etape="faire")
    listed = person.call("GET", "/demandes").json["demandes"]
    filed = person.read(listed[0]["demande_id"])

    assert stranger.status_code == 403
    assert (done.status_code, twice.status_code) == (303, 422)
    assert len(listed) == 1
    assert filed["depot_date"] == day(-30)
    assert filed["documents"][0]["nature"] == "AD"
    # Nothing came with it: what is mandatory is asked for at once, before any day is left bare.
    wanted = [p["code"] for p in filed["pieces_attendues"] if p["obligatoire"]]
    assert (filed["state"], filed["pieces_demandees"][0]["pieces"]) == ("PIECES_DEMANDEES", wanted)


@pytest.mark.clause("DEP-42/d", "DEP-42/e")
def test_what_was_complete_elsewhere_is_asked_for_no_more_and_gives_its_document(deposit: Deposit) -> None:
    person, clerk = a_person(deposit), an_agent(deposit, "prefecture", agent_id="agent-guichet-2")
    path = f"/agents/personnes/{person.usager_id}/actes/reconnaitre-depot"
    recepisse = {"numero": "LR-2B", "document": "Récépissé R2", "document_fin": day(200)}
    said = {"depot": day(-30), "lieu": "guichet", "prefecture": "75", "fin_titre_date": day(-10)}
    clerk.confirm(path, titre_code="etudiant", **recepisse, **said)
    demande_id = person.call("GET", "/demandes").json["demandes"][0]["demande_id"]
    filed = person.read(demande_id)
    space = signed_in(deposit, person).text("/espace")

    done = deposit.call("POST", f"/demandes/{demande_id}:complete", deposit.agent("instructeur"))
    last = clock.today() + timedelta(days=200)
    deposit.set_day(last)
    deposit.advance(1)
    given = person.read(demande_id)

    assert (filed["state"], filed["pieces_demandees"]) == ("DEPOSEE", []), "she is asked for nothing"
    assert (done.status_code, given["state"]) == (200, "COMPLETE")
    assert f"jusqu’au {day_in_words(last)}" in space, "what the counter gave proves her right until its last day"
    apis = [d["debut_date"] for d in given["documents"] if d["nature"] == "API"]
    assert apis == [(last + timedelta(days=1)).isoformat()], "the next one follows it"


@pytest.mark.clause("DEP-28/f")
def test_the_same_demande_in_both_systems_stays_one_at_the_earlier_date(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Reprise", numero_etranger="7700000107")
    here = person.file(titre_code="etudiant", fin_titre_date=day(60))
    line = record("75-7700000107", titres=[], demandes=[a_demande(depot=-20)])
    line["personne"] |= {"nom": "Reprise", "numero_etranger": "7700000107"}

    told = report(run(line))[0]
    agent = deposit.agent("instructeur", "superviseur")
    decided = deposit.call("POST", f"/demandes/{here['demande_id']}:favorable", agent)
    changed = report(run(line | {"maj_date": day(0)}))[0]

    assert "DEPOSEE_ICI_AUSSI" in told["constats"]
    assert (decided.json["state"], changed["resultat"]) == ("FAVORABLE", "MIS_A_JOUR")
    # Neither then nor once it is decided here does the other system's copy become a second demande.
    assert len(demandes_of(person)) == 1
    assert person.read(here["demande_id"])["retenue_date"] == day(-20)


@pytest.mark.clause("DEP-28/f")
@pytest.mark.parametrize(
    ("etat", "state", "constat"),
    [
        ("FAVORABLE", "FAVORABLE", ""),
        ("REMIS", "REMISE", ""),
        ("CLOS", "DEPOSEE", "DECISION_A_SAISIR"),
        ("DEFAVORABLE", "DEPOSEE", "DECISION_A_SAISIR"),
    ],
)
def test_the_older_application_goes_on_with_a_demande_but_refuses_and_closes_none_here(
    deposit: Deposit, etat: str, state: str, constat: str
) -> None:
    numero = f"75-80{'ABCD'[('FAVORABLE', 'REMIS', 'CLOS', 'DEFAVORABLE').index(etat)]}0001"
    live = a_demande(depot=-20, prefecture="75", fin_titre_date=day(60))
    first = record(numero, demandes=[live])
    first["personne"]["numero_etranger"] = ""
    run(first)
    later = record(numero, demandes=[{**live, "etat": etat, "decision_date": day(-1)}], maj_date=day(0))
    later["personne"]["numero_etranger"] = ""

    line = report(run(later))[0]

    usager = person_of(numero)
    demande = mongo.database("deposit")["demandes"].find_one({"usager_id": usager["_id"]})
    assert demande is not None
    assert demande["state"] == state
    assert (constat in line["constats"]) is bool(constat)
    if etat == "FAVORABLE":
        assert [a["nature"] for a in demande["attestations"]][-1] == "ADF"


def stored(demande_id: str) -> dict[str, Any]:
    """A demande as it is stored."""
    found = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})
    assert found is not None
    return dict(found)


def demandes_of(person: Personne) -> list[dict[str, Any]]:
    """The demandes of a person as they are stored."""
    return list(mongo.database("deposit")["demandes"].find({"usager_id": person.usager_id}))


def test_a_demande_of_no_known_prefecture_waits_for_somebody_to_say_which_and_is_then_taken_over(
    deposit: Deposit,
) -> None:
    filed = a_demande(depot=-20, prefecture="ZZ", fin_titre_date=day(10))
    line = record("75-7700000199", demandes=[filed])
    line["personne"] |= {"nom": "Sansprefecture", "numero_etranger": "7700000199", "prefecture": ""}

    said = report(run(line))[0]
    hers = Demande.objects(usager_id=person_of("75-7700000199")["_id"])
    before = hers.count()
    filed["prefecture"] = "13"
    line["maj_date"] = day(0)
    run(line)
    (taken,) = hers.clone()

    assert "PREFECTURE_INCONNUE" in str(said)
    assert before == 0
    assert (taken.prefecture, taken.state) == ("13", "DEPOSEE")
