"""What the legal clock makes due: a sending without proof gives way to the next."""

from __future__ import annotations

from chassis.due import Due
from services.notify.actions import preuves
from services.notify.store import Envoi

DUE: Due = {(Envoi, "repli"): preuves.fall_back}
