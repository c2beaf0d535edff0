"""The desk of a place: the day's appointments, the queue and why this order, arrivals, bookings for somebody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.pan import inputs
from services.pan.actions import (
    a_dire,
    accueil,
    bureau,
    capacites,
    constats,
    depots,
    enrolements,
    fermetures,
    lieux,
    rappels,
    signalements,
)
from services.pan.actions.papiers import PAPIERS
from services.pan.pages.public import ETATS_RENDEZ_VOUS, JOURS, OBJETS, by_day, next_page, slots_asked
from services.pan.pages.public import VECTEURS as VECTEURS_DE_LIEU

if TYPE_CHECKING:
    from services.pan.store import Lieu

pages = Blueprint("bureau", __name__, url_prefix="/bureau")

PAPIERS_AVEC_PHOTO = (
    ("PASSEPORT", lazy_gettext("Passeport")),
    ("TITRE_DE_SEJOUR", lazy_gettext("Titre de séjour")),
    ("CARTE_D_IDENTITE", lazy_gettext("Carte d’identité")),
    ("PERMIS", lazy_gettext("Permis de conduire")),
    ("CONSULAIRE", lazy_gettext("Carte consulaire avec photo")),
)
VECTEURS = {"TELEPHONE": "Téléphone", "ACCUEIL": "Accueil", "COURRIEL": "E-mail", "COURRIER": "Courrier"}


@pages.get("")
@require(AGENT)
def choisir() -> str:
    return render_template("pan/bureau/lieux.html", lieux=bureau.places(current_who()))


@pages.get("/lieux/<lieu_id>")
@require(AGENT)
def lieu(lieu_id: str) -> str:
    return _desk(lieu_id, forms.blank(objet="AIDE"))


def _desk(lieu_id: str, form: forms.Form[Any]) -> str:
    who = current_who()
    return render_template(
        "pan/bureau/lieu.html",
        form=form,
        lieu=bureau.place(lieu_id, who),
        file=accueil.queue(lieu_id, who),
        attendus=accueil.booked_today(lieu_id, who),
        finies=accueil.ended_visits(lieu_id, who),
        attente=accueil.wait(lieu_id),
        rappels=rappels.to_call(lieu_id, who),
        a_dire=a_dire.of_lieu(lieu_id, who),
        objets=OBJETS,
        peut_fermer=bureau.may_close(who),
        voie=request.args.get("voie", ""),
        choix=[(value, label) for value, label, _ in depots.choices()],
    )


@pages.post("/lieux/<lieu_id>/arrivees")
@require(AGENT)
def arriver(lieu_id: str) -> Answer:
    def act(typed: inputs.Arrivee) -> Answer:
        made = accueil.record_arrival(lieu_id, typed, current_who(), request_id=request_id())
        if made.numero_file:
            flash(gettext("Numéro %(numero)s donné.", numero=made.numero_file), "ok")
        return redirect(url_for("bureau.lieu", lieu_id=lieu_id), 303)

    return forms.submit(inputs.Arrivee, act, partial(_desk, lieu_id))


@pages.get("/lieux/<lieu_id>/rendez-vous")
@require(AGENT)
def creneaux(lieu_id: str) -> str:
    return _slots(lieu_id, forms.blank(vecteur="TELEPHONE", creneau_id=request.args.get("creneau", "")))


def _slots(lieu_id: str, form: forms.Form[Any]) -> str:
    place = bureau.place(lieu_id, current_who())
    typed = request.args.get("objet", "") or form.text("objet")
    objet = typed if typed in OBJETS else "AIDE"
    asked, found = slots_asked(place["prefecture"], objet, "ACCUEIL")
    return render_template(
        "pan/bureau/reserver.html",
        lieu=place,
        objet=objet,
        objets=OBJETS,
        vecteurs=bureau.ways_of(place, VECTEURS),
        asked=asked,
        suite=next_page(found.suite, objet=objet),
        jours=by_day(found.creneaux),
        muets=found.muets,
        form=form,
    )


@pages.post("/lieux/<lieu_id>/rendez-vous")
@require(AGENT)
def reserver(lieu_id: str) -> Answer:
    def act(typed: inputs.PriseAuBureau) -> Answer:
        made = bureau.book(lieu_id, typed, current_who(), request_id=request_id())
        return redirect(url_for("bureau.rendez_vous", rendez_vous_id=made.id), 303)

    return forms.submit(inputs.PriseAuBureau, act, partial(_slots, lieu_id))


@pages.get("/rendez-vous/<rendez_vous_id>")
@require(AGENT)
def rendez_vous(rendez_vous_id: str) -> str:
    return _appointment(rendez_vous_id, forms.blank())


def _appointment(rendez_vous_id: str, form: forms.Form[Any]) -> str:
    found = bureau.appointment(rendez_vous_id, current_who())
    asked, others = slots_asked(found.prefecture, found.objet, "ACCUEIL")
    return render_template(
        "pan/bureau/rendez_vous.html",
        rdv=found,
        form=form,
        lieu=lieux.lieu_shown(found.lieu_id),
        asked=asked,
        autres=by_day(others.creneaux) if found.state == "PRIS" else [],
        suite=next_page(others.suite),
        objets=OBJETS,
        etats_rendez_vous=ETATS_RENDEZ_VOUS,
        vecteurs=VECTEURS_DE_LIEU,
    )


@pages.post("/rendez-vous/<rendez_vous_id>/annuler")
@require(AGENT)
def annuler(rendez_vous_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        bureau.cancel(rendez_vous_id, current_who(), request_id=request_id())
        return redirect(url_for("bureau.rendez_vous", rendez_vous_id=rendez_vous_id), 303)

    return forms.submit(forms.Nothing, act, partial(_appointment, rendez_vous_id))


@pages.post("/rendez-vous/<rendez_vous_id>/deplacer")
@require(AGENT)
def deplacer(rendez_vous_id: str) -> Answer:
    def act(typed: inputs.NouveauCreneau) -> Answer:
        bureau.move(rendez_vous_id, typed.creneau_id, current_who(), request_id=request_id())
        return redirect(url_for("bureau.rendez_vous", rendez_vous_id=rendez_vous_id), 303)

    return forms.submit(inputs.NouveauCreneau, act, partial(_appointment, rendez_vous_id))


@pages.get("/lieux/<lieu_id>/fermer")
@require(AGENT)
def fermeture(lieu_id: str) -> str:
    return _closing(lieu_id, forms.blank())


def _closing(lieu_id: str, form: forms.Form[Any]) -> str:
    return render_template("pan/bureau/fermer.html", lieu=bureau.closable(lieu_id, current_who()), form=form)


@pages.post("/lieux/<lieu_id>/fermer")
@require(AGENT)
def fermer(lieu_id: str) -> Answer:
    def act(typed: inputs.Fermeture) -> Answer:
        fermetures.close(lieu_id, typed.motif, current_who(), request_id=request_id())
        return redirect(url_for("bureau.lieu", lieu_id=lieu_id), 303)

    return forms.submit(inputs.Fermeture, act, partial(_closing, lieu_id))


@pages.post("/lieux/<lieu_id>/rouvrir")
@require(AGENT)
def rouvrir(lieu_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        fermetures.reopen(lieu_id, current_who(), request_id=request_id())
        flash(gettext("Ce lieu est ouvert de nouveau : l’annuaire le montre, et ses créneaux sont offerts."), "ok")
        return redirect(url_for("bureau.lieu", lieu_id=lieu_id), 303)

    return forms.submit(forms.Nothing, act, partial(_desk, lieu_id))


@pages.post("/lieux/<lieu_id>/orienter")
@require(AGENT)
def orienter(lieu_id: str) -> Answer:
    def act(typed: inputs.Autonome) -> Answer:
        made = constats.lead_away(lieu_id, typed, current_who(), request_id=request_id())
        flash(
            gettext(
                "Référence %(reference)s : une autre façon de faire s’ouvre pour elle. Donnez-lui cette référence.",
                reference=made.reference,
            ),
            "ok",
        )
        return redirect(url_for("bureau.lieu", lieu_id=lieu_id, voie=made.reference), 303)

    return forms.submit(inputs.Autonome, act, partial(_desk, lieu_id))


@pages.get("/signalements")
@ranked(LIST)
@require(AGENT)
def a_corriger() -> str:
    return _reports(forms.blank())


def _reports(form: forms.Form[Any]) -> str:
    who = current_who()
    found = signalements.waiting(who)
    names = {place["id"]: place["nom"] for place in bureau.places(who)}
    return render_template("pan/bureau/signalements.html", form=form, signalements=found, noms=names)


@pages.post("/signalements/<signalement_id>")
@require(AGENT)
def corriger(signalement_id: str) -> Answer:
    def act(typed: inputs.SuiteDonnee) -> Answer:
        signalements.settle(signalement_id, typed, current_who(), request_id=request_id())
        flash(gettext("C’est noté."), "ok")
        return redirect(url_for("bureau.a_corriger"), 303)

    return forms.submit(inputs.SuiteDonnee, act, _reports)


@pages.get("/alertes")
@ranked(LIST)
@require(AGENT)
def alertes() -> str:
    return render_template("pan/bureau/alertes.html", lieux=capacites.alerts(current_who()))


@pages.get("/lieux/<lieu_id>/a-dire/<envoi_id>")
@require(AGENT)
def dire(lieu_id: str, envoi_id: str) -> str:
    return _to_tell(lieu_id, envoi_id, forms.blank())


@pages.post("/lieux/<lieu_id>/a-dire/<envoi_id>")
@without_key
@require(AGENT)
def lire(lieu_id: str, envoi_id: str) -> Answer:
    def act(typed: inputs.Interlocuteur) -> Answer:
        return _to_tell(lieu_id, envoi_id, forms.blank(), a_dire.read(lieu_id, envoi_id, typed, current_who()))

    return forms.submit(inputs.Interlocuteur, act, partial(_to_tell, lieu_id, envoi_id))


@pages.post("/lieux/<lieu_id>/a-dire/<envoi_id>/fin")
@require(AGENT)
def noter(lieu_id: str, envoi_id: str) -> Answer:
    def act(typed: inputs.Dit) -> Answer:
        a_dire.note(lieu_id, envoi_id, typed, current_who(), request_id=request_id())
        flash(gettext("C’est noté."), "ok")
        return redirect(url_for("bureau.lieu", lieu_id=lieu_id), 303)

    return forms.submit(inputs.Dit, act, partial(_to_tell, lieu_id, envoi_id))


def _to_tell(lieu_id: str, envoi_id: str, form: forms.Form[Any], words: tuple[str, str] | None = None) -> str:
    who = current_who()
    waiting = a_dire.of_lieu(lieu_id, who) or ()
    return render_template(
        "pan/bureau/a_dire.html",
        form=form,
        lieu=bureau.place(lieu_id, who),
        envoi_id=envoi_id,
        personne=next((one for one in waiting if one.envoi_id == envoi_id), None),
        mots=words,
        papiers=[("", gettext("Elle est au téléphone")), *PAPIERS_AVEC_PHOTO],
        issues=[("dit", gettext("Je le lui ai dit")), ("pas_joignable", gettext("Elle n’est pas joignable"))],
    )


@pages.post("/rappels/<depot_id>")
@require(AGENT)
def rappeler(depot_id: str) -> Answer:
    done = rappels.called(depot_id, current_who(), request_id=request_id())
    return redirect(url_for("bureau.lieu", lieu_id=done.lieu_id), 303)


@pages.post("/rappels/visites/<visite_id>")
@require(AGENT)
def rappeler_apres(visite_id: str) -> Answer:
    done = rappels.called_after(visite_id, current_who(), request_id=request_id())
    return redirect(url_for("bureau.lieu", lieu_id=done.lieu_id), 303)


@pages.get("/enroler")
@require(AGENT, roles=("prefecture", "superviseur", "bureau_national"))
def enrolement() -> str:
    return _enrolment(forms.blank(de="09:00", a="16:30", guichets=1, duree_minutes=30, agents_formes=0))


def _enrolment(form: forms.Form[Any]) -> str:
    return render_template(
        "pan/bureau/enroler.html",
        form=form,
        departements=lieux.departements(),
        vecteurs=list(VECTEURS_DE_LIEU.items()),
        jours=list(enumerate(JOURS)),
    )


@pages.post("/enroler")
@require(AGENT, roles=("prefecture", "superviseur", "bureau_national"))
def enroler() -> Answer:
    def act(typed: inputs.Maison) -> Answer:
        made = enrolements.enrol(typed, current_who(), request_id=request_id())
        return redirect(url_for("accueil.annuaire", departement=made.prefecture), 303)

    return forms.submit(inputs.Maison, act, _enrolment)


@pages.get("/lieux/<lieu_id>/modifier")
@require(AGENT)
def modification(lieu_id: str) -> str:
    house = enrolements.of_house(lieu_id, current_who())
    days = house.horaires[0] if house.horaires else {}
    same = ("nom", "code_postal", "ville", "telephone", "guichets", "duree_minutes", "agents_formes", "prefecture")
    typed = {name: house[name] for name in (*same, "agents_formes_victimes", "latitude", "longitude")}
    opened = {"jours": [str(jour) for jour in days.get("jours", ())], "de": days.get("de", ""), "a": days.get("a", "")}
    ways = [way for way in house.vecteurs if way != "web"]
    return _change(house, forms.blank(**typed, **opened, adresse=house.adresse[0], vecteurs=ways))


def _change(house: Lieu, form: forms.Form[Any]) -> str:
    return render_template(
        "pan/bureau/modifier.html",
        form=form,
        lieu=house,
        vecteurs=list(VECTEURS_DE_LIEU.items()),
        jours=list(enumerate(JOURS)),
    )


@pages.post("/lieux/<lieu_id>/modifier")
@require(AGENT)
def modifier(lieu_id: str) -> Answer:
    def act(typed: inputs.MaisonModifiee) -> Answer:
        enrolements.change(lieu_id, typed, current_who(), request_id=request_id())
        flash(gettext("C’est enregistré : l’annuaire et l’agenda suivent."), "ok")
        return redirect(url_for("bureau.lieu", lieu_id=lieu_id), 303)

    def again(form: forms.Form[Any]) -> str:
        return _change(enrolements.of_house(lieu_id, current_who()), form)

    return forms.submit(inputs.MaisonModifiee, act, again)


@pages.get("/papiers/<numero>.pdf")
@require(AGENT)
def papier(numero: str) -> Response:
    bureau.may_read_paper(numero, current_who())
    response = make_response(PAPIERS.draw(numero))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = disposition(f"{numero}.pdf", inline=True)
    return response
