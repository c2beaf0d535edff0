"""What the other services ask, over a real gRPC server with their own tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pymongo.database import Database

from chassis import rpc as chassis_rpc
from chassis.messages import Notice
from chassis.rpc import Client
from droit.decision import Refused
from sejour.contact.v1 import contact_pb2
from sejour.notify.v1 import notify_pb2
from services.notify import rpc
from services.notify.moyens import Moyens
from services.notify.pages import application
from tests.notify.monde import Boites, Source, contact, wait_until, work

CHAMPS = {"reference": "R-3", "libelle": "Étudiant"}


@pytest.fixture
def deposit(moyens: Moyens, source: Source) -> Iterator[Client]:
    """Deposit, calling notify."""
    server, port = chassis_rpc.create_server(
        moyens.settings, rpc.ALLOWED, lambda made: rpc.add_servicers(made, moyens.settings)
    )
    server.start()
    client = Client(replace(source.settings, rpc_addresses={"notify": f"127.0.0.1:{port}"}))
    yield client
    client.close()
    server.stop(0).wait()


def test_deposit_reads_the_sendings_of_a_parcours(
    deposit: Client, moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """Way, state and instant, most recent first."""
    source.say(contact("g1", courriel="g1@exemple.fr"))
    source.ask(Notice("g1", "pg1", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens, rounds=1)
    answer = deposit.call(
        "notify",
        f"{rpc.NAME}/ListEnvois",
        notify_pb2.ListEnvoisRequest(parcours_id="pg1"),
        notify_pb2.ListEnvoisResponse,
    )
    (envoi,) = answer.envois
    assert (envoi.canal, envoi.modele) == (contact_pb2.CANAL_COURRIEL, "demande_complete")
    assert envoi.state in ("REMIS", "DELIVRE") and "T" in envoi.state_time


def test_what_became_of_each_alert_is_kept_sent_delivered_read_or_failed(
    deposit: Client, moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Four holders, four fates: each keeps its own state and its instant, told to the other services."""
    fates = {"perdu": "REMIS", "delivre": "DELIVRE", "delivre-lu": "LU", "rebond": "ECHEC"}
    day = "2027-06-01"
    champs = {"libelle": "Étudiant", "fin_titre_date": day, "ouverture_date": day, "fermeture_date": day}
    for fate in fates:
        source.say(
            contact(f"al-{fate}", courriel=f"alerte-{fate}+{fate.split('-')[0]}@exemple.fr", canaux=["COURRIEL"])
        )
        source.ask(Notice(f"al-{fate}", f"pal-{fate}", "alerte_expiration", champs))
    source.relay_to(database)
    work(moyens)

    def told(fate: str) -> Any:
        request = notify_pb2.ListEnvoisRequest(parcours_id=f"pal-{fate}")
        answer = deposit.call("notify", f"{rpc.NAME}/ListEnvois", request, notify_pb2.ListEnvoisResponse)
        return next(envoi for envoi in answer.envois if envoi.canal == contact_pb2.CANAL_COURRIEL)

    wait_until("the delivery report is read", lambda: work(moyens, rounds=1) or told("delivre").state == "DELIVRE")
    mail = boites.mails("alerte-delivre-lu+delivre@exemple.fr")[0].get_body(("plain",)).get_content()
    link = mail.split("espace : ")[1].split()[0].removeprefix(moyens.settings.public_url)
    assert application(moyens.settings).test_client().get(link).status_code == 303
    assert {fate: told(fate).state for fate in fates} == fates
    assert all("T" in told(fate).state_time for fate in fates)


def test_deposit_withdraws_what_has_not_left_and_learns_when_it_is_too_late(
    deposit: Client, moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """A repeat is answered from the state it left."""

    def withdraw(message_id: str, request_id: str) -> bool:
        request = notify_pb2.AnnulerMessageRequest(request_id=request_id, message_id=message_id, motif="erreur")
        answer = deposit.call("notify", f"{rpc.NAME}/AnnulerMessage", request, notify_pb2.AnnulerMessageResponse)
        return bool(answer.annule)

    source.say(contact("g2", courriel="g2@exemple.fr"))
    early = source.ask(Notice("g2", "pg2", "demande_complete", CHAMPS))
    source.relay_to(database)
    assert [withdraw(early, "a"), withdraw(early, "a")] == [True, True]
    late = source.ask(Notice("g2", "pg2", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens)
    assert withdraw(late, "b") is False
    assert withdraw("unknown", "c") is False
    assert len(boites.mails("g2@exemple.fr")) == 1


def test_a_method_that_is_not_in_the_table_is_refused(deposit: Client) -> None:
    """Least rights."""
    with pytest.raises(Refused):
        deposit.call("notify", f"{rpc.NAME}/Autre", notify_pb2.ListEnvoisRequest(), notify_pb2.ListEnvoisResponse)
