"""When nobody is there the five services hardly ask the store: one worker of each looks, with one question for all."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from pymongo import MongoClient

from chassis import lead
from chassis.settings import SERVICES
from dev.parcours.monde import Monde
from tests.profiler import Profiled
from tests.waiting import wait_until

LOOKS = 2
# What the stories before left under way (an e-mail tried again) ends before all is at rest.
WINDOWS = 5
# Of all five together; the target with the rest of MongoDB's own talk is 8.
MOST_A_SECOND = 5.0


def _looked(client: MongoClient[dict[str, Any]]) -> dict[str, Any]:
    return {name: client[f"sejour_{name}"][lead.COLLECTION].find_one({"_id": lead.KEY}) for name in SERVICES}


def _asked(client: MongoClient[dict[str, Any]]) -> tuple[Counter[str], float]:
    """What the services ask while each of them looks twice, and for how many seconds that was."""
    profiler = Profiled(client, [f"sejour_{name}" for name in SERVICES])
    profiler.start()
    started = time.monotonic()
    seen, looks = _looked(client), Counter[str]()

    def all_looked() -> bool:
        for name, lease in _looked(client).items():
            looks[name] += lease["until_time"] > seen[name]["until_time"]
            seen[name] = lease
        return all(looks[name] >= LOOKS for name in SERVICES)

    try:
        wait_until("each service has looked twice", all_looked)
        seconds = time.monotonic() - started
    finally:
        entries = profiler.stop()
    # Who asks here reads leases too, as the operator.
    ours = (entry for entry in entries if "exploitant" not in entry.get("user", ""))
    return Counter(f"{entry['op']} {entry['ns']}" for entry in ours), seconds


def test_at_rest_the_services_ask_the_store_a_few_times_a_second(monde: Monde) -> None:
    monde.stack.clock.wait_quiet()
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        for _ in range(WINDOWS):
            asked, seconds = _asked(client)
            if asked.total() <= MOST_A_SECOND * seconds:
                break
    assert asked.total() <= MOST_A_SECOND * seconds, asked.most_common()
