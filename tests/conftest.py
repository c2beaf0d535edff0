"""The servers that tests share. All are real; each starts once, when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from bson import MinKey
from pymongo import MongoClient
from pymongo.database import Database

from chassis.settings import SERVICES
from dev import solo

_OF_MONGODB_ITSELF = ("admin", "config", "local")
_OF_SERVICES = tuple(f"sejour_{service}" for service in SERVICES)


@dataclass(frozen=True)
class Mongo:
    """A real MongoDB, empty at the start of each test module; `database` is a name for the module's own."""

    server: solo.SoloMongod
    client: MongoClient[dict[str, Any]]
    database: str

    @property
    def uri(self) -> str:
        """As the operator, without a database (what `chassis.mongo.connect` expects)."""
        return self.server.uri

    def uri_for(self, service: str) -> str:
        """As one service, which sees its own database and no other."""
        return self.server.uri_for(service)


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[solo.SoloMongod]:
    """A MongoDB of its own, which a test may kill: it comes back."""
    with solo.mongod(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture(scope="module")
def mongo(mongod: solo.SoloMongod, request: pytest.FixtureRequest) -> Iterator[Mongo]:
    """The shared MongoDB, emptied after the module."""
    with MongoClient[dict[str, Any]](mongod.uri, tz_aware=True) as client:
        name = request.module.__name__.rsplit(".", 1)[-1]
        yield Mongo(mongod, client, f"sejour_{name}")
        for database in client.list_database_names():
            if database in _OF_SERVICES:
                empty(client[database])
            elif database not in _OF_MONGODB_ITSELF:
                client.drop_database(database)


def empty(database: Database[dict[str, Any]]) -> None:
    """Takes every document away; the indexes, which cost a service seconds to make, serve the next module."""
    for name in database.list_collection_names():
        if not name.startswith("system."):
            database[name].delete_many({"_id": {"$gte": MinKey()}})


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[solo.SoloNats]:
    """A nats-server of its own, which a test may kill; `url_for("deposit")` has that service's rights."""
    with solo.nats(tmp_path_factory.mktemp("nats")) as server:
        yield server
