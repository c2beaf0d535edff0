"""The pieces of a demande: several files each, sent by parts or by one form, until the decision, asked for or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from chassis import clock
from chassis.web import contents, forms, limits, problems, refusals, scanner
from chassis.web.files import download
from chassis.web.forms import Answer
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.languages import day_in_words
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AIDANT, USAGER, Who
from droit.decision import Motif, Refused
from services.deposit.blocage.actions import blocages
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import stuck
from services.deposit.cadre import cadre
from services.deposit.demande import inputs
from services.deposit.demande.actions import demandes, views
from services.deposit.dossier.actions import acces, fichiers, protection
from services.deposit.dossier.rules import etats
from services.deposit.espace.pages.depot import depot

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Demande
    from services.deposit.dossier.store.usager import Blocage

__all__ = ["depot"]

MEGA, KILO = 1_000_000, 1_000
_MENDED = {motif.code: motif for motif in (*contents.MOTIFS, scanner.FICHIER_DANGEREUX, refusals.TROP_GROS)}


@depot.app_template_filter("poids")
def poids(size_bytes: int) -> str:
    """« 12,3 Mo », « 340 Ko »."""
    if size_bytes >= MEGA:
        return str(_("%(n)s Mo", n=f"{size_bytes / MEGA:.1f}".replace(".", ",")))
    return str(_("%(n)s Ko", n=max(1, round(size_bytes / KILO))))


@depot.get("/demandes/<demande_id>/pieces")
@require(USAGER, AIDANT)
def pieces(demande_id: str) -> Answer:
    """Each piece with its files and the way to add one; what is accepted is said before.

    Who comes from a file that was not taken (`refus`) reads why, and the route if it opened one.
    """
    demande = acces.access_demande(demande_id, current_who())
    motif = _MENDED.get(request.args.get("refus", ""))
    return _page(demande, motif=motif, bloque=blocages.open_here(demande_id) if motif else None)


@depot.post("/demandes/<demande_id>/pieces")
@max_body(FORM_BYTES)
@require(USAGER, AIDANT)
def envoyer(demande_id: str) -> Answer:
    """Files by an ordinary form; what is not taken is told on this very page, with what to do."""
    who = current_who()
    demande = acces.access_demande(demande_id, who)
    piece = forms.read(inputs.Piece, MultiDict({"code": request.form.get("code", "")})).value
    sent = [file for file in request.files.getlist("fichier") if file.filename]
    try:
        if piece is None or not sent:
            raise Refused(refusals.DEMANDE_INVALIDE, champ="fichier")
        names = []
        for number, file in enumerate(sent):
            stored = fichiers.take(file)
            demandes.add_piece(demande_id, piece.code, stored, who, request_id=f"{request_id()}:{number}")
            names.append(stored.name)
    except Refused as refused:
        return _failed(demande, piece.code if piece else "", refused.motif), 422
    flash(
        _(
            "Reçu le %(jour)s : %(noms)s.",
            jour=day_in_words(clock.today()),
            noms=", ".join(names),
        ),
        "ok",
    )
    return redirect(url_for("depot.pieces", demande_id=demande_id), 303)


@depot.errorhandler(RequestEntityTooLarge)
def trop_gros(error: RequestEntityTooLarge) -> Answer:
    """Too big for one form: the ways to send it are said on this page."""
    try:
        demande = acces.access_demande((request.view_args or {}).get("demande_id", ""), current_who())
    except Refused:
        # Her session ended, or it is not hers: no page of pieces to show.
        return problems.answer(refusals.TROP_GROS)
    return _failed(demande, "", refusals.TROP_GROS), 413


def on_refused(who: Who, metadata: dict[str, str], motif: Motif) -> str:
    """A file that came whole by parts and is not taken: the page of the pieces says why."""
    demande = acces.access_demande(metadata["demande"], who)
    _wrong(demande, metadata.get("code", ""), motif)
    return url_for("depot.pieces", demande_id=demande.id, refus=motif.code)


@depot.post("/demandes/<demande_id>/pieces/blocage")
@require(USAGER, AIDANT)
def envoi_impossible(demande_id: str) -> Answer:
    """« L’envoi ne marche pas »: what the script could not send, or what nobody can scan."""
    demande = acces.access_demande(demande_id, current_who())
    return _page(demande, bloque=stuck("ENVOI_PIECE", request_id(), demande_id=demande_id))


@depot.get("/demandes/<demande_id>/pieces/<piece_id>")
@require(USAGER, AIDANT)
def fichier(demande_id: str, piece_id: str) -> Answer:
    """A file that was sent, as it is stored."""
    piece = views.piece_of(demande_id, piece_id, current_who())
    return download(fichiers.store(), piece.cle, piece.nom, piece.media_type, inline=True)


@depot.post("/demandes/<demande_id>/pieces/<piece_id>/retirer")
@require(USAGER, AIDANT)
def retirer(demande_id: str, piece_id: str) -> Answer:
    """Takes a file out of a draft; after filing nothing leaves."""
    demandes.remove_piece(demande_id, piece_id, current_who(), request_id=request_id())
    flash(_("Le fichier est retiré."), "ok")
    return redirect(url_for("depot.pieces", demande_id=demande_id), 303)


def _failed(demande: Demande, code: str, motif: Motif) -> str:
    return _page(demande, motif=motif, bloque=_wrong(demande, code, motif))


def _wrong(demande: Demande, code: str, motif: Motif) -> Blocage | None:
    """A wrong file is an error that she mends herself: the other way is offered on the page, and opened without a word
    of hers when the same piece fails P-FICHIER times in a day.
    """
    if limits.count_today("fichier refusé", f"{demande.id} {code}") < cadre().number("P-FICHIER", clock.today()):
        return None
    return stuck("ENVOI_PIECE", clock.new_id(), demande_id=demande.id, precis=motif.code)


def _page(demande: Demande, motif: Motif | None = None, bloque: Blocage | None = None) -> str:
    demande = protection.as_shown(demande, current_who())
    listed = views.pieces_expected(demande)
    waiting = views.open_request(demande)
    return render_template(
        "espace/depot/pieces.html",
        demande=demande,
        pieces=[piece for piece in listed if piece.demandee],
        autres=[piece for piece in listed if not piece.demandee],
        manquantes=views.missing(demande),
        remise=_says_received(demande),
        attendues=set(waiting.pieces) if waiting else set(),
        brouillon=demande.state == etats.BROUILLON,
        modifiable=demande.state in (etats.BROUILLON, *etats.EN_INSTRUCTION),
        taille=fichiers.max_bytes() // MEGA,
        taille_formulaire=FORM_BYTES // MEGA,
        motif=motif,
        blocage=bloque,
        voies=blocage.ways(demande.prefecture) if bloque else (),
        jour=clock.today(),
    )


def _says_received(demande: Demande) -> bool:
    """Whether the photo of a card already received has a place: she said so, or the record says that it waits."""
    usager = acces.access_usager(demande.usager_id, current_who())
    return "titre_recu" in demande.reponses or any(titre.remis is False for titre in usager.titres)
