"""Something came from a person about a filed demande: it is counted, and waits until an agent says that he read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.rules import attentes
from services.deposit.dossier.rules.envois import DEPOT, ENVOIS, PIECES_RECUES
from services.deposit.dossier.store.demande import Demande

DEPOSEE = "deposit.demande.deposee"
_OWN_FACT = {DEPOSEE: DEPOT, "deposit.pieces.recues": PIECES_RECUES}


def note(demande: Demande, code: str, day: date, *, combien: int = 1) -> None:
    """Counts what came, for the write of the fact that says it; its reason in the queue keeps the day of the first."""
    sent = ENVOIS[code]
    demande.envois = {**demande.envois, sent.compte: demande.envois.get(sent.compte, 0) + combien}
    demande.envoi_date = day
    if sent.raison:
        demande.a_lire = attentes.add(demande.a_lire, code, day)


def code_of(fact: Mapping[str, Any]) -> str:
    """What was sent, or what of a demande changed, by its fact; empty for any other fact."""
    if fact["subject"] == "deposit.demande.modifiee":
        return str(events_pb2.DemandeModifiee.FromString(bytes(fact["payload"])).objet)
    return _OWN_FACT.get(fact["subject"], "")
