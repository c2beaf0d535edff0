"""Pages for anybody: the directory, an appointment without account, ticket or e-mail, its change, a paper to check."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms, limits
from chassis.web.idempotency import request_id, sans_cle
from droit.decision import Refused
from services.pan.actions import accueil, agenda, attentes, lieux, offre, referrals, volumes
from services.pan.actions.papiers import PAPIERS
from services.pan.actions.personnes import Joignable
from services.pan.api.public import asked
from services.pan.api.saisies import Attendre, Periode, Reserver, Retrouver

pages = Blueprint("accueil", __name__)
Answer = str | tuple[str, int] | Response | AnyResponse

OBJETS = {
    "AIDE": lazy_gettext("Être aidé pour ma démarche en ligne"),
    "DEPOT": lazy_gettext("Déposer ma demande au guichet"),
    "REMISE": lazy_gettext("Retirer mon titre"),
    "VICTIME": lazy_gettext("Être reçu en confiance après des violences"),
}
VECTEURS = {
    "telephone": lazy_gettext("par téléphone"),
    "accueil": lazy_gettext("sur place"),
    "courrier": lazy_gettext("par courrier"),
    "web": lazy_gettext("sur internet"),
    "courriel": lazy_gettext("par e-mail"),
}
JOURS = (
    lazy_gettext("lundi"),
    lazy_gettext("mardi"),
    lazy_gettext("mercredi"),
    lazy_gettext("jeudi"),
    lazy_gettext("vendredi"),
    lazy_gettext("samedi"),
    lazy_gettext("dimanche"),
)


@pages.get("/")
def accueil_page() -> str:
    return render_template("pan/accueil.html", departements=lieux.departements(), form=forms.blank(), objets=OBJETS)


@pages.get("/annuaire")
def choisir() -> AnyResponse | str:
    wanted = request.args.get("departement", "")
    if wanted:
        return redirect(url_for("accueil.annuaire", departement=wanted))
    return render_template("pan/accueil.html", departements=lieux.departements(), form=forms.blank(), objets=OBJETS)


@pages.get("/annuaire/<departement>")
def annuaire(departement: str) -> str:
    found = lieux.directory(departement)
    return render_template("pan/annuaire.html", annuaire=found, objets=OBJETS, vecteurs=VECTEURS, jours=JOURS)


@pages.get("/annuaire/<departement>.json")
def annuaire_export(departement: str) -> dict[str, Any]:
    return lieux.directory(departement)


@pages.get("/lieux/<lieu_id>/file")
def file(lieu_id: str) -> str:
    return render_template("pan/file.html", lieu=lieux.shown(lieu_id), attente=accueil.wait(lieu_id))


@pages.get("/rendez-vous")
def creneaux() -> str:
    prefecture, objet = request.args.get("prefecture", ""), request.args.get("objet", "AIDE")
    if objet not in OBJETS or prefecture not in dict(lieux.departements()):
        return render_template(
            "pan/chercher.html",
            departements=lieux.departements(),
            form=forms.blank(prefecture=prefecture),
            objets=OBJETS,
        )
    return _slots(prefecture, objet)


def _slots(prefecture: str, objet: str) -> str:
    found = offre.offer(prefecture, objet, vecteur="WEB")
    return render_template(
        "pan/creneaux.html",
        prefecture=prefecture,
        objet=objet,
        objets=OBJETS,
        jours=by_day(found.creneaux),
        muets=found.muets,
        annuaire=lieux.directory(prefecture),
        form=forms.blank(),
    )


def by_day(slots: Any) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Slots grouped by day, hours of Paris as the place writes them."""
    days: dict[Any, list[dict[str, Any]]] = {}
    for slot in slots:
        start = lieux.local(slot["lieu_id"], datetime.fromisoformat(slot["debut_time"]))
        days.setdefault(start.date(), []).append({**slot, "heure": start.strftime("%H:%M")})
    return sorted(days.items())


@pages.get("/rendez-vous/prendre/<creneau_id>")
def prendre(creneau_id: str) -> str:
    objet = request.args.get("objet", "AIDE")
    return _booking(creneau_id, forms.blank(creneau_id=creneau_id, objet=objet if objet in OBJETS else "AIDE"))


def _booking(creneau_id: str, form: forms.Form[Any]) -> str:
    return render_template("pan/prendre.html", form=form, creneau=offre.shown(creneau_id), objets=OBJETS)


