"""What the embedded stack promises: one address, restarts after a kill, a still page for a dead service, one clock."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup
from pymongo import MongoClient

from dev.children import StackError
from dev.clock import ClockError
from dev.solo import SoloNats
from dev.stack import Stack
from tests.conftest import Mongo
from tests.dev.conftest import MONDE
from tests.waiting import wait_until

PROCESSES = [
    ("deposit", "web"),
    ("deposit", "rpc"),
    ("deposit", "worker"),
    ("mongod",),
    ("nats",),
    ("front",),
    ("sinks",),
    ("home",),
]


def test_the_front_address_reaches_each_service_the_sinks_and_the_home_page(petite: Stack) -> None:
    web = requests.get(f"{petite.url}/deposit/anything", timeout=5)
    assert (web.status_code, web.json()["process"]) == (200, "web")
    home = requests.get(f"{petite.url}/", timeout=5)
    assert home.status_code == 200
    links = [a["href"] for a in BeautifulSoup(home.text, "html.parser").find_all("a")]
    assert {"/deposit/", "/notify/", "/boites/courriels", "/boites/sms"} <= set(links)
    for path in ("courriels", "sms"):
        assert requests.get(f"{petite.url}/boites/{path}", timeout=5).status_code == 200


@pytest.mark.parametrize("name", PROCESSES, ids=".".join)
def test_a_killed_process_is_restarted_and_ready_again(petite: Stack, name: tuple[str, ...]) -> None:
    before, restarts = petite.pid(*name), petite.restarts(*name)
    assert petite.kill(*name) == before
    assert petite.pid(*name) not in (0, before)
    assert petite.restarts(*name) == restarts + 1
    described = json.loads((petite.data / "stack.json").read_text())["processes"][".".join(name)]
    assert described["restarts"] >= 1


def test_what_mongodb_acknowledged_survives_its_kill(petite: Stack) -> None:
    uri = petite.env_for("deposit", "web")["MONGODB_URI"]
    with MongoClient[dict[str, object]](uri, w="majority", journal=True) as client:
        kept = client["sejour_deposit"]["essai"]
        kept.insert_one({"_id": "avant"})
        petite.kill("mongod")
        assert kept.find_one({"_id": "avant"}) == {"_id": "avant"}


@pytest.mark.parametrize(("channel", "first"), [("deposit", "/substitution/"), ("notify", "/substitution/")])
def test_a_dead_service_gives_a_still_page_that_leads_to_a_living_one(petite: Stack, channel: str, first: str) -> None:
    petite.keep_down(channel, "web")
    try:
        page = requests.get(f"{petite.url}/{channel}/demandes", timeout=5)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
        assert page.headers["Content-Type"].startswith("text/html")
        ways = [a["href"] for a in BeautifulSoup(page.content, "html.parser").find_all("a")]
        assert ways[0] == f"{first}je-n-y-arrive-pas?depuis={channel}"
        assert ways[1] == f"/ccc/je-n-y-arrive-pas?depuis={channel}"
        api = requests.post(f"{petite.url}/{channel}/api/v1/demandes", json={}, timeout=5)
        assert (api.status_code, api.headers["Content-Type"]) == (503, "application/problem+json")
        assert api.json()["status"] == 503
    finally:
        petite.start_process(channel, "web")
    assert requests.get(f"{petite.url}/{channel}/", timeout=5).status_code == 200


def test_the_legal_clock_goes_forward_only_and_through_each_day(petite: Stack) -> None:
    start = petite.clock.today()
    assert petite.clock.advance(3) == start + timedelta(days=3)
    expected = [(start + timedelta(days=n)).isoformat() for n in range(4)]
    for service in ("deposit", "notify"):
        days = Path(petite.env_for(service, "worker")["PIECES_DIR"]) / "jours"
        assert days.read_text().split()[-4:] == expected
    with pytest.raises(ClockError, match="does not go back"):
        petite.clock.set(start)
    petite.clock.set(start + timedelta(days=400), direct=True)
    assert petite.clock.today() == start + timedelta(days=400)


def test_the_home_page_moves_the_clock_for_its_own_form_only(petite: Stack) -> None:
    target = (petite.clock.today() + timedelta(days=1)).isoformat()
    stranger = requests.post(
        f"{petite.url}/horloge", data={"jour": target}, headers={"Origin": "http://x.invalid"}, timeout=5
    )
    assert stranger.status_code == 403
    own = requests.post(
        f"{petite.url}/horloge", data={"jour": target}, headers={"Origin": petite.url}, timeout=5, allow_redirects=False
    )
    assert own.status_code == 303
    wait_until(f"the legal clock is at {target}", lambda: petite.clock.today().isoformat() == target)


def test_servers_given_by_address_replace_the_embedded_ones(tmp_path: Path, mongo: Mongo, nats: SoloNats) -> None:
    given = {"MONGODB_URI": mongo.uri, "NATS_URL": nats.url}
    with Stack(tmp_path, root=MONDE, services=["deposit"], external=given) as stack:
        assert {"mongod", "nats"}.isdisjoint(stack.supervisor.children)
        told = stack.env_for("deposit", "worker")
        assert {name: told[name] for name in given} == given


def test_a_second_stack_on_the_same_data_is_refused(petite: Stack) -> None:
    with pytest.raises(StackError, match="another stack"), Stack(petite.data):
        pass
