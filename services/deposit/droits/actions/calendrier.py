"""The days that a demande waits for: due day of a request, reminder, question about a title. No right is given here."""

from __future__ import annotations

from datetime import date, timedelta

from chassis import clock, messages
from chassis.outbox import Fact
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande, DemandePieces, Piece
from services.deposit.droits.actions import attestations, suspensions
from services.deposit.droits.rules import horloges, remise

RAPPEL_JOURS = 7


def request_days(demande: Demande, today: date) -> dict[str, date | None]:
    """Due day and reminder of the open request for pieces; none while a clock is stopped (DEP-37)."""
    request = open_request(demande)
    if request is None or request.depassee or demande.state != etats.PIECES_DEMANDEES:
        return {"pieces_echeance": None, "pieces_rappel": None}
    last = due_day(demande, request)
    if last is None:
        return {"pieces_echeance": None, "pieces_rappel": None}
    # The last day belongs to the person: it is past on the day after.
    reminder = last - timedelta(days=RAPPEL_JOURS)
    return {"pieces_echeance": last + timedelta(days=1), "pieces_rappel": reminder if reminder > today else None}


def title_since(demande: Demande) -> date | None:
    """The day since which a title has been waiting to be handed over; None when none is."""
    if demande.state not in (etats.FAVORABLE, etats.TITRE_PRET) or not demande.titre_code:
        return None
    announced = demande.disponible_date if demande.state == etats.TITRE_PRET else None
    since: date | None = announced or demande.decision_date
    return since


def question_day(demande: Demande, today: date) -> date | None:
    """The day on which the person is asked whether she has her title (DEP-62)."""
    asked = remise.Attente(
        state=demande.state,
        depuis=title_since(demande),
        posee=demande.remise_question_date,
        delai_jours=cadre().number("P-REMISE", today),
        fabrication_jours=cadre().number("P-TITRE", today),
    )
    return remise.question_day(asked)


def open_request(demande: Demande) -> DemandePieces | None:
    """The request for pieces not yet answered."""
    waiting = [request for request in demande.demandes_pieces if request.repondue_date is None]
    return waiting[-1] if waiting else None


def still_asked(demande: Demande, request: DemandePieces) -> tuple[str, ...]:
    """What the request still waits for: only what was asked, received since, answers it (DEP-36). Asked in words alone,
    any file that came since answers it. The code "" stands for such a file.
    """
    since = [
        piece
        for number, piece in enumerate(demande.pieces)
        if piece.analyse != attestations.REJETEE and _came_after(piece, number, request)
    ]
    if not request.pieces:
        return () if since else ("",)
    came = {piece.code for piece in since}
    return tuple(code for code in request.pieces if code not in came)


def _came_after(piece: Piece, number: int, request: DemandePieces) -> bool:
    if request.fichiers_avant is None:
        return bool(piece.reception_date >= request.demande_date)
    return bool(number >= request.fichiers_avant)


def due_day(demande: Demande, request: DemandePieces) -> date | None:
    """The last day to answer, with the days stopped; None while the clock stands."""
    return horloges.due_day(request.demande_date, request.delai_jours, suspensions.stops(demande))


def past_day(demande: Demande, request: DemandePieces, today: date) -> date | None:
    """The last day to answer, once it is past; None while the delay still runs or is stopped: an outage may have moved
    that day since (XCT-02).
    """
    last = due_day(demande, request)
    return last if last is not None and last < today else None


def piece_names(demande: Demande) -> dict[str, str]:
    """The pieces of the catalogue for this demande, as people call them."""
    day = demande.depot_date or clock.today()
    asked = attestations.objet_of(demande).pieces(cadre().catalogue, day, cadre().position)
    return {piece.code: piece.libelle for piece in asked} | {"autre": "Autre pièce"}


def request_message(demande: Demande, request: DemandePieces, modele: str, last: date | None) -> Fact:
    """The message that goes with a request for pieces: its list and its last day (DEP-35, NOT-05)."""
    labels = piece_names(demande)
    champs = {
        "reference": demande.reference,
        "libelle": demande.libelle,
        "pieces": [labels.get(code, code) for code in still_asked(demande, request) if code],
        "texte": request.texte,
        "echeance_date": last.isoformat() if last else "",
    }
    return messages.fact(
        "deposit",
        messages.Notice(
            destinataire_id=demande.usager_id,
            parcours_id=demande.parcours_id,
            modele=modele,
            champs=champs,
            demande_id=demande.id,
            echeance=last,
            acte_attendu=True,
            a_lire=demande.accompagne,
        ),
    )
