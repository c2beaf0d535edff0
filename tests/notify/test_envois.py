"""A message goes by the person's own way, with its proof, and gives way to the next when it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import requests
from pymongo.database import Database

from chassis import clock, messages
from chassis.due import run_due
from chassis.messages import Notice
from services.notify import store, textes
from services.notify.actions import agents, consultation, planification, preuves, remise
from services.notify.due import DUE
from services.notify.moyens import Moyens
from services.notify.pages import application
from tests.notify import monde
from tests.notify.monde import Boites, Source, contact, envois, facts, reached, wait_until, work

PIECES = {
    "reference": "D-2027-1",
    "libelle": "Renouvellement étudiant",
    "pieces": ["Justificatif de domicile", "Assurance"],
    "echeance_date": "2027-03-01",
}


@pytest.mark.clause("NOT-01/a", "NOT-05/a")
def test_a_request_for_pieces_goes_by_email_with_its_list_and_its_proofs(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """List and due date are in the text; REMIS then DELIVRE then LU are distinct, dated, and published as facts."""
    to = "amina+delivre@exemple.fr"
    source.say(contact("u1", courriel=to, canaux=["COURRIEL"]))
    message_id = source.ask(
        Notice(
            "u1",
            "parcours-1",
            "pieces_demandees",
            PIECES,
            (("Demande", "/deposit/interne/documents/1.pdf"),),
            suivi=True,
        )
    )
    source.relay_to(database)
    work(moyens, rounds=1)

    envoi = envois(message_id)["COURRIEL"]
    assert envoi.state == "REMIS"
    mail = boites.mails(to)[-1]
    text = mail.get_body(("plain",)).get_content()
    assert "Justificatif de domicile" in text and "1er mars 2027" in text and "gratuit" in text
    assert mail["Message-ID"] == f"<{envoi.id}.{envoi.message_id}@sejour.invalid>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "DGEF" not in mail["From"]
    assert [part.get_content() for part in mail.iter_attachments()] == [monde.PDF]

    wait_until("the DSN is read", lambda: work(moyens, rounds=1) or envois(message_id)["COURRIEL"].state == "DELIVRE")
    link = text.split("espace : ")[1].split()[0]
    answer = application(moyens.settings).test_client().get(link.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 303 and answer.location.endswith("/deposit/")
    seen = envois(message_id)["COURRIEL"]
    assert seen.state == "LU"
    assert seen.remis_time <= seen.delivre_time <= seen.lu_time
    assert [preuve["genre"] for preuve in seen.preuves] == ["remis", "delivre", "lu"]
    assert set(facts(database)) == {"notify.envoi.remis", "notify.envoi.delivre", "notify.envoi.lu"}


@pytest.mark.clause("NOT-01/b", "NOT-06/a")
def test_a_bounced_email_gives_way_to_an_sms_and_the_dead_address_is_left_alone(
    moyens: Moyens, source: Source, boites: Boites, web: monde.Served, database: Database[dict[str, Any]]
) -> None:
    """A refusal at RCPT is a failure at once; the next message does not try that address again."""
    source.say(contact("u2", courriel="amina+rebond@exemple.fr", telephone="+33611220001"))
    first = source.ask(Notice("u2", "parcours-2", "demande_complete", {"reference": "R2", "libelle": "X"}))
    source.relay_to(database)
    work(moyens)
    assert envois(first)["COURRIEL"].cause == "SMTP_550_5.1.1"
    assert len(boites.texts("+33611220001")) == 1
    wait_until("the gateway calls back", lambda: envois(first)["SMS"].state == "DELIVRE")

    second = source.ask(Notice("u2", "parcours-2", "demande_complete", {"reference": "R2", "libelle": "X"}))
    source.relay_to(database)
    work(moyens)
    assert set(envois(second)) == {"SMS"}


def test_a_landline_is_called_and_never_texted(moyens: Moyens, source: Source, boites: Boites, database: Any) -> None:
    """Whatever the service said of it: the sending falls to the call list."""
    source.say(contact("u20", telephone="+33199007501", canaux=["SMS", "APPEL"]))
    message_id = source.ask(Notice("u20", "p20", "demande_complete", {"reference": "R", "libelle": "L"}))
    source.relay_to(database)
    work(moyens)
    assert set(envois(message_id)) == {"APPEL"}
    assert not boites.texts("+33199007501")


def test_internationalised_addresses_are_carried(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """A domain in its ASCII form; a name that is not ASCII by SMTPUTF8, readable in the header."""
    for number, address in enumerate(("awa@exämple.fr", "amélie@exemple.fr")):
        source.say(contact(f"i{number}", courriel=address))
        source.ask(Notice(f"i{number}", f"pi{number}", "demande_complete", {"reference": "R", "libelle": "L"}))
    source.relay_to(database)
    work(moyens)
    assert len(boites.mails("awa@xn--exmple-cua.fr")) == len(boites.mails("amélie@exemple.fr")) == 1


@pytest.mark.parametrize(
    ("telephone", "cause"), [("+33611229901", "SMS_NON_REMIS"), ("+33611229905", "SMS_422")], ids=["bounced", "refused"]
)
def test_when_no_way_is_left_the_services_are_told_that_nobody_was_reached(
    moyens: Moyens, source: Source, web: monde.Served, database: Database[dict[str, Any]], telephone: str, cause: str
) -> None:
    """`notify.message.non_recu` says that an act depended on it: the others make a blocage of it."""
    source.say(contact("u3", telephone=telephone, canaux=["SMS"]))
    asked = Notice("u3", "p3", "pieces_demandees", PIECES, demande_id="d3", acte_attendu=True)
    message_id = source.ask(asked)
    source.relay_to(database)
    wait_until("the failure is known", lambda: work(moyens, rounds=1) or envois(message_id)["SMS"].state == "ECHEC")
    assert envois(message_id)["SMS"].cause == cause
    # A telephone that takes no SMS may still be called: the call is the last way, and nobody answers.
    work(moyens)
    preuves.mark_echec(envois(message_id)["APPEL"].id, "APPEL_SANS_REPONSE", definitif=True)
    work(moyens)
    assert "notify.message.non_recu" in facts(database)
    assert store.Message.objects(id=message_id).first().state == "NON_RECU"


def test_without_proof_a_message_that_matters_gives_way_on_the_legal_day(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]], day: Callable[[int], date]
) -> None:
    """A mail that got lost without a bounce: three legal days later the SMS leaves; one day before, nothing."""
    source.say(contact("u4", courriel="amina+perdu@exemple.fr", telephone="+33611220004"))
    message_id = source.ask(Notice("u4", "p4", "pieces_demandees", PIECES, acte_attendu=True))
    source.relay_to(database)
    work(moyens)
    day(2)
    run_due(DUE)
    work(moyens)
    assert set(envois(message_id)) == {"COURRIEL"}
    day(3)
    run_due(DUE)
    work(moyens)
    assert (envois(message_id)["COURRIEL"].state, envois(message_id)["COURRIEL"].cause) == ("REMIS", "SANS_PREUVE")
    assert len(boites.texts("+33611220004")) == 1
    assert run_due(DUE) == 0
    assert facts(database).count("notify.envoi.echec") == 1


@pytest.mark.clause("NOT-06/b")
def test_an_email_without_proof_and_without_act_claims_nothing(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]], day: Callable[[int], date]
) -> None:
    """Most hosts report no delivery, and none was asked for: the agent reads that it was handed, and nothing else
    leaves, weeks later either.
    """
    source.say(contact("u5", courriel="u5@exemple.fr", telephone="+33611220005", adresse=["1 rue X", "75001 Paris"]))
    message_id = source.ask(Notice("u5", "p5", "demande_complete", {"reference": "R", "libelle": "L"}))
    source.relay_to(database)
    work(moyens)
    day(9)
    assert run_due(DUE) == 0
    work(moyens)
    seen = consultation.message(message_id, monde.agent("ccc"))
    assert [(envoi.canal, envoi.state, envoi.cause) for envoi in seen.envois] == [("COURRIEL", "REMIS", "")]
    assert boites.texts("+33611220005") == []
    assert database["retours"].count_documents({"_id": {"$gt": ""}}) == 0


@pytest.mark.clause("NOT-02/b")
def test_an_expiry_alert_goes_by_sms_and_email_and_gives_the_window(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Both at once, whatever the preference; the window and the date are in both."""
    source.say(contact("u6", courriel="u6@exemple.fr", telephone="+33611220006", canaux=["COURRIEL"]))
    champs = {
        "libelle": "Étudiant",
        "article": "L. 422-1",
        "fin_titre_date": "2027-06-01",
        "ouverture_date": "2027-02-01",
        "fermeture_date": "2027-04-02",
    }
    source.ask(Notice("u6", "p6", "alerte_expiration", champs))
    source.relay_to(database)
    work(moyens)
    text = boites.mails("u6@exemple.fr")[0].get_body(("plain",)).get_content()
    for said in (text, boites.texts("+33611220006")[0]):
        assert "1er février 2027" in said and "2 avril 2027" in said


