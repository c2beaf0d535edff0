"""What one process of deposit works with."""

from __future__ import annotations

from services.cadre import Cadre, Holder

__all__ = ["Cadre", "cadre", "holder", "use"]

holder = Holder(Cadre)
use, cadre = holder.use, holder.get
