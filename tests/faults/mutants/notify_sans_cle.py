"""notify's worker without unique keys: each copy of a fact becomes a message of its own.

A fact delivered twice is then told twice: the faults must say so.
"""

from __future__ import annotations

from typing import Any

from chassis import clock, outbox
from chassis.outbox import Entry
from chassis.processes import main
from services.notify.__main__ import SERVICE

keyed = outbox.insert


def unkeyed(doc: Any, *entries: Entry, request_id: str = "") -> Any:
    """Inserts under an identifier that nothing derives."""
    doc.id = clock.new_id()
    return keyed(doc, *entries, request_id=request_id)


if __name__ == "__main__":
    setattr(outbox, "insert", unkeyed)  # noqa: B010
    main(SERVICE)
