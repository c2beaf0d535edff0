"""What one process of ccc works with: the frame of all services, and the mailboxes that are the contact centre's."""

from __future__ import annotations

import os
from functools import cached_property

from services.cadre import Cadre as Shared
from services.cadre import Holder


class Cadre(Shared):
    """Read once at start-up; actions receive parts of it."""

    @cached_property
    def adresses(self) -> frozenset[str]:
        """`CCC_ADRESSES`: mailboxes separated by commas; not set, every address is ours."""
        return frozenset(part.strip().lower() for part in os.environ.get("CCC_ADRESSES", "").split(",") if part.strip())

    @property
    def telephonie_secret(self) -> str:
        """`TELEPHONIE_SECRET`: what the telephone system signs its events with; not set, no event is believed."""
        return os.environ.get("TELEPHONIE_SECRET", "")


holder = Holder(Cadre)
use, cadre = holder.use, holder.get
