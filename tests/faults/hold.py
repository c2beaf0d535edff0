"""Holds a process between two of its steps, from outside: no switch in its code, no luck.

An operator's transaction that has written a document, and has not ended, makes any other write of that document wait in
mongod; a write that is itself in a transaction is refused at once, and tried again. The process that asked stands still
with everything before done and nothing after: it is then killed, its orphaned write is ended by `killOp`, and the
transaction is aborted, so that it leaves no trace.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from pymongo import MongoClient

from tests.waiting import wait_until

Doc = dict[str, Any]


class Hold:
    """A document that nobody can write while the `with` lasts.

    `absent`: its fields when it does not exist yet, so that its insertion waits. Times are in seconds.
    """

    def __init__(self, client: MongoClient[Doc], namespace: str, key: str, absent: Doc | None = None) -> None:
        self._client, self._namespace, self._key, self._absent = client, namespace, key, absent
        self._held: set[Any] = set()

    def __enter__(self) -> Hold:
        database, _, collection = self._namespace.partition(".")
        target = self._client[database][collection]
        self._refused = self._aborted()
        self._session = self._client.start_session()
        self._session.start_transaction()
        if self._absent is None:
            held = target.update_one({"_id": self._key}, {"$set": {"tenu": True}}, session=self._session)
            assert held.matched_count == 1, f"{self._namespace} {self._key} is not there to be held"
        else:
            target.insert_one({"_id": self._key, **self._absent}, session=self._session)
        return self

    def wait_held(self, timeout: float = 20.0) -> None:
        """Returns once another's write waits behind this one, or its transaction was refused for it."""
        before: set[Any] = set()

        def seen_twice() -> bool:
            nonlocal before
            now = self._writes()
            self._held, before = now & before, now
            return bool(self._held) or self._aborted() > self._refused

        wait_until(f"a write of {self._namespace} {self._key} waits", seen_twice, timeout)

    def discard(self) -> None:
        """Ends the write that waits: whoever asked for it is dead."""
        for number in self._held | self._writes():
            self._client.admin.command("killOp", op=number)
        wait_until("the orphaned write has ended", lambda: not self._writes())

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.abort_transaction()
        self._session.end_session()

    def _aborted(self) -> int:
        return int(self._client.admin.command("serverStatus")["transactions"]["totalAborted"])

    def _writes(self) -> set[Any]:
        match = {"ns": self._namespace, "active": True, "op": {"$in": ["insert", "update", "command"]}}
        match |= {"$or": [{"writeConflicts": {"$gt": 0}}, {"waitingForLock": True}]}
        return {
            found["opid"]
            for found in self._client.admin.aggregate([{"$currentOp": {"allUsers": True}}, {"$match": match}])
        }
