"""The queue of an agent, and one dossier with every act on it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.partial_day import read_day
from chassis.web import refusals
from chassis.web.admission import LIST, ranked
from chassis.web.files import download
from chassis.web.forms import Answer
from chassis.web.headers import max_body
from chassis.web.identity import current_who, require
from chassis.web.languages import day_in_words
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AGENT
from droit.decision import Refused
from personne.urgence import MOTIFS
from services.deposit.acte.actions import Acte
from services.deposit.acte.pages import ask, find, unfold
from services.deposit.bureau.actions import actes
from services.deposit.cadre import cadre
from services.deposit.demande.actions import modifications, queries, views
from services.deposit.demande.actions.views import asked_pieces
from services.deposit.demande.pages import mots
from services.deposit.dossier.actions import acces, fichiers, issues, protection
from services.deposit.dossier.rules import etats
from services.deposit.droits.actions import attestations, frais, ruptures, vue
from services.deposit.engagement.actions import promesses
from services.deposit.espace.pages import questions
from services.deposit.instruction.actions import (
    corrections,
    delais,
    enregistrements,
    file_attente,
    personnes,
    pouvoirs,
    saisines,
)
from services.deposit.instruction.actions.pouvoirs import BUREAU
from services.deposit.instruction.pages import queue

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Demande, Piece

T = TypeVar("T")

pages = Blueprint("bureau", __name__, url_prefix="/agents")
mots.register(pages)

VOIES = {1: "en ligne", 2: "au guichet", 3: "par la poste", 4: "par e-mail", 5: "à un point d’accueil"}


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=BUREAU)
def file() -> Answer:
    """The queue: the day by which somebody must act, earliest first, each with its reasons."""
    who = current_who()
    read = partial(file_attente.queue, who)
    return render_template(
        "bureau/file.html",
        **queue("bureau.file", "filtre", file_attente.FILTRES, read),
        today=clock.today(),
        phrases=etats.PHRASES,
        manquees=promesses.count_missed(who) if who.has("superviseur") else 0,
        saisines=saisines.copied(who),
        retards=delais.late(file_attente.prefectures_of(who)) if who.has("superviseur") else None,
    )


@pages.get("/demandes/<demande_id>")
@require(AGENT, roles=BUREAU)
def dossier(demande_id: str) -> Answer:
    """A dossier: the form and the pieces side by side, the acts, what was given, asked, said and done."""
    who = current_who()
    acces.access_demande(demande_id, who)
    # The view that the agent reads is brought up to date first: what she sees is what is confirmed to the person.
    file_attente.project(demande_id)
    demande = acces.access_demande(demande_id, who)
    usager = personnes.access_personne(demande.usager_id, who)
    personnes.note(usager.id, who, demande.reference)
    enregistrements.record(demande_id, who)
    hidden = protection.hidden_from(demande, who)
    chosen = request.args.get("piece", "")
    facts = queries.history(demande)
    said = [change for change in modifications.of_facts(facts) if not change.par.startswith("agent")]
    return render_template(
        "bureau/dossier.html",
        demande=demande,
        en_mots=questions.in_words,
        titre_question=questions.title,
        frais=frais.of_demande(demande),
        **_outcome(demande),
        usager=usager,
        cachee=hidden,
        piece=next((p for p in demande.pieces if p.id == chosen), demande.pieces[0] if demande.pieces else None),
        attendues=_expected(demande),
        raisons=vue.reasons_of(demande)[1],
        rupture=ruptures.in_words(demande),
        promesses=promesses.promesses_of(demande.usager_id, demande.id),
        genres_promesses=promesses.GENRES,
        horloges=personnes.clocks(demande),
        etats_des_documents=views.documents_states(demande, clock.today()),
        actes=actes.offered_acts(demande, pouvoirs.on_demande(demande, who)),
        corrections=[] if hidden else corrections.of_facts(facts),
        dites=[] if hidden else said[::-1],
        fil=protection.messages_as_shown(queries.thread(demande.id), hidden=hidden),
        historique=[fact for fact in facts if "message" not in fact["subject"]],
        phrase=issues.phrase(demande),
        today=clock.today(),
        voies=VOIES,
        motifs=MOTIFS,
    )


@pages.get("/demandes/<demande_id>/actes/<code>")
@require(AGENT, roles=BUREAU)
def demander(demande_id: str, code: str) -> Answer:
    """The form of an act."""
    acte = find(actes.PAR_CODE, code)
    demande = acces.access_demande(demande_id, current_who(), acte.pouvoir)
    return ask(acte, demande, _contexte(demande, acte))


@pages.post("/demandes/<demande_id>/actes/<code>")
@max_body(FORM_BYTES)
@require(AGENT, roles=BUREAU)
def faire(demande_id: str, code: str) -> Answer:
    """A step of an act: preview, then done."""
    acte = find(actes.PAR_CODE, code)
    demande = acces.access_demande(demande_id, current_who(), acte.pouvoir)
    answer = unfold(acte, demande, _contexte(demande, acte))
    actes.update_queue(demande_id, current_who())
    return answer


@pages.get("/demandes/<demande_id>/pieces/<piece_id>")
@require(AGENT, roles=BUREAU)
def piece(demande_id: str, piece_id: str) -> Response:
    """A file of a piece, shown in the page or downloaded."""
    who = current_who()
    demande = acces.access_demande(demande_id, who)
    found = _visible(demande, next((p for p in demande.pieces if p.id == piece_id), None))
    personnes.note(demande.usager_id, who, f"{demande.reference} : pièces")
    return download(fichiers.store(), found.cle, found.nom, found.media_type, inline="telecharger" not in request.args)


@pages.get("/demandes/<demande_id>/urgences/<motif>")
@require(AGENT, roles=BUREAU)
def preuve(demande_id: str, motif: str) -> Response:
    """The proof of an urgency."""
    demande = acces.access_demande(demande_id, current_who())
    found = _visible(demande, next((u for u in demande.urgences if u["motif"] == motif and u.get("preuve")), None))
    return download(fichiers.store(), found["preuve"], f"preuve-{motif}", found["media_type"], inline=True)


@pages.get("/demandes/<demande_id>/documents/<numero>.pdf")
@require(AGENT, roles=BUREAU)
def document(demande_id: str, numero: str) -> Response:
    """Any document of the demande, in PDF (DEP-58)."""
    demande = acces.access_demande(demande_id, current_who())
    # A letter bears the address.
    found = _visible(demande, next((a for a in demande.attestations if a.numero == numero), None))
    answer = Response(attestations.pdf(found), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{found.nature.lower()}-{found.numero}.pdf"'
    return answer


def _visible(demande: Demande, found: T | None) -> T:
    """What was looked for in the demande, unless it is not there or hidden from who asks."""
    if found is None or protection.hidden_from(demande, current_who()):
        raise Refused(refusals.INTROUVABLE if found is None else refusals.INTERDIT)
    return found


def _contexte(demande: Demande, acte: Acte) -> dict[str, Any]:
    back = url_for("bureau.dossier", demande_id=demande.id)
    return {
        "retour": back,
        "action": url_for("bureau.faire", demande_id=demande.id, code=acte.code),
        "sujet": f"{demande.libelle} ({demande.reference})",
        "verifier": url_for("bureau_personnes.verifier", usager_id=demande.usager_id, pour=acte.libelle),
        "chemin": [(_("File"), url_for("bureau.file")), (demande.reference, back), (_(acte.libelle), "")],
    }


def _outcome(demande: Demande) -> dict[str, Any]:
    """What was asked for, for whom, what was granted and handed over."""
    cat, other, card = cadre().catalogue, demande.beneficiaire or {}, demande.carte or {}
    born = read_day(other["naissance_date"]) if other.get("naissance_date") else None
    child = f"{other.get('prenoms', '')} {other.get('nom', '')}".strip()
    until = day_in_words(date.fromisoformat(card["fin"])) if card else ""
    return {
        "cartes": [cat.titre(code).libelle for code in issues.asked_titles(demande)],
        "accordee": cat.titre(demande.decision["accorde"]).libelle if demande.decision.get("accorde") else "",
        "pour": _("%(enfant)s, né ou née le %(jour)s", enfant=child, jour=day_in_words(born)) if born else child,
        "carte": _("%(numero)s, jusqu’au %(jour)s", numero=card["numero"], jour=until) if card else "",
    }


def _expected(demande: Demande) -> list[tuple[str, str, bool, list[Piece]]]:
    """Each piece of the catalogue with the files held for it, then the others."""
    asked = asked_pieces(demande)
    codes = {code for code, _words, _required in asked}
    rows = [(code, words, required, [p for p in demande.pieces if p.code == code]) for code, words, required in asked]
    others = [p for p in demande.pieces if p.code not in codes]
    return [*rows, ("autre", _("Autres pièces"), False, others)] if others else rows
