"""Partners: the public table, the note to show with a document, a refusal told in one page, the published counts."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis import clock
from chassis.web import forms
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages.personne import person_id
from services.deposit.demande.actions import views
from services.deposit.partenaire import actions as partenaires
from services.deposit.partenaire import inputs
from services.deposit.partenaire.actions import EN_COURS, MAINTENU, OUVERT, PHRASES, RECONNU, Compte

if TYPE_CHECKING:
    from services.deposit.partenaire.store import RefusPartenaire

public = Blueprint("partenaires", __name__, url_prefix="/partenaires")
pages = Blueprint("refus", __name__)

MOTS = {
    OUVERT: _l("À suivre"),
    EN_COURS: _l("Suivi en cours"),
    RECONNU: _l("Document accepté"),
    MAINTENU: _l("Refus maintenu"),
}
GENRES = {OUVERT: "attente", EN_COURS: "attente", RECONNU: "ok", MAINTENU: "arret"}
COLONNES = ("partenaire", "prefecture", "refus", "acceptes_ensuite", "maintenus", "en_cours")


@public.app_context_processor
def words() -> dict[str, object]:
    """Where a refusal stands, in words, for every page that shows one."""
    return {"refus_mots": MOTS, "refus_genres": GENRES, "refus_phrases": PHRASES}


@public.get("/")
def lister() -> str:
    """Who must look at what: each partner, its texts, whether they name our documents (XCT-13)."""
    return render_template("partenaire/liste.html", lignes=partenaires.table(clock.today()))


@public.get("/<code>")
def note(code: str) -> str:
    """The note of one partner, made to be printed; without any person in it."""
    return render_template("partenaire/note.html", ligne=partenaires.line(code, clock.today()))


@public.get("/refus")
def chiffres() -> str:
    """How many documents were refused, by whom and where, over the last year; nobody can be told from it."""
    found = partenaires.counts(clock.today())
    totals: dict[str, int] = {}
    for count in found:
        totals[count.nom] = totals.get(count.nom, 0) + count.nombre
    return render_template("partenaire/chiffres.html", comptes=found, totaux=sorted(totals.items()))


@public.get("/refus.json")
def donnees() -> Response:
    """The same figures, open data."""
    return jsonify(jour=clock.today().isoformat(), refus=[_row(count) for count in partenaires.counts(clock.today())])


@public.get("/refus.csv")
def tableur() -> Response:
    """The same figures, for a spreadsheet."""
    written = io.StringIO()
    rows = csv.DictWriter(written, COLONNES, delimiter=";")
    rows.writeheader()
    rows.writerows(_row(count) for count in partenaires.counts(clock.today()))
    headers = {"Content-Disposition": disposition("refus-partenaires.csv")}
    # The mark makes spreadsheets read the accents.
    return Response("\ufeff" + written.getvalue(), mimetype="text/csv", headers=headers)


@pages.get("/documents/<numero>/partenaires")
@require()
def choisir(numero: str) -> str:
    """« À qui montrez-vous ce document ? »: the note for each partner, and the way to tell a refusal."""
    document = views.document(numero, current_who())
    return render_template("partenaire/choisir.html", document=document, lignes=partenaires.table(clock.today()))


@pages.get("/documents/<numero>/partenaires/<code>.pdf")
@require()
def pdf(numero: str, code: str) -> Response:
    """The note in PDF, with the reference of the document."""
    content = partenaires.note_pdf(numero, code, current_who())
    headers = {"Content-Disposition": disposition(f"note-{code}-{numero}.pdf", inline=bool(request.args.get("voir")))}
    return Response(content, mimetype="application/pdf", headers=headers)


@pages.get("/documents/<numero>/refus")
@require(USAGER, AIDANT)
def signaler(numero: str) -> str:
    """« Un organisme a refusé ce document »."""
    return _form(numero, forms.blank(partenaire=request.args.get("partenaire", "")))


@pages.post("/documents/<numero>/refus")
@require(USAGER, AIDANT)
def enregistrer(numero: str) -> Answer:
    """Records it; an agent follows it up."""

    def act(typed: inputs.Refus) -> Answer:
        partenaires.report(typed, current_who(), request_id=request_id())
        flash(_("Le refus est enregistré. Un agent de la préfecture écrit à l’organisme, et vous êtes prévenu."), "ok")
        return redirect(url_for("refus.suivre"), 303)

    return forms.submit(inputs.Refus, act, partial(_form, numero), numero=numero)


@pages.get("/refus")
@require(USAGER, AIDANT)
def suivre() -> str:
    """The refusals told, each with what was done since."""
    return render_template("partenaire/suivre.html", refus=_named(partenaires.of_person(person_id(), current_who())))


def _form(numero: str, form: forms.Form[Any]) -> str:
    document = views.document(numero, current_who())
    choices = [(row.code, row.nom) for row in partenaires.table(clock.today())]
    return render_template("partenaire/signaler.html", document=document, form=form, partenaires=choices)


def _named(found: list[RefusPartenaire]) -> list[tuple[RefusPartenaire, str]]:
    names = {row.code: row.nom for row in partenaires.table(clock.today())}
    return [(refus, names.get(refus.partenaire, refus.partenaire)) for refus in found]


def _row(count: Compte) -> dict[str, object]:
    values = (count.partenaire, count.prefecture, count.nombre, count.reconnus, count.maintenus, count.en_cours)
    return dict(zip(COLONNES, values, strict=True))


BLUEPRINTS = (public, pages)
