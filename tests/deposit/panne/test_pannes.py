"""An outage: declared or found at deposit alone, or told by substitution; delays stand, dates hold, each is told."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock, due, mongo
from chassis.inbox import Inbox, Received
from chassis.mongo import collection_of
from chassis.watch import SHEDS_HEADER, Probe, Watch
from droit.jours import day_in_words
from sejour.substitution.v1 import events_pb2 as substitution
from services.deposit.consumers import HANDLERS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.panne import Panne as PanneConnue
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.rules.horloges import Arret, Panne, due_day, protected_days
from services.deposit.due import DUE
from services.deposit.panne.actions import annonces, pannes
from tests import drain
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent, signed_in
from tests.teleservice import Front

UN_JOUR = timedelta(days=1)
LUNDI = date(2027, 3, 1)


def days(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def receive(subject: str, event: Any, aggregate: str, version: int = 1) -> None:
    """A fact of another service, as the consumer gets it from the broker."""
    headers = {
        "Nats-Msg-Id": clock.new_id(),
        "sejour-aggregate": aggregate,
        "sejour-version": str(version),
        "sejour-parcours": f"panne:{aggregate}",
        "sejour-day": clock.today().isoformat(),
        "sejour-time": clock.now().isoformat(),
    }
    inbox = Inbox(mongo.database("deposit"), HANDLERS)
    assert inbox.handle_batch([Received(subject, event.SerializeToString(), headers, 1)]) == ["ack"]


def messages_to(aggregate: str, document: Any = Demande) -> list[str]:
    """Templates of the messages asked for on an aggregate, in order."""
    held = collection_of(document).find_one({"_id": aggregate}, {"outbox": 1}) or {}
    return [e["prive"]["modele"] for e in held.get("outbox", []) if "modele" in e.get("prive", {})]


@pytest.fixture
def operator(deposit: Deposit) -> str:
    """Who runs the whole service."""
    return deposit.agent("exploitant", prefectures=("*",), agent_id="agent-exploitant")


@pytest.fixture(autouse=True)
def every_outage_ends(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves one behind."""
    yield
    if "deposit" in request.fixturenames:
        collection_of(PanneConnue).delete_many({"debut_date": {"$gt": ""}})


def asked_for_pieces(deposit: Deposit, person: Personne, prefecture: str = "75") -> str:
    """A demande whose person has thirty days to answer, from today."""
    filed = person.file(titre_code="etudiant", fin_titre_date=days(200), prefecture=prefecture)
    agent = deposit.agent("instructeur", prefectures=(prefecture,))
    path = f"/demandes/{filed['demande_id']}:demander-pieces"
    assert deposit.call("POST", path, agent, json={"pieces": ["domicile"]}).status_code == 200
    return str(filed["demande_id"])


@pytest.mark.parametrize(
    ("debut", "fin", "expected"),
    [
        (25, 27, 30 + 3),
        (30, 30, 30 + 1),
        (30, 34, 30 + 5),
        (31, 40, 30),
        (-9, -1, 30),
        (28, None, None),
    ],
    ids=["pendant", "le dernier jour, une heure", "à la fin", "après la fin", "avant", "encore en cours"],
)
def test_a_delay_of_thirty_days_is_put_off_by_each_day_of_outage(
    debut: int, fin: int | None, expected: int | None
) -> None:
    panne = Panne("p", LUNDI + timedelta(days=debut), None if fin is None else LUNDI + timedelta(days=fin))

    last = due_day(LUNDI, 30, [panne.arret])

    assert last == (None if expected is None else LUNDI + timedelta(days=expected))


def test_an_outage_and_another_stop_on_the_same_days_count_once() -> None:
    panne = Panne("p", LUNDI + timedelta(days=10), LUNDI + timedelta(days=12))
    other = Arret("saisine:s", "SAISINE", LUNDI + timedelta(days=11), LUNDI + timedelta(days=14))

    assert due_day(LUNDI, 30, [panne.arret, other]) == LUNDI + timedelta(days=34)


@pytest.mark.parametrize(
    ("deadline", "depot", "protected"),
    [
        (3, 6, True),
        (3, 7, True),
        (3, 8, False),
        (2, 6, True),
        (2, 7, False),
        (20, 9, False),
        (1, 6, False),
    ],
    ids=[
        "finit pendant, déposée au retour",
        "le temps qui restait",
        "trop tard",
        "finit le premier jour",
        "finit le premier jour, trop tard",
        "ne finit pas pendant",
        "finie avant",
    ],
)
def test_a_filing_counts_on_the_first_day_of_the_outage_in_which_its_deadline_ended(
    deadline: int, depot: int, protected: bool
) -> None:
    panne = Panne("p", LUNDI + 2 * UN_JOUR, LUNDI + 5 * UN_JOUR)

    found = protected_days(LUNDI + depot * UN_JOUR, [LUNDI + deadline * UN_JOUR], [panne])

    # From the 3rd to the 6th of March, both included.
    assert found == ((panne.debut,) if protected and deadline >= 2 else ())


