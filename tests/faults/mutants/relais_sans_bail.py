"""deposit's worker that leads beside another: two of them publish every fact twice.

The lease only spares work: nothing may be doubled without it.
"""

from __future__ import annotations

from chassis import lead, worker
from chassis.processes import main
from services.deposit.__main__ import SERVICE


class Unleased(lead.Lead):
    """Leads, whoever else does."""

    def hold(self) -> bool:
        """Always."""
        super().hold()
        return True


if __name__ == "__main__":
    setattr(worker, "Lead", Unleased)  # noqa: B010
    main(SERVICE)
