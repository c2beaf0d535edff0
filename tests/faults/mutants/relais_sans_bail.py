"""deposit's worker without the lease of its relay: two of them publish every fact twice.

The lease only spares work: nothing may be doubled without it.
"""

from __future__ import annotations

from typing import Any

from chassis import relay
from chassis.mongo import Aggregate, collection_of
from chassis.processes import main
from services.deposit.__main__ import SERVICE


class Unleased(relay.Relay):
    """Takes whatever is unsent, held by another or not."""

    def _claim_of(self, document: type[Aggregate]) -> list[dict[str, Any]]:
        return list(collection_of(document).find(relay.UNSENT, {"outbox": 1}).limit(relay.BATCH))

    def _release(self, claimed: relay.Claimed, sent: set[str]) -> None:
        pulled = {"$pull": {"outbox": {"event_id": {"$in": sorted(sent)}}}}
        for document, docs in claimed.items():
            for doc in docs:
                collection_of(document).update_one({"_id": doc["_id"]}, pulled)


if __name__ == "__main__":
    setattr(relay, "Relay", Unleased)  # noqa: B010
    main(SERVICE)