def test_the_delay_of_a_request_stands_during_an_outage_and_the_page_says_from_when_to_when(
    deposit: Deposit, operator: str
) -> None:
    person = a_person(deposit)
    demande_id = asked_for_pieces(deposit, person)
    asked = clock.today()
    deposit.advance(28)
    declared = deposit.call("POST", "/pannes", operator, json={})
    deposit.advance(6)
    during = person.read(demande_id)
    told = messages_to(demande_id)

    ended = deposit.call("POST", f"/pannes/{declared.json['panne_id']}:terminer", operator)
    deposit.advance(1)

    after = person.read(demande_id)
    (request,) = after["pieces_demandees"]
    first, last = asked + timedelta(days=28), asked + timedelta(days=34)
    said = f"Délai suspendu du {day_in_words(first)} au {day_in_words(last)} : panne du service en ligne."
    page = html.unescape(signed_in(deposit, person).text(f"/demandes/{demande_id}"))
    assert (declared.status_code, ended.status_code) == (201, 200)
    assert during["pieces_demandees"][0]["echeance_date"] == ""
    assert "panne_declaree" in told and "echeance_depassee" not in told
    assert request["echeance_date"] == (asked + timedelta(days=30 + 7)).isoformat()
    assert [s["phrase"] for s in request["suspensions"]] == [said]
    assert said in page
    assert "delai_suspendu" in messages_to(demande_id)
    deposit.advance(4)
    assert "echeance_depassee" in messages_to(demande_id)


@pytest.mark.clause("DEP-37/g")
def test_days_stopped_stay_stopped_once_the_demande_is_in_another_prefecture(deposit: Deposit, operator: str) -> None:
    """An outage of Paris alone, then a stop by its agent: both are in the last day that she reads from Lyon."""
    person, asked = a_person(deposit), clock.today()
    demande = asked_for_pieces(deposit, person)
    agent = deposit.agent("instructeur")
    panne = deposit.call("POST", "/pannes", operator, json={"prefectures": ["75"]}).json["panne_id"]
    deposit.advance(3)
    deposit.call("POST", f"/pannes/{panne}:terminer", operator)
    deposit.advance(2)
    deposit.call("POST", f"/demandes/{demande}:arreter-horloge", agent, json={"cause": "hospitalisation"})
    deposit.advance(5)
    moved = deposit.call("POST", f"/demandes/{demande}:transferer", agent, json={"prefecture": "69"})
    there = deposit.agent("instructeur", prefectures=("69",), agent_id="agent-69")
    stop = person.read(demande)["arrets"][0]["cle"]
    resumed = deposit.call("POST", f"/demandes/{demande}:reprendre-horloge", there, json={"cle": stop})

    last = asked + timedelta(days=30 + 4 + 5)
    page = signed_in(deposit, person).text(f"/demandes/{demande}")
    assert (moved.status_code, resumed.status_code) == (200, 200)
    assert person.read(demande)["pieces_demandees"][0]["echeance_date"] == last.isoformat()
    assert f"Avant la fin du {day_in_words(last)}" in page


def test_many_are_told_a_few_at_a_time_once_each_and_what_falls_due_meanwhile_does_not_wait(
    deposit: Deposit, operator: str
) -> None:
    # The catalogue has 2A before 21: a telling that stops in Corsica goes on with all the others.
    codes = ("75", "2A", "2A", "21", "29")
    waiting = [asked_for_pieces(deposit, a_person(deposit), code) for code in codes]

    def told(modele: str) -> int:
        return sum(messages_to(demande_id).count(modele) for demande_id in waiting)

    declared = deposit.call("POST", "/pannes", operator, json={})
    drain.due_work(DUE)
    annonces.tell(2)
    early = told("panne_declaree")
    due_left = due.count_due(DUE)
    while annonces.tell(2):
        pass
    deposit.advance(1)
    everybody = told("panne_declaree")
    deposit.call("POST", f"/pannes/{declared.json['panne_id']}:terminer", operator)
    deposit.advance(1)

    # People of other tests may be among the first two.
    assert early <= 2 and due_left == 0
    assert (everybody, told("panne_declaree")) == (5, 5)
    assert told("delai_suspendu") == 5
    assert annonces.untold() == 0


