"""Pages for anybody: the directory, an appointment without account, ticket or e-mail, its change, a paper to check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms, limits
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.languages import hour_in_words
from droit.decision import Refused
from services.pan import inputs
from services.pan.actions import accueil, agenda, attentes, lieux, offre, referrals, signalements, volumes
from services.pan.actions.papiers import PAPIERS

pages = Blueprint("accueil", __name__)

OBJETS = {
    "AIDE": lazy_gettext("Être aidé pour ma démarche en ligne"),
    "DEPOT": lazy_gettext("Déposer ma demande au guichet"),
    "REMISE": lazy_gettext("Retirer mon titre"),
    "VICTIME": lazy_gettext("Être reçu en confiance après des violences"),
}
# Not a motive of a visit: who is only blocked uses no slot (PAN-06).
SEUL = "SEUL"
ETATS_RENDEZ_VOUS = {
    "PRIS": lazy_gettext("Rendez-vous pris"),
    "ANNULE": lazy_gettext("Annulé"),
    "HONORE": lazy_gettext("La personne est venue"),
    "ABSENT": lazy_gettext("La personne n’est pas venue"),
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


@pages.app_template_filter("offre_en_mots")
def describe_offer(lieu: Mapping[str, Any]) -> str:
    """What a place offers by appointment, as it was last counted (PAN-10)."""
    if not lieu["creneaux_libres"]:
        return str(gettext("Aucun créneau libre en ce moment."))
    free = ngettext("%(num)d créneau libre", "%(num)d créneaux libres", lieu["creneaux_libres"])
    days = ngettext("sur %(num)d jour", "sur %(num)d jours", lieu["jours_libres"])
    first = ngettext("le premier dans %(num)d jour.", "le premier dans %(num)d jours.", lieu["attente_jours"])
    return f"{free} {days}, {first if lieu['attente_jours'] else gettext('le premier aujourd’hui.')}"


@pages.get("/")
def accueil_page() -> str:
    if request.args.get("blocage"):
        # Kept in this browser until she books: whoever comes from a blocage brings its reference.
        session["blocage"] = request.args["blocage"][:20]
    return _entry()


def _entry() -> str:
    return render_template(
        "pan/accueil.html",
        departements=lieux.departements(),
        form=forms.blank(),
        objets=OBJETS,
        reference=session.get("blocage", ""),
    )


@pages.get("/annuaire")
def choisir() -> AnyResponse | str:
    wanted = request.args.get("departement", "")
    if wanted:
        return redirect(url_for("accueil.annuaire", departement=wanted))
    return _entry()


@pages.get("/annuaire/<departement>")
def annuaire(departement: str) -> str:
    return _directory(departement, forms.blank())


def _directory(departement: str, form: forms.Form[Any]) -> str:
    found = lieux.directory(departement)
    return render_template(
        "pan/annuaire.html", annuaire=found, form=form, objets=OBJETS, vecteurs=VECTEURS, jours=JOURS
    )


@pages.post("/annuaire/<departement>/signalements")
def signaler(departement: str) -> Answer:
    def act(typed: inputs.Signalement) -> Answer:
        signalements.report(departement, typed, request_id=request_id())
        flash(gettext("Merci. La préfecture le lit et corrige l’annuaire."), "ok")
        return redirect(url_for("accueil.annuaire", departement=departement), 303)

    return forms.submit(inputs.Signalement, act, partial(_directory, departement))


@pages.get("/annuaire/manquants")
@ranked(LIST)
def manquants() -> str:
    return render_template("pan/manquants.html", manquants=lieux.without_pan())


@pages.get("/annuaire/<departement>.json")
def annuaire_export(departement: str) -> dict[str, Any]:
    return lieux.directory(departement)


@pages.get("/lieux/<lieu_id>/file")
def file(lieu_id: str) -> str:
    return render_template("pan/file.html", lieu=lieux.lieu_shown(lieu_id), attente=accueil.wait(lieu_id))


@pages.get("/rendez-vous")
def creneaux() -> str:
    prefecture, objet = request.args.get("prefecture", ""), request.args.get("objet", "AIDE")
    known = prefecture in dict(lieux.departements())
    if objet == SEUL and known:
        return render_template("pan/seul.html", prefecture=prefecture, voies=referrals.modalites(prefecture).voies)
    if objet not in OBJETS or not known:
        return render_template(
            "pan/chercher.html",
            departements=lieux.departements(),
            form=forms.blank(prefecture=prefecture),
            objets=OBJETS | {SEUL: gettext("Je sais faire seul, mais le site me bloque")},
        )
    return _slots(prefecture, objet, forms.blank())


def _slots(prefecture: str, objet: str, form: forms.Form[Any]) -> str:
    asked, found = slots_asked(prefecture, objet, "WEB")
    return render_template(
        "pan/creneaux.html",
        prefecture=prefecture,
        objet=objet,
        objets=OBJETS,
        jours=by_day(found.creneaux),
        muets=found.muets,
        asked=asked,
        suite=next_page(found.suite, prefecture=prefecture, objet=objet),
        nom=lieux.name_of(prefecture),
        ailleurs=None if found.creneaux or asked.typed else offre.elsewhere(prefecture, objet),
        form=form,
    )


def slots_asked(prefecture: str, objet: str, vecteur: str) -> tuple[forms.Form[inputs.Jours], offre.Offre]:
    """The slots of the days that the address asks for; what cannot be read is said beside the field."""
    typed = MultiDict([(name, request.args[name]) for name in inputs.Jours.model_fields if name in request.args])
    asked = forms.read(inputs.Jours, typed)
    wanted = asked.value or inputs.Jours()
    return asked, offre.offer(prefecture, objet, vecteur=vecteur, du=wanted.du, apres=wanted.apres)


def next_page(suite: str, **kept: str) -> str:
    """The address of the slots that follow on this page; empty at the end."""
    here = {**(request.view_args or {}), **kept}
    return url_for(str(request.endpoint), **here, apres=suite) if suite and request.method == "GET" else ""


def by_day(slots: Any) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Slots grouped by day, each with its hour on the clock of its place."""
    days: dict[Any, list[dict[str, Any]]] = {}
    for slot in slots:
        start = datetime.fromisoformat(slot["debut_local"])
        days.setdefault(start.date(), []).append({**slot, "heure": hour_in_words(start, slot["fuseau"])})
    return sorted(days.items())


