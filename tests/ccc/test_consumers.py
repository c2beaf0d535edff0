"""What other services tell changes what the desk and the person see; told twice, it changes nothing more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.protobuf.message import Message as Proto

from chassis import clock
from chassis.inbox import Meta
from sejour.deposit.v1 import events_pb2 as deposit
from sejour.message.v1 import message_pb2
from sejour.notify.v1 import events_pb2 as notify
from sejour.substitution.v1 import events_pb2 as substitution
from services.ccc.actions import blocages
from services.ccc.consumers import HANDLERS
from services.ccc.store import Blocage, Message
from tests.browser import Browser
from tests.ccc.conftest import relay_all, reload, write


def tell(subject: str, event: Proto, version: int = 1, time: datetime | None = None) -> None:
    """Hands a fact over twice, as a broker may; `time` is when it happened (now unless said)."""
    meta = Meta(clock.new_id(), subject, "a", version, "p", clock.today(), time or clock.now())
    for _ in range(2):
        HANDLERS[subject][1](event, meta)


def test_a_route_is_shown_on_the_ticket_of_its_blockage(web: Browser, agent: Any) -> None:
    saisine = write(web)
    tell("substitution.voie.ouverte", substitution.VoieOuverte(voie_id="v1", blocage_id=saisine.blocage_id))

    assert reload(saisine).voie_id == "v1"
    assert "Autre façon de faire ouverte" in agent("chloe").get(f"/ccc/agents/saisines/{saisine.id}").text


def test_a_demande_filed_resolves_what_blocked_it_and_nothing_else(web: Browser) -> None:
    same = write(web, choix="conjoint-de-francais")
    other = write(web, choix="dcem")
    for saisine in (same, other):
        blocages.attach(saisine.blocage_id, "usager-1", "", by="agent:chloe", request_id=f"lien-{saisine.id}")
    filed = deposit.DemandeDeposee(demande_id="d1", usager_id="usager-1", titre_code="conjoint-de-francais")
    tell("deposit.demande.deposee", filed)

    assert Blocage.objects(id=same.blocage_id).first().state == "RESOLU"
    assert Blocage.objects(id=other.blocage_id).first().state == "CONSTATE"


def test_a_demande_filed_before_and_told_late_does_not_end_what_she_met_since(web: Browser) -> None:
    filed_time = clock.now()
    saisine = write(web, symptome="9")
    blocages.attach(saisine.blocage_id, "usager-2", "", by="agent:chloe", request_id=f"lien-{saisine.id}")
    filed = deposit.DemandeDeposee(demande_id="d2", usager_id="usager-2", titre_code="etudiant")
    tell("deposit.demande.deposee", filed, time=filed_time)

    assert Blocage.objects(id=saisine.blocage_id).first().state == "CONSTATE"
    tell("deposit.demande.deposee", deposit.DemandeDeposee(demande_id="d3", usager_id="usager-2"))
    assert Blocage.objects(id=saisine.blocage_id).first().state == "RESOLU"


def test_a_reply_is_followed_until_it_is_read_and_never_backwards(web: Browser, agent: Any) -> None:
    saisine = write(web, courriel="suivi@exemple.test")
    path = f"/ccc/agents/saisines/{saisine.id}"
    answer = {"texte": "La page est en panne.", "citation": "page reste blanche", "issue": "AIDE_DEPOT"}
    agent("chloe").post(f"{path}/reponse", answer, form=path)
    kept = Message.objects(saisine_id=saisine.id).first()
    tell("notify.envoi.lu", notify.EnvoiLu(message_id=kept.message_id))
    tell("notify.envoi.remis", notify.EnvoiRemis(message_id=kept.message_id))
    sent = [f for f in relay_all().facts if f["subject"] == "ccc.message.demande"]
    ids = [message_pb2.MessageDemande.FromString(f["payload"]).message_id for f in sent]

    assert Message.objects(id=kept.id).first().remise == "lu"
    assert kept.message_id in ids
