"""What one process of pan works with: the frame of all services, and the tokens of the préfectures' own agendas."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from services.cadre import Cadre as Shared
from services.cadre import Holder


class Cadre(Shared):
    """Read once at start-up; actions receive parts of it."""

    @cached_property
    def jetons(self) -> Mapping[str, Mapping[str, Any]]:
        """Per préfecture, `sortant` (shown to its system), `entrant` (shown by it), `fin` (last day), `secret`.

        From `agendas.toml` in the mounted keys; a préfecture that is not in it has none.
        """
        path = self.settings.cles_dir / "agendas.toml"
        return tomllib.loads(path.read_text()) if path.exists() else {}


holder = Holder(Cadre)
use, cadre = holder.use, holder.get
