"""Which préfectures read their queue since both views were last compared, and what that comparison found (DEP-29).

A reader asks for it and never waits: comparing costs as much as the préfecture is large.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo.collection import Collection

from chassis import clock, mongo, wake
from chassis.lead import Queue
from services.deposit.dossier.store import ALIAS

# However many agents read, a préfecture is compared no oftener.
RELIRE = timedelta(seconds=5)
_KEY = {"_id": "relectures"}
_ASKED = {**_KEY, "a_relire.0": {"$exists": True}}
# Whether somebody asked for a comparison.
QUEUE = Queue("relectures", "relectures", lambda: _ASKED)


def last(scope: Sequence[str]) -> int:
    """How many things the last comparisons of these préfectures found missing; asks for the next ones."""
    names = {f"prefectures.{code}": 1 for code in scope}
    kept = (_kept().find_one(_KEY, names) or {}).get("prefectures", {})
    before = clock.now() - RELIRE
    due = [code for code in scope if code not in kept or kept[code]["manquaient"] or kept[code]["time"] < before]
    if due:
        _kept().update_one(_KEY, {"$addToSet": {"a_relire": {"$each": due}}}, upsert=True)
        wake.say(QUEUE.name)
    return sum(kept[code]["manquaient"] for code in scope if code in kept)


def take() -> list[str]:
    """The préfectures to compare now; one replica gets them."""
    found = _kept().find_one_and_update(_ASKED, {"$set": {"a_relire": []}})
    return list(found["a_relire"]) if found else []


def keep(code: str, missed: int) -> None:
    """What was just found in a préfecture."""
    found = {"manquaient": missed, "time": clock.now()}
    _kept().update_one(_KEY, {"$set": {f"prefectures.{code}": found}}, upsert=True)


def _kept() -> Collection[dict[str, Any]]:
    return mongo.database(ALIAS)["relectures"]
