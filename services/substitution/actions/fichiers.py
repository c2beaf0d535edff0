"""Files received here: what may be sent, where it is kept, and what another service may fetch of it."""

from __future__ import annotations

from chassis import clock
from chassis.web import refusals
from chassis.web.files import FileStore
from chassis.web.uploads import Accepts
from droit.decision import Refused
from services.substitution.cadre import cadre
from services.substitution.store import Piece, Voie

TYPES = ("application/pdf", "image/jpeg", "image/png")


def store() -> FileStore:
    """The files of substitution."""
    return cadre().files


def accepts() -> Accepts:
    """What may be sent: files up to P-SIZE, of the three types that nearly every piece has (DEP-30)."""
    return Accepts(cadre().number("P-SIZE", clock.today()), TYPES)


def find(cle: str) -> Piece:
    """A piece by the key of its file. Raises Refused(INTROUVABLE)."""
    voie: Voie | None = Voie.objects(dossiers__pieces__cle=cle).first()
    for dossier in voie.dossiers if voie else ():
        for piece in dossier.pieces:
            if piece.cle == cle:
                return piece  # type: ignore[no-any-return]
    raise Refused(refusals.INTROUVABLE)