@pages.get("/rendez-vous/prendre/<creneau_id>")
def prendre(creneau_id: str) -> str:
    objet = request.args.get("objet", "AIDE")
    brought = {"objet": objet if objet in OBJETS else "AIDE", "blocage": session.get("blocage", "")}
    return _booking(creneau_id, forms.blank(creneau_id=creneau_id, **brought))


def _booking(creneau_id: str, form: forms.Form[Any]) -> str:
    return render_template("pan/prendre.html", form=form, creneau=offre.creneau_shown(creneau_id), objets=OBJETS)


@pages.post("/rendez-vous/prendre/<creneau_id>")
def reserver(creneau_id: str) -> Answer:
    def act(typed: inputs.PriseDeRendezVous) -> Answer:
        made = offre.book(offre.reservation(typed, "WEB"), by="anonyme", request_id=request_id())
        return _remember(made.reference, made.nom)

    return forms.submit(inputs.PriseDeRendezVous, act, partial(_booking, creneau_id))


@pages.post("/attentes")
def attendre() -> Answer:
    def act(typed: inputs.Inscription) -> Answer:
        made = attentes.join_list(typed, request_id=request_id())
        session["attente"] = made.reference
        return redirect(url_for("accueil.attente"), 303)

    prefecture, objet = request.form.get("prefecture", ""), request.form.get("objet", "AIDE")
    if prefecture not in dict(lieux.departements()) or objet not in OBJETS:
        return redirect(url_for("accueil.creneaux"), 303)
    return forms.submit(inputs.Inscription, act, partial(_slots, prefecture, objet))


@pages.get("/attente")
def attente() -> Answer:
    found = attentes.by_reference(session.get("attente", ""))
    if found is None:
        return redirect(url_for("accueil.creneaux"))
    ways = referrals.modalites(found.prefecture)
    return render_template("pan/attente.html", attente=found, objets=OBJETS, voies=ways.voies)


@pages.get("/mon-rendez-vous")
def mon_rendez_vous() -> str:
    return _own_page(forms.blank())


def _own_page(form: forms.Form[Any]) -> str:
    kept = _key_in_browser()
    if not kept:
        return render_template("pan/retrouver.html", form=form)
    found = agenda.by_reference(kept["reference"], kept["nom"])
    lieu = lieux.lieu_shown(found.lieu_id)
    asked, others = slots_asked(found.prefecture, found.objet, "WEB")
    return render_template(
        "pan/mon_rendez_vous.html",
        rdv=found,
        form=form,
        lieu=lieu,
        objets=OBJETS,
        asked=asked,
        autres=by_day(others.creneaux) if found.state == "PRIS" else [],
        suite=next_page(others.suite),
    )


@pages.post("/mon-rendez-vous")
@without_key
def retrouver() -> Answer:
    def act(typed: inputs.MonRendezVous) -> Answer:
        limits.count_sign_in(f"rendez-vous {typed.reference}")
        found = agenda.by_reference(typed.reference, typed.nom)
        return _remember(found.reference, found.nom)

    def show(form: forms.Form[Any]) -> str:
        return render_template("pan/retrouver.html", form=form)

    return forms.submit(inputs.MonRendezVous, act, show)


@pages.post("/mon-rendez-vous/annuler")
def annuler() -> Answer:
    def act(typed: inputs.MonRendezVous) -> Answer:
        found = agenda.by_reference(typed.reference, typed.nom)
        offre.cancel(found.id, par="USAGER", by="anonyme", request_id=request_id())
        return redirect(url_for("accueil.mon_rendez_vous"), 303)

    return forms.submit(inputs.MonRendezVous, act, _own_page, **_key_in_browser())


@pages.post("/mon-rendez-vous/deplacer")
def deplacer() -> Answer:
    def act(typed: inputs.Deplacement) -> Answer:
        found = agenda.by_reference(typed.reference, typed.nom)
        offre.move(found.id, typed.creneau_id, by="anonyme", vecteur="WEB", request_id=request_id())
        return redirect(url_for("accueil.mon_rendez_vous"), 303)

    return forms.submit(inputs.Deplacement, act, _own_page, **_key_in_browser())


def _key_in_browser() -> dict[str, str]:
    """What opens the appointment, as this browser keeps it; nothing when it keeps none."""
    kept: dict[str, str] = session.get("rendez_vous") or {}
    return kept


@pages.post("/mon-rendez-vous/oublier")
@without_key
def oublier() -> Answer:
    session.pop("rendez_vous", None)
    return redirect(url_for("accueil.accueil_page"), 303)


def _remember(reference: str, nom: str) -> AnyResponse:
    # What opens the appointment stays in this browser: a person without account has nothing to remember.
    session["rendez_vous"] = {"reference": reference, "nom": nom}
    return make_response(redirect(url_for("accueil.mon_rendez_vous"), 303))


@pages.get("/statistiques")
@ranked(LIST)
def statistiques() -> str:
    form = forms.read(inputs.Periode, request.args)
    asked_for = form.value or inputs.Periode()
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