@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["dans l’ordre", "la fin d’abord"])
def test_a_title_that_ended_in_an_outage_told_by_substitution_is_renewed_as_if_filed_on_its_first_day(
    deposit: Deposit, order: tuple[int, int]
) -> None:
    person, panne_id = a_person(deposit), clock.new_id()
    first = clock.today()
    end = first + timedelta(days=2)
    deposit.advance(4)
    facts = {
        1: ("substitution.panne.declaree", substitution.PanneDeclaree(panne_id=panne_id, debut_date=first.isoformat())),
        2: ("substitution.panne.terminee", substitution.PanneTerminee(panne_id=panne_id, fin_date=days(0))),
    }
    for version in order:
        receive(facts[version][0], facts[version][1], panne_id, version)
    deposit.advance(1)

    filed = person.file(titre_code="conjoint-de-francais", fin_titre_date=end.isoformat())
    page = html.unescape(signed_in(deposit, person).text(f"/demandes/{filed['demande_id']}"))

    assert (filed["depot_date"], filed["retenue_date"]) == (days(0), first.isoformat())
    assert "premier jour de la panne du service en ligne" in page
    api = next(d for d in filed["documents"] if d["nature"] == "API")
    assert api["debut_date"] == (end + UN_JOUR).isoformat()


def test_whose_title_ends_in_an_outage_is_told_once_with_the_ways_that_need_no_computer(
    deposit: Deposit, operator: str
) -> None:
    concerned, other = a_person(deposit), a_person(deposit)
    for person, end in ((concerned, 1), (other, 40)):
        said = {"titre_code": "etudiant", "fin_date": days(end)}
        assert person.call("POST", "/moi/titres", json=said).status_code in (200, 201)
    deposit.call("POST", "/pannes", operator, json={"prefectures": ["75"]})
    deposit.advance(4)

    assert messages_to(concerned.usager_id, Usager).count("panne_declaree") == 1
    assert "panne_declaree" not in messages_to(other.usager_id, Usager)


@pytest.mark.parametrize("role", ["instructeur", "superviseur", "prefecture", "ccc", "pan", "ccc_superviseur"])
def test_only_the_operators_of_the_whole_service_declare_an_outage(deposit: Deposit, role: str) -> None:
    token = deposit.agent(role, prefectures=("*",), agent_id=f"agent-{role}")

    assert deposit.call("POST", "/pannes", token, json={}).status_code == 403
    assert an_agent(deposit, role, agent_id=f"agent-{role}").get("/agents/pannes/").status_code == 403


def test_the_desk_declares_an_outage_once_and_ends_it(deposit: Deposit) -> None:
    desk = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-national")

    for _ in range(2):
        assert desk.post("/agents/pannes/").status_code == 303
    (panne,) = PanneConnue.recent()
    during = desk.text("/agents/pannes/")
    assert desk.post(f"/agents/pannes/{panne.id}/fin", page="/agents/pannes/").status_code == 303

    assert "En cours" in during and "toutes les préfectures" in during
    assert PanneConnue.recent()[0].fin_date == clock.today()


def moved(seconds: int, *names: str) -> None:
    """What the watchers wrote is so much older: technical time is real, and only its record is moved."""
    older = {name: {"$dateSubtract": {"startDate": f"${name}", "unit": "second", "amount": seconds}} for name in names}
    mongo.database("deposit")["veille"].update_one({"_id": "web"}, [{"$set": older}])


def look(front: Front) -> list[PanneConnue]:
    """One look, in a slot of its own, by a replica that has just started; the outages after it."""
    moved(1, "vue_time")
    pannes.watch(Watch(mongo.database("deposit")["veille"], Probe(front.url, "", 1, 60)), timedelta(hours=4))
    return PanneConnue.recent()


@pytest.fixture
def never_looked(deposit: Deposit) -> None:
    """Nobody has looked yet."""
    mongo.database("deposit")["veille"].delete_many({"_id": "web"})


@pytest.mark.usefixtures("never_looked")
def test_with_substitution_down_the_worker_finds_that_its_web_is_silent_and_an_answer_ends_it(front: Front) -> None:
    look(front)
    front.status = 503
    assert look(front) == []
    moved(61, "reponse_time")
    front.headers = {SHEDS_HEADER: "read"}
    assert look(front) == [], "it refuses what it has no time for: it is there"
    front.headers = {}
    moved(61, "reponse_time")
    look(front)
    (panne,) = look(front)
    assert panne.detectee and panne.fin_date is None
    front.status = 200

    assert look(front)[0].fin_date == clock.today()


@pytest.mark.usefixtures("never_looked")
def test_a_restart_within_hours_tells_nobody_and_days_without_any_watcher_are_written_down(
    deposit: Deposit, front: Front
) -> None:
    look(front)
    away = clock.today()
    moved(3 * 3600, "vue_time", "reponse_time")
    front.status = 503
    assert look(front) == [], "who was away heard no silence"
    front.status = 200
    assert look(front) == []
    moved(50 * 3600, "vue_time", "reponse_time")
    deposit.advance(2)

    (panne,) = look(front)
    assert (panne.debut_date, panne.fin_date, panne.detectee) == (away, away + timedelta(days=2), True)
