"""deposit's worker without its outbox: a fact leaves the document before the log and the broker have it.

A death between the two loses it: the faults must say so.
"""

from __future__ import annotations

from collections.abc import Collection

from chassis import relay
from chassis.outbox import COMMAND
from chassis.processes import main
from services.deposit.__main__ import SERVICE


class Forgetful(relay.Relay):
    """Pulls first, sends after."""

    async def run_once(self, told: Collection[str] | None = None) -> int:
        claimed: relay.Claimed = await self._blocking(self._claim, self.collections)
        entries = [entry for docs in claimed.values() for doc in docs for entry in doc["outbox"]]
        if not entries:
            return 0
        await self._blocking(self._release, claimed, {entry["event_id"] for entry in entries})
        await self._blocking(self._store, entries)
        await self._send([entry for entry in entries if entry["kind"] != COMMAND])
        return len(entries)


if __name__ == "__main__":
    setattr(relay, "Relay", Forgetful)  # noqa: B010
    main(SERVICE)
