"""notify's worker without the lease of a sending: several hands send the same e-mail.

A mail server has no unique key: this lease is what keeps one e-mail one, and the faults must say so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.processes import main
from services.notify import store
from services.notify.__main__ import SERVICE
from services.notify.actions.remise import Remises


def unleased(document: Any, criteria: dict[str, Any], lease: timedelta, limit: int) -> list[Any]:
    """The oldest that wait, whoever holds them."""
    waiting = criteria | {"suite_time": {"$gt": store.EPOCH, "$lte": clock.now()}}
    return list(document.objects(__raw__=waiting).order_by("suite_time").limit(limit))


if __name__ == "__main__":
    setattr(store, "claim", unleased)  # noqa: B010
    # Nor does a worker hold from their birth the sendings of what it receives.
    setattr(Remises, "hold", lambda self, envois: [])  # noqa: B010
    main(SERVICE)
