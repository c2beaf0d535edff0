"""What an act will send, before it is done: the very facts that the act would write, built and not written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from chassis import clock, messages
from chassis.outbox import Entry, Fact
from services.deposit.acte.actions import Apercu, Message
from services.deposit.cadre import cadre
from services.deposit.demande.actions.demandes import telling, told
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande, DemandePieces
from services.deposit.droits.actions import attestations, calendrier, ruptures


def complete(demande: Demande) -> Apercu:
    """The demande said complete, with the document that this makes due."""
    demande.state, demande.completude_date = etats.COMPLETE, clock.today()
    return _apercu(demande, *_dues(demande, telling(demande, "demande_complete", {})))


def ask_pieces(demande: Demande, codes: tuple[str, ...], texte: str) -> Apercu:
    """The request for pieces, with its last day."""
    today = clock.today()
    delai = cadre().number("pieces-delai", today)
    request = DemandePieces(id="apercu", pieces=list(codes), demande_date=today, delai_jours=delai, par="")
    demande.demandes_pieces = [*demande.demandes_pieces, request]
    demande.state = etats.PIECES_DEMANDEES
    made = _apercu(demande, calendrier.request_message(demande, request, "pieces_demandees"))
    return replace(made, mots=texte)


def extend(demande: Demande, jours: int) -> Apercu:
    """The request for pieces with its new last day."""
    request = calendrier.open_request(demande)
    if request is None:
        return Apercu(())
    late = max((clock.today() - request.echeance_date).days, 0) if request.depassee and request.echeance_date else 0
    request.delai_jours += jours + late
    return _apercu(demande, calendrier.request_message(demande, request, "delai_prolonge"))


def favourable(demande: Demande) -> Apercu:
    """The favourable decision and the attestation that it gives the same day."""
    demande.state, demande.decision_date = etats.FAVORABLE, clock.today()
    return _apercu(demande, *_dues(demande, telling(demande, "decision_favorable", {})))


def after(demande: Demande, state: str, modele: str, champs: dict[str, Any], pieces: tuple[str, ...] = ()) -> Apercu:
    """An act that only tells: its message, and the sentence of the state it leaves."""
    demande.state = state or demande.state
    attached = tuple((name, "") for name in pieces)
    return _apercu(demande, told(demande, modele, champs, pieces=attached))


def asked_pieces(demande: Demande) -> list[tuple[str, str, bool]]:
    """The pieces of the catalogue for this demande: code, words, mandatory."""
    frame = cadre()
    day = demande.depot_date or clock.today()
    return [
        (p.code, p.libelle, p.obligatoire)
        for p in attestations.objet_of(demande).pieces(frame.catalogue, day, frame.position)
    ]


def _dues(demande: Demande, annonce: messages.Notice) -> tuple[Entry, ...]:
    held = ruptures.before(demande)
    return attestations.due(demande, held.dossier, clock.today(), by="agent", annonce=annonce).entries


def _apercu(demande: Demande, *entries: Entry) -> Apercu:
    return Apercu(tuple(_messages(entries)), etats.PHRASES[demande.state].phrase)


def _messages(entries: Iterable[Entry]) -> Iterable[Message]:
    for entry in entries:
        if isinstance(entry, Fact) and "modele" in entry.prive:
            contenu = json.loads(entry.prive["contenu"])
            champs = {name: _readable(value) for name, value in contenu["champs"].items()}
            yield Message(entry.prive["modele"], champs, tuple(piece["nom"] for piece in contenu["pieces"]))


def _readable(value: Any) -> Any:
    """A day as a day, so that the page writes it in words; everything else as it is sent."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else value
    except ValueError:
        return value
