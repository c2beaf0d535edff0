"""Sessions of agents as a service knows them: the cookie is a signed token, this says which were ended before time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import clock, mongo

# Longer than a session and than an API token live: what was ended stays so until nothing of it could serve.
KEPT = timedelta(hours=24)
LISTED = 50


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Sessions are forgotten once nothing of them could serve; those of one agent are listed."""
    db["sessions_agents"].create_index("expire_time", expireAfterSeconds=0)
    db["sessions_agents"].create_index([("agent_id", 1), ("opened_time", -1)])


def keep(service: str, agent_id: str, session_id: str, opened: datetime, where: str) -> None:
    """Notes a session that was opened, here or elsewhere; one that is known, even as ended, stays as it is."""
    session = {"agent_id": agent_id, "service": where, "opened_time": opened, "ended": False}
    mongo.insert_once(
        mongo.database(service)["sessions_agents"], {"_id": session_id, "expire_time": opened + KEPT, **session}
    )


def is_ended(service: str, session_id: str) -> bool:
    """Whether this session was ended, here or elsewhere."""
    ended = {"_id": session_id, "ended": True}
    return mongo.database(service)["sessions_agents"].find_one(ended, {"_id": 1}) is not None


def live(service: str, agent_id: str, lifetime: timedelta) -> list[dict[str, Any]]:
    """Her sessions that still live, opened at any service, the latest first."""
    hers = {"agent_id": agent_id, "opened_time": {"$gt": clock.now() - lifetime}, "ended": False}
    return list(mongo.database(service)["sessions_agents"].find(hers).sort("opened_time", -1).limit(LISTED))


def end(service: str, agent_id: str, session_id: str) -> bool:
    """Ends a session of this agent, known here or not yet, and the API tokens made with it.

    False when that session is another agent's.
    """
    database, now = mongo.database(service), clock.now()
    new = {"service": "", "opened_time": now, "expire_time": now + KEPT}
    try:
        database["sessions_agents"].update_one(
            {"_id": session_id, "agent_id": agent_id}, {"$set": {"ended": True}, "$setOnInsert": new}, upsert=True
        )
    except DuplicateKeyError:
        return False
    database["jetons_api"].delete_many({"kind": "agent", "subject": agent_id, "data.session": session_id})
    return True


def end_all(service: str, agent_id: str) -> None:
    """Ends every session and API token of this agent in this service."""
    database = mongo.database(service)
    database["sessions_agents"].update_many({"agent_id": agent_id}, {"$set": {"ended": True}})
    database["jetons_api"].delete_many({"kind": "agent", "subject": agent_id})
