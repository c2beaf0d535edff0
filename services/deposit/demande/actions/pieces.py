"""Pieces of a filed demande, by whatever way: each counts on its day of arrival (DEP-36)."""

from __future__ import annotations

from datetime import date

from chassis.outbox import Fact
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.rules.envois import PIECES_RECUES
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.droits.actions import calendrier, settle


def receive(demande: Demande, pieces: list[Piece], today: date, *, by: str, request_id: str) -> Demande:
    """Joins pieces: what was asked for answers the request. An ended demande stays ended, and an agent is told."""
    request, arrival = calendrier.open_request(demande), pieces[0].reception_date
    demande.pieces = [*demande.pieces, *pieces]
    ended = demande.state not in etats.EN_INSTRUCTION
    in_time = False
    if request is not None and not calendrier.still_asked(demande, request):
        last = calendrier.due_day(demande, request)
        in_time = last is None or arrival <= last
        if in_time or not ended:
            request.repondue_date = max(arrival, request.demande_date)
    if demande.state == etats.PIECES_DEMANDEES and calendrier.open_request(demande) is None:
        settle.become(demande, etats.without_request(demande.completude_date), today)
    if ended:
        waits = attentes.PIECE_A_TEMPS if in_time and demande.state == etats.CLOSE else attentes.PIECE
        demande.attentes = attentes.add(demande.attentes, waits, arrival)
    received = events_pb2.PiecesRecues(
        demande_id=demande.id,
        echange_id=request.id if request else "",
        reception_date=arrival.isoformat(),
        voie=pieces[0].voie,
    )
    named = ("nom", "sha256", "sha256_recu", "taille", "code")
    proofs = [{name: p[name] for name in named if p[name]} for p in pieces]
    fact = Fact("deposit.pieces.recues", received, by=by, private={"pieces": proofs})
    change = settle.Change((fact,), envoi=PIECES_RECUES, combien=len(pieces))
    return settle.apply(demande, change, request_id=request_id, today=today, by=by)
