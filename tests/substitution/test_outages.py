"""An outage is declared, or found by probing a real address; routes say so and open for it."""

from __future__ import annotations

from typing import Any

import pytest

from chassis import clock, mongo
from chassis.inbox import Inbox, Received
from chassis.watch import Probe, Watch
from chassis.web.who import Who
from sejour.deposit.v1 import events_pb2 as deposit
from services.substitution.actions import pannes
from services.substitution.consumers import HANDLERS
from services.substitution.due import DUE
from services.substitution.store import Blocage, Panne, Voie
from tests import drain
from tests.substitution.conftest import TODAY, World
from tests.teleservice import Front


def look(url: str, silent_seconds: int = 0) -> bool:
    """One look, in a slot of its own, after so long a silence: technical time is real, and only its record is moved."""
    looks = mongo.database("substitution")["veille"]
    moved = {"vue_time": 1, "reponse_time": silent_seconds}
    older = {
        name: {"$dateSubtract": {"startDate": f"${name}", "unit": "second", "amount": n}} for name, n in moved.items()
    }
    looks.update_one({"_id": "web"}, [{"$set": older}])
    return pannes.probe(Watch(looks, Probe(url, "", 1, 60)))


def test_a_silence_that_lasts_declares_an_outage_and_an_answer_ends_it(world: World, front: Front) -> None:
    """However often one looks: time alone decides, and begins again at each answer."""
    mongo.database("substitution")["veille"].delete_many({"_id": "web"})
    assert not look(front.url)
    front.status = 503
    assert not look(front.url, 50) and not look(front.url)
    front.status = 200
    assert not look(front.url)
    front.status = 503
    assert not look(front.url, 50) and look(front.url, 11) and not look(front.url, 5)

    panne = Panne.objects(ouverte="*").first()
    assert panne.detectee and "en panne" in world.browser().get("/substitution/").text
    front.status = 200
    assert look(front.url) and Panne.objects(id=panne.id).first().fin_date is not None


def test_an_address_where_nobody_listens_is_a_silence(world: World, front: Front) -> None:
    """Connection refused."""
    look(front.url)
    front.server.shutdown()
    front.server.server_close()

    assert look(front.url, 60)
    pannes.end(Panne.objects(ouverte="*").first().id, operator(), request_id="end-refused")


@pytest.mark.clause("XCT-02/c")
def test_during_a_declared_outage_who_is_stuck_gets_a_voie_of_the_outage_on_its_first_day(world: World) -> None:
    """The symptom is the outage, and its first day is protected."""
    browser = world.browser("ops")
    assert browser.post("/substitution/pannes", {"prefectures": ["93"]}).status_code == 303
    assert browser.post("/substitution/pannes", {"prefectures": ["93"]}).status_code == 303
    assert Panne.objects(ouverte="93").count() == 1

    told = {"essai": "page blanche", "prefecture": "93"}
    world.browser().post("/substitution/je-n-y-arrive-pas", told)

    voie = Voie.objects(prefecture="93", state="OUVERTE").order_by("-rang").first()
    assert voie.origine == "PANNE" and Blocage.objects(id=voie.blocage_id).first().symptome == 11
    panne = Panne.objects(ouverte="93").first()
    assert browser.post(f"/substitution/pannes/{panne.id}/fin", {}, form="/substitution/pannes").status_code == 303
    assert pannes.concerns("93") is None


def test_only_operators_declare_an_outage(world: World) -> None:
    """A counter does not."""
    assert world.browser("g93").get("/substitution/pannes").status_code == 403


def operator() -> Who:
    """Who runs the service."""
    return Who(kind="agent", id="ops", roles=frozenset({"exploitant"}), prefectures=frozenset({"*"}))


def test_an_outage_that_deposit_tells_opens_routes_here_and_each_open_route_is_told_once(world: World) -> None:
    """Its end may come first; told again, it opens nothing more and writes to nobody twice."""
    told = {"essai": "page blanche", "prefecture": "75", "contact": "exemple@example.org"}
    world.browser().post("/substitution/je-n-y-arrive-pas", told)
    voie = Voie.objects(prefecture="75", state="OUVERTE").order_by("-rang").first()
    event = deposit.PanneDeclaree(panne_id="panne-de-depot", debut_date=TODAY.isoformat(), prefectures=["75"])
    receive("deposit.panne.declaree", event, 1)
    receive("deposit.panne.declaree", event, 1)
    drain.due_work(DUE, pannes.tell_next)

    assert pannes.concerns("75") is not None and pannes.concerns("93") is None
    assert modeles(voie.id).count("panne_declaree") == 1
    receive("deposit.panne.terminee", deposit.PanneTerminee(panne_id="panne-de-depot", fin_date=TODAY.isoformat()), 2)
    receive("deposit.panne.terminee", deposit.PanneTerminee(panne_id="panne-finie", fin_date=TODAY.isoformat()), 2)
    receive("deposit.panne.declaree", deposit.PanneDeclaree(panne_id="panne-finie", debut_date=TODAY.isoformat()), 1)
    assert pannes.concerns("75") is None


def receive(subject: str, event: Any, version: int) -> None:
    """A fact of deposit, as the consumer gets it from the broker."""
    headers = {
        "Nats-Msg-Id": clock.new_id(),
        "sejour-aggregate": event.panne_id,
        "sejour-version": str(version),
        "sejour-parcours": f"panne:{event.panne_id}",
        "sejour-day": clock.today().isoformat(),
        "sejour-time": clock.now().isoformat(),
    }
    inbox = Inbox(mongo.database("substitution"), HANDLERS)
    assert inbox.handle_batch([Received(subject, event.SerializeToString(), headers, 1)]) == ["ack"]


def modeles(voie_id: str) -> list[str]:
    """Templates of the messages asked for on a route, in order."""
    held = mongo.collection_of(Voie).find_one({"_id": voie_id}, {"outbox": 1}) or {}
    return [entry["prive"]["modele"] for entry in held.get("outbox", []) if "modele" in entry.get("prive", {})]
