"""CASE-10: the recovery link never comes. It is followed, a blocage without being asked, and two ways lead back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from chassis.inbox import Meta
from dev.browser import Page
from sejour.message.v1 import message_pb2
from sejour.notify.v1 import events_pb2 as notify
from services.deposit.__main__ import SERVICE
from services.deposit.consumers import HANDLERS
from tests import drain
from tests.deposit.compte.test_case_02 import last_link, stored
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent
from tests.deposit.navigateur import Navigateur

NON_RECU = "notify.message.non_recu"


def ask(deposit: Deposit, person: Personne) -> tuple[Page, message_pb2.MessageDemande]:
    """She asks for a link: the page, and the message asked of notify, whose delivery it follows."""
    browser = Navigateur(deposit)
    page = browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant=person.identifiant)
    entry = [e for e in stored(person.usager_id)["outbox"] if e.get("prive", {}).get("modele") == "recuperation"][-1]
    message = message_pb2.MessageDemande()
    message.ParseFromString(entry["payload"])
    return page, message


def not_delivered(message: message_pb2.MessageDemande, usager_id: str) -> None:
    """What notify tells when no way reached her in P-PWD."""
    event_class, action = HANDLERS[NON_RECU]
    event: Any = event_class(
        message_id=message.message_id, destinataire_id=usager_id, acte_attendu=message.acte_attendu
    )
    now = clock.now()
    action(event, Meta(clock.new_id(), NON_RECU, message.message_id, 1, message.parcours_id, clock.today(), now))


def blocages(usager_id: str) -> list[dict[str, Any]]:
    """Her blocages."""
    return list(mongo.database("deposit")["blocages"].find({"parcours_id": stored(usager_id)["parcours_id"]}))


@pytest.mark.clause("DEP-04/c")
def test_a_link_not_delivered_is_a_blocage_whose_day_counts_when_she_files(deposit: Deposit) -> None:
    person = a_person(deposit, courriel="perdue@exemple.test", telephone="+33639980010")
    first_try = clock.today()

    page, message = ask(deposit, person)
    not_delivered(message, person.usager_id)
    (recorded,) = blocages(person.usager_id)
    deposit.advance(3)
    filed = person.file(titre_code="visiteur")

    assert HANDLERS[NON_RECU][0] is notify.MessageNonRecu
    assert message.acte_attendu
    assert page.links("/pan/") or page.links("/ccc/")
    assert recorded["reference"].startswith("B-")
    assert recorded["premiere_tentative_date"] == first_try.isoformat()
    kept = mongo.database("deposit")["demandes"].find_one({"_id": filed["demande_id"]})
    assert kept["retenue_date"] == first_try.isoformat()


@pytest.mark.clause("DEP-05/a", "DEP-05/f", "DEP-61/c")
def test_a_desk_checks_her_identity_binds_another_mailbox_and_her_account_is_back_the_same_day(
    deposit: Deposit,
) -> None:
    person = a_person(deposit, courriel="morte@exemple.test", prefecture="75")
    draft = person.begin(titre_code="visiteur")
    ask(deposit, person)
    path = f"/agents/personnes/{person.usager_id}"
    first, second = (an_agent(deposit, "superviseur", agent_id=name) for name in ("agent-a", "agent-b"))

    first.post(f"{path}/identite", papier="PASSEPORT", nom="Exemple", naissance="17/05/1990")
    done = second.confirm(f"{path}/actes/changer-courriel", courriel="vivante@exemple.test")[1]
    token = last_link(stored(person.usager_id))
    browser = Navigateur(deposit)
    browser.send(browser.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="une autre phrase")

    figures = deposit.call("GET", "/agents/delais", deposit.agent("superviseur", agent_id="agent-a")).json

    assert done.status_code == 303
    assert (figures["rattachements"]["nombre"], figures["rattachements"]["plus_long"]) == (1, 0)
    assert "0 au plus" in second.text("/agents/delais/")
    assert stored(person.usager_id)["rattache_date"] == clock.today().isoformat()
    assert browser.sign_in(person.identifiant, "une autre phrase").title == "Mon espace"
    assert browser.read(f"/deposit/demandes/{draft['demande_id']}/preparer").status == 200


def test_a_holder_with_a_landline_and_no_e_mail_leaves_the_desk_with_an_address_on_paper(deposit: Deposit) -> None:
    person = a_person(deposit, courriel="boite-perdue@exemple.test", telephone="0142000011", prefecture="75")
    draft = person.begin(titre_code="visiteur")
    path = f"/agents/personnes/{person.usager_id}"
    first, second = (an_agent(deposit, "superviseur", agent_id=name) for name in ("agent-a", "agent-b"))
    act = f"{path}/actes/rendre-sans-courriel"

    first.post(f"{path}/identite", naissance="17/05/1990", prenoms="Awa", telephone="0011")
    by_questions = second.post(act).status_code
    first.post(f"{path}/identite", papier="PASSEPORT", nom="Exemple", naissance="17/05/1990")
    alone = first.post(act).status_code
    given = second.post(act, telephone="01 42 00 00 12").status_code
    printed = re.search(r"/deposit/recuperation/[0-9-]{19}", second.text(path))
    assert (by_questions, alone, given) == (403, 403, 303)
    assert printed is not None
    browser = Navigateur(deposit)
    chosen = browser.send(browser.read(printed[0]), printed[0].removeprefix("/deposit"), password="une autre phrase")
    again = browser.send(browser.read(printed[0]), printed[0].removeprefix("/deposit"), password="encore une phrase")
    home = browser.sign_in(person.identifiant, "une autre phrase")

    assert (chosen.status, again.status, home.title) == (200, 422, "Mon espace")
    assert browser.read(f"/deposit/demandes/{draft['demande_id']}/preparer").status == 200
    assert person.call("GET", "/moi").status_code == 401, "whoever was signed in is out"
    assert (stored(person.usager_id).get("courriel"), stored(person.usager_id)["telephone"]) == (None, "+33142000012")

    # Somebody else had it: her telephone is not kept unless she says it.
    first.post(f"{path}/actes/geler")
    assert second.post(act).status_code == 303
    assert stored(person.usager_id)["telephone"] == ""
    assert stored(person.usager_id)["conteste"]["telephone"] == "+33142000012"


def test_who_cannot_come_in_is_shown_the_counter_at_once_on_the_day_of_her_first_try(deposit: Deposit) -> None:
    a_person(deposit, courriel="muette@exemple.test")
    browser = Navigateur(deposit)

    page = browser.send(browser.read("/deposit/connexion"), "/connexion/blocage")

    assert page.reference.startswith("B-")
    assert page.links("/substitution/")
    kept = mongo.database("deposit")["blocages"].find_one({"reference": page.reference})
    assert kept["premiere_tentative_date"] == clock.today().isoformat()


def test_a_link_that_is_too_old_serves_no_more(deposit: Deposit) -> None:
    person = a_person(deposit, courriel="vieille@exemple.test")
    ask(deposit, person)
    token = last_link(stored(person.usager_id))
    mongo.database("deposit")["recuperations"].update_many(
        {"usager_id": person.usager_id}, {"$set": {"expire_time": clock.now() - timedelta(seconds=1)}}
    )
    browser = Navigateur(deposit)

    late = browser.send(
        browser.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="trop tard ici"
    )

    assert late.status == 422
    assert late.reference.startswith("B-")


def test_a_link_that_only_a_call_could_bring_is_a_blocage_at_once(deposit: Deposit) -> None:
    person = a_person(deposit, telephone="0142000010")
    asked, _message = ask(deposit, person)
    (recorded,) = blocages(person.usager_id)

    assert asked.links("/pan/") or asked.links("/ccc/")
    assert recorded["reference"] in Navigateur(deposit).sign_in(person.identifiant).text


def test_an_answer_that_could_be_told_to_nobody_is_a_task_of_the_agent_until_he_has_told_it(deposit: Deposit) -> None:
    person = a_person(deposit, courriel="sans-voie@exemple.test", prefecture="75")
    demande_id = person.file(titre_code="visiteur")["demande_id"]
    agent = an_agent(deposit, "instructeur")
    event_class, action = HANDLERS[NON_RECU]
    for day in range(2):
        event: Any = event_class(message_id=f"m-{day}", demande_id=demande_id, modele="decision_defavorable")
        action(event, Meta(clock.new_id(), NON_RECU, f"m-{day}", 1, "", clock.today(), clock.now()))

    waiting = agent.text(f"/agents/demandes/{demande_id}")
    path = f"/agents/demandes/{demande_id}/actes/repondre-attente"
    agent.confirm(path, code="non_jointe", texte="Dit au guichet.")
    later = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})

    assert "Une réponse n’a pas pu être dite à la personne" in waiting
    assert later["attentes"] == []


def test_an_answer_that_she_read_after_all_waits_for_no_agent_any_more(deposit: Deposit) -> None:
    """By the link of another message nothing changes; by that of the answer, or by a call, the task ends."""
    demande_id = a_person(deposit, courriel="lue-plus-tard@exemple.test").file(titre_code="visiteur")["demande_id"]
    agent, path = an_agent(deposit, "instructeur"), f"/agents/demandes/{demande_id}"
    drain.outboxes(SERVICE)
    said = mongo.database("deposit")["faits"].find_one({"aggregate": demande_id, "prive.message_id": {"$gt": ""}})
    message_id = (said or {})["prive"]["message_id"]
    waits = "Une réponse n’a pas pu être dite à la personne : à lui dire autrement"

    happen(NON_RECU, notify.MessageNonRecu(message_id=message_id, demande_id=demande_id, modele="pieces_demandees"))
    happen("notify.envoi.lu", notify.EnvoiLu(message_id="un-autre-message"))
    before = agent.text(path)
    happen("notify.envoi.lu", notify.EnvoiLu(message_id=message_id))

    assert waits in before
    assert waits not in agent.text(path)


def happen(subject: str, event: Any) -> None:
    """A fact of notify, as the consumer gives it."""
    HANDLERS[subject][1](event, Meta(clock.new_id(), subject, clock.new_id(), 1, "", clock.today(), clock.now()))
