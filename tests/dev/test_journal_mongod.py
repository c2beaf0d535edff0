"""The database writes nobody's name in its log, however slow a query that looks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pymongo import MongoClient

from dev import solo


def test_a_slow_query_leaves_nothing_of_what_it_looks_for(tmp_path: Path) -> None:
    with solo.mongod(tmp_path) as server, MongoClient[dict[str, Any]](server.uri) as client:
        people = client["sejour_deposit"]["usagers"]
        people.insert_one({"_id": "une"})

        people.find_one({"_id": "une", "nom": {"$ne": "Canari"}, "$where": "sleep(300) || true"})

        written = "".join(path.read_text("utf-8", "replace") for path in tmp_path.rglob("*.log"))
        assert "Waiting for connections" in written
        assert "Canari" not in written
