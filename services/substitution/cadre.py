"""What one process of substitution works with: the frame of all services, and rules with their printed sentence."""

from __future__ import annotations

from datetime import date

from droit.dates import Valeur
from services.cadre import Cadre as Shared
from services.cadre import Holder


class Cadre(Shared):
    """Read once at start-up; actions receive parts of it."""

    def rule(self, cle: str, day: date) -> Valeur[bool]:
        """A national yes or no on a day, with the sentence of its rule."""
        found = self.catalogue.national.at(cle, day, self.position)
        return Valeur(self.flag(cle, day), found.depuis, found.citation, self.position)


holder = Holder(Cadre)
use, cadre = holder.use, holder.get
