"""notify's worker without unique keys: each copy of a fact becomes a message of its own.

A fact delivered twice is then told twice: the faults must say so.
"""

from __future__ import annotations

from typing import Any

from chassis import clock
from chassis.processes import main
from services.notify.__main__ import SERVICE
from services.notify.actions import planification

keyed = planification.message_of


def unkeyed(event: Any, meta: Any) -> Any:
    """A message under an identifier that nothing derives."""
    message = keyed(event, meta)
    message.id = clock.new_id()
    return message


if __name__ == "__main__":
    setattr(planification, "message_of", unkeyed)  # noqa: B010
    main(SERVICE)