@pages.post("/rendez-vous/prendre/<creneau_id>")
def reserver(creneau_id: str) -> Answer:
    form = forms.read(Reserver, request.form)
    if form.value is None:
        return _booking(creneau_id, form), 422
    try:
        made = offre.book(asked(form.value, "WEB"), by="anonyme", request_id=request_id())
    except Refused as refused:
        return _booking(creneau_id, form.refuse(refused, gettext)), 409
    return _shown(made.reference, made.nom)


@pages.post("/attentes")
def attendre() -> Answer:
    form = forms.read(Attendre, request.form)
    if form.value is None:
        return redirect(url_for("accueil.creneaux", prefecture=request.form.get("prefecture", "")), 303)
    person = Joignable(form.value.nom, form.value.telephone)
    made = attentes.inscrire(form.value.prefecture, form.value.objet, person, request_id=request_id())
    session["attente"] = made.reference
    return redirect(url_for("accueil.attente"), 303)


@pages.get("/attente")
def attente() -> Answer:
    found = attentes.by_reference(session.get("attente", ""))
    if found is None:
        return redirect(url_for("accueil.creneaux"))
    ways = referrals.modalites(found.prefecture)
    return render_template("pan/attente.html", attente=found, objets=OBJETS, voies=ways.voies)


@pages.get("/mon-rendez-vous")
def mon_rendez_vous() -> Answer:
    kept = session.get("rendez_vous")
    if not kept:
        return render_template("pan/retrouver.html", form=forms.blank())
    found = agenda.by_reference(kept["reference"], kept["nom"])
    lieu = lieux.shown(found.lieu_id)
    others = offre.offer(found.prefecture, found.objet, vecteur="WEB").creneaux if found.state == "PRIS" else []
    return render_template(
        "pan/mon_rendez_vous.html",
        rdv=found,
        debut=lieux.local(found.lieu_id, found.debut_time),
        lieu=lieu,
        objets=OBJETS,
        autres=by_day(others),
    )


@pages.post("/mon-rendez-vous")
@sans_cle
def retrouver() -> Answer:
    form = forms.read(Retrouver, request.form)
    if form.value is None:
        return render_template("pan/retrouver.html", form=form), 422
    try:
        limits.count_sign_in(f"rendez-vous {form.value.reference}")
        found = agenda.by_reference(form.value.reference, form.value.nom)
    except Refused as refused:
        return render_template("pan/retrouver.html", form=form.refuse(refused, gettext)), 404
    return _shown(found.reference, found.nom)


@pages.post("/mon-rendez-vous/annuler")
def annuler() -> Answer:
    kept = session.get("rendez_vous") or {"reference": "", "nom": ""}
    found = agenda.by_reference(kept["reference"], kept["nom"])
    offre.cancel(found.id, par="USAGER", by="anonyme", request_id=request_id())
    return redirect(url_for("accueil.mon_rendez_vous"), 303)


@pages.post("/mon-rendez-vous/deplacer")
def deplacer() -> Answer:
    kept = session.get("rendez_vous") or {"reference": "", "nom": ""}
    found = agenda.by_reference(kept["reference"], kept["nom"])
    offre.move(found.id, request.form.get("creneau_id", ""), by="anonyme", vecteur="WEB", request_id=request_id())
    return redirect(url_for("accueil.mon_rendez_vous"), 303)


@pages.post("/mon-rendez-vous/oublier")
@sans_cle
def oublier() -> Answer:
    session.pop("rendez_vous", None)
    return redirect(url_for("accueil.accueil_page"), 303)


def _shown(reference: str, nom: str) -> AnyResponse:
    # What opens the appointment stays in this browser: a person without account has nothing to remember.
    session["rendez_vous"] = {"reference": reference, "nom": nom}
    return make_response(redirect(url_for("accueil.mon_rendez_vous"), 303))


@pages.get("/statistiques")
def statistiques() -> str:
    form = forms.read(Periode, request.args)
    asked_for = form.value or Periode()
    return render_template(
        "pan/statistiques.html",
        volumes=volumes.count(asked_for.departement, asked_for.du, asked_for.au),
        departements=lieux.departements(),
        form=form,
    )


@pages.get("/documents")
def documents() -> Answer:
    typed = request.args.get("reference", "")
    form = forms.blank(reference=typed)
    if not typed:
        return render_template("pan/documents.html", form=form, verification=None)
    try:
        return render_template("pan/documents.html", form=form, verification=PAPIERS.check(typed))
    except Refused as refused:
        return render_template("pan/documents.html", form=form.refuse(refused, gettext), verification=None), 422