def test_an_alert_becomes_a_letter_for_who_has_neither(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """Post when there is neither telephone nor e-mail."""
    source.say(contact("u7", adresse=["3 rue Haute", "69001 Lyon"]))
    day = clock.today().isoformat()
    champs = {"libelle": "L", "fin_titre_date": day, "ouverture_date": day, "fermeture_date": day}
    message_id = source.ask(Notice("u7", "p7", "alerte_expiration", champs))
    source.relay_to(database)
    work(moyens)
    assert set(envois(message_id)) == {"LETTRE"}


@pytest.mark.clause("NOT-12/b")
def test_a_relay_that_is_down_loses_nothing_and_stops_no_other_way(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """E-mails wait with their cause, SMS go on; everything leaves once the relay is back."""
    source.say(contact("u8", courriel="u8@exemple.fr"), contact("u9", telephone="+33611220009"))
    waiting = [
        source.ask(Notice("u8", "p8", "demande_complete", {"reference": str(n), "libelle": "L"})) for n in range(5)
    ]
    going = source.ask(Notice("u9", "p9", "demande_complete", {"reference": "R", "libelle": "L"}))
    source.relay_to(database)
    boites.stop_smtp()
    work(moyens)
    assert {envois(each)["COURRIEL"].state for each in waiting} == {"A_REMETTRE"}
    assert envois(waiting[0])["COURRIEL"].cause == "RELAIS_INJOIGNABLE"
    assert envois(going)["SMS"].state in ("REMIS", "DELIVRE")
    boites.start_smtp()
    wait_until(
        "all five leave",
        lambda: work(moyens, rounds=1) or all(reached(each, "COURRIEL", "REMIS", "DELIVRE") for each in waiting),
    )
    assert len(boites.mails("u8@exemple.fr")) == 5


def test_a_full_mailbox_is_tried_again_and_is_no_failure(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """4xx is for later."""
    source.say(contact("u10", courriel="amina+bal-pleine@exemple.fr"))
    message_id = source.ask(Notice("u10", "p10", "demande_complete", {"reference": "R", "libelle": "L"}))
    source.relay_to(database)
    work(moyens, rounds=1)
    envoi = envois(message_id)["COURRIEL"]
    assert (envoi.state, envoi.cause) == ("A_REMETTRE", "SMTP_452")


def test_what_the_gateway_says_twice_or_too_early_counts_once(
    moyens: Moyens, source: Source, web: monde.Served, database: Database[dict[str, Any]]
) -> None:
    """`double` calls back twice, `9907` before its own answer to us."""
    for number, telephone in enumerate(("+33611229904", "+33611229907")):
        source.say(contact(f"v{number}", telephone=telephone))
        message_id = source.ask(Notice(f"v{number}", "p", "demande_complete", {"reference": "R", "libelle": "L"}))
        source.relay_to(database)
        work(moyens)
        wait_until("the callback arrives", partial(reached, message_id, "SMS", "DELIVRE"))
        kinds = sorted(preuve["genre"] for preuve in envois(message_id)["SMS"].preuves)
        assert kinds == ["delivre", "remis"]


def test_a_callback_that_the_gateway_did_not_sign_is_refused(moyens: Moyens, web: monde.Served) -> None:
    """401, whatever it says."""
    url = f"http://127.0.0.1:{web.port}/notify/api/v1/accuses/sms"
    body = {"id": "1", "reference": "x", "state": "delivered"}
    assert requests.post(url, json=body, timeout=5).status_code == 401
    headers = {"X-Signature": "sha256=" + "0" * 64}
    assert requests.post(url, json=body, headers=headers, timeout=5).status_code == 401


@pytest.mark.clause("CASE-10/a")
def test_a_recovery_link_gives_way_after_its_minutes(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """P-PWD minutes of real time, not days: the link would be dead."""
    source.say(contact("u11", courriel="amina+perdu@exemple.fr", telephone="+33611220011"))
    asked = Notice("u11", "p11", "recuperation", {"lien": "https://x/r/1", "duree_minutes": 30}, acte_attendu=True)
    message_id = source.ask(asked)
    source.relay_to(database)
    work(moyens)
    envoi = envois(message_id)["COURRIEL"]
    assert timedelta(minutes=29) < envoi.suite_time - clock.now() < timedelta(minutes=31)
    database["envois"].update_one({"_id": envoi.id}, {"$set": {"suite_time": clock.now()}})
    work(moyens)
    assert boites.texts("+33611220011") and "https://x/r/1" in boites.texts("+33611220011")[0]


def test_a_message_that_reached_nobody_is_tried_again_once_the_address_is_mended(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Another round from the first way; the dead address of before does not stop the new one."""
    source.say(contact("u12", courriel="amina+rebond@exemple.fr", canaux=["COURRIEL"]))
    message_id = source.ask(Notice("u12", "p12", "demande_complete", {"reference": "R", "libelle": "L"}))
    source.relay_to(database)
    work(moyens)
    assert store.Message.objects(id=message_id).first().state == "NON_RECU"
    source.say(contact("u12", 2, courriel="u12@exemple.fr", canaux=["COURRIEL"]))
    source.relay_to(database)
    agents.try_again(message_id, monde.agent("ccc"), request_id="again")
    agents.try_again(message_id, monde.agent("ccc"), request_id="again")
    work(moyens)
    assert len(boites.mails("u12@exemple.fr")) == 1
    assert [envoi.essai for envoi in store.envois_of([message_id])] == [1, 2]


def hand_until(moyens: Moyens, boites: Boites, mails: int) -> None:
    """A worker that hands e-mails over until this many have arrived."""
    remises = remise.Remises(moyens, "COURRIEL")
    wait_until("all leave", lambda: remises.run() < 0 or len(boites.mails("many@exemple.fr")) >= mails)
    remises.close()


def test_workers_side_by_side_hand_each_message_once(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Three at once over thirty sendings, one of which hangs: each leaves once, the others do not wait for it."""
    source.say(contact("slow", courriel="amina+lent-6@exemple.fr"), contact("many", courriel="many@exemple.fr"))
    slow = source.ask(Notice("slow", "p13", "demande_complete", {"reference": "R", "libelle": "L"}))
    demandes = [Notice("many", "p13", "demande_complete", {"reference": str(n), "libelle": "L"}) for n in range(30)]
    for demande in demandes:
        source.ask(demande)
    source.relay_to(database)
    for _ in range(2):
        planification.run_messages(moyens, "deposit")
    # A lease is longer than a carrier may take: here, longer than the six seconds of the slow one.
    patient = replace(moyens, options=replace(moyens.options, bail=timedelta(seconds=60)))
    workers = [threading.Thread(target=hand_until, args=(patient, boites, 30)) for _ in range(3)]
    for worker in workers:
        worker.start()
    wait_until("thirty mails leave", lambda: len(boites.mails("many@exemple.fr")) == 30)
    assert envois(slow)["COURRIEL"].state == "A_REMETTRE"
    for worker in workers:
        worker.join(30)
    assert reached(slow, "COURRIEL", "REMIS", "DELIVRE")
    ids = [str(mail["Message-ID"]) for mail in boites.mails("many@exemple.fr")]
    assert len(ids) == len(set(ids)) == 30
    assert len(boites.mails("amina+lent-6@exemple.fr")) == 1


def test_a_secret_is_read_by_the_person_alone(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """No store holds a link in clear, no agent reads it: neither in the service that made it nor here."""
    address, lien = "secret@exemple.fr", "https://x/deposit/recuperation/abcdef"
    champs = {"lien": messages.secret(source.settings, lien), "duree_minutes": 30}
    source.say(contact("u30", courriel=address, telephone="+33601020330", canaux=["COURRIEL", "LETTRE"]))
    message_id = source.ask(Notice("u30", "p30", "recuperation", champs))
    source.relay_to(database)
    work(moyens, rounds=1)

    text = boites.mails(address)[-1].get_body(("plain",)).get_content()
    stored = [str(list(db[name].find())) for db in (database, source.db) for name in db.list_collection_names()]
    seen = consultation.message(message_id, monde.agent("ccc"))
    assert lien in text
    assert [found for found in stored if "recuperation/abcdef" in found] == []
    assert textes.HIDDEN in seen.textes["corps"]


def test_a_secret_that_cannot_be_opened_is_said_to_have_failed(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    champs = {"code": messages.secret(source.settings, "123456")[:-8] + "AAAAAAAA", "duree_minutes": 10}
    source.say(contact("u31", courriel="casse@exemple.fr", canaux=["COURRIEL"]))
    message_id = source.ask(Notice("u31", "p31", "code_connexion", champs))
    source.relay_to(database)
    work(moyens, rounds=1)

    envoi = envois(message_id)["COURRIEL"]
    assert (envoi.state, envoi.cause) == ("ECHEC", "SECRET_ILLISIBLE")
    assert boites.mails("casse@exemple.fr") == []
