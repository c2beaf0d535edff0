"""The papers that pan gives: the shared noun, bound to what keeps them here."""

from __future__ import annotations

from papier.actions import Papiers
from services.pan.cadre import cadre
from services.pan.store import PAPERED

PAPIERS = Papiers(PAPERED, lambda: cadre().settings)
