"""One filed demande: state, requests and answers, thread, changes, history; every act is visible with its effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chassis import clock, logs
from chassis.web import forms, limits, unsent
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.languages import day_in_words
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.acte.actions import Order, carry_out
from services.deposit.blocage.inputs import FinArret
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import days_to, in_days, stuck
from services.deposit.compte import inputs
from services.deposit.compte.actions import changements, repudiation
from services.deposit.concertation.actions import experimentations
from services.deposit.demande.actions import demandes, fiches, queries, views
from services.deposit.demande.inputs import PremierePage
from services.deposit.dossier.actions import acces, prefectures, protection
from services.deposit.dossier.rules import etats
from services.deposit.droits.actions import calendrier, frais, suspensions
from services.deposit.engagement.actions import promesses
from services.deposit.espace.pages import questions
from services.deposit.espace.pages.espace import GENRES, MOTS
from services.deposit.instruction.actions import clotures, corrections, instruction, rectifications, remises

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Demande

dossier = Blueprint("dossier", __name__)


@dossier.get("/demandes/<demande_id>")
@require(USAGER, AIDANT)
def voir(demande_id: str) -> Answer:
    """The exact state: step, since when, who has it, what is awaited, what comes next (DEP-45)."""
    demande, who = _demande(demande_id), current_who()
    hidden = protection.hidden_from(demande, who)
    demande = protection.as_shown(demande, who)
    if demande.state == etats.BROUILLON:
        return redirect(url_for("depot.taches", demande_id=demande_id))
    waiting, phrase, expected = views.open_request(demande), frais.phrase(demande), views.pieces_expected(demande)
    return render_template(
        "espace/dossier/voir.html",
        demande=demande,
        phrase=phrase,
        genre=GENRES[demande.state],
        mot=MOTS[demande.state],
        qui=views.name_holder(phrase, demande.prefecture),
        attente=waiting if demande.state == etats.PIECES_DEMANDEES else None,
        echeance=views.due_day(demande, waiting) if waiting else None,
        suspensions=suspensions.of_request(demande, waiting) if waiting else (),
        arrets=suspensions.open_stops(demande),
        par_panne=demande.retenue_date in suspensions.protected_days(demande),
        libelles={piece.code: piece.libelle for piece in expected},
        pieces=expected,
        lignes=questions.rows(demande, _rectify_url(demande)),
        frais=frais.of_demande(demande),
        regle_cloture=views.closing_rule(demande),
        documents=[a for a in demande.attestations if not a.remplacee_par],
        fil=protection.messages_as_shown(queries.thread(demande_id), hidden=hidden),
        corrections=[] if hidden else corrections.corrections(demande),
        promesses=promesses.promesses_of(demande.usager_id, demande.id),
        genres_promesses=promesses.GENRES,
        remise_annulable=_remise_annulable(demande),
        en_cours=demande.state in etats.EN_INSTRUCTION,
        annulable=etats.ANNULEE in etats.FOLLOWING[demande.state],
        repudiable=etats.REPUDIEE in etats.FOLLOWING[demande.state],
        reouverture=views.reopening_asked(demande),
        reprenable=etats.may_restore(demande.state, demande.repudiation.get("avant", "")).accepted,
        form=forms.blank(),
        jour=clock.today(),
        days_to=days_to,
        in_days=in_days,
        delai_observe=experimentations.observed_delay(demande, clock.today()),
    )


def _remise_annulable(demande: Demande) -> date | None:
    return remises.last_day_to_take_back(demande) if remises.can_take_back(demande) else None


@dossier.get("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>")
@require(USAGER, AIDANT)
def demande_pieces(demande_id: str, demande_pieces_id: str) -> Answer:
    """A request of the agent, always readable here; one that does not open is a blocage, said on this page (DEP-35)."""
    demande = _demande(demande_id)
    asked = views.request_of(demande, demande_pieces_id)
    if asked is None:
        # A wrong address is nothing that the person met: it stops no clock.
        raise Refused(changements.DEMANDE_PIECES_INCONNUE)
    try:
        page = render_template(
            "espace/dossier/demande_pieces.html",
            demande=demande,
            demandee=asked,
            echeance=views.due_day(demande, asked),
            suspensions=suspensions.of_request(demande, asked),
            pieces=[piece for piece in views.pieces_expected(demande) if piece.code in asked.pieces],
            attendues=calendrier.still_asked(demande, asked),
            arrets=suspensions.open_stops(demande),
            ferme_seule=clotures.closes_by_itself(asked),
            form=forms.blank(),
            days_to=days_to,
            in_days=in_days,
        )
    except Exception as error:
        logs.get().error("deposit.demande_pieces.unreadable", error=type(error).__name__, exc_info=True)
        found = stuck("DEMANDE_ILLISIBLE", clock.new_id(), demande_id=demande_id)
        page = render_template(
            "espace/dossier/illisible.html",
            demande=demande,
            blocage=found,
            voies=blocage.ways(demande.prefecture),
            jour=clock.today(),
        )
        return page, 503
    return page


@dossier.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>/empechement")
@require(USAGER, AIDANT)
def empecher(demande_id: str, demande_pieces_id: str) -> Answer:
    """« Je ne peux pas l’avoir pour le moment »: the delay stops from today, and the préfecture reads why (DEP-37)."""
    form = forms.read(inputs.Empechement, request.form)
    if form.value is None:
        flash(_("Dites en quelques mots ce qui vous empêche."), "attention")
        return unsent.recover() or _request(demande_id, demande_pieces_id)
    changements.declare_impediment(demande_id, demande_pieces_id, form.value, current_who(), request_id=request_id())
    flash(_("Le délai est arrêté à partir d’aujourd’hui. Dites-le ici quand c’est réglé."), "ok")
    return _request(demande_id, demande_pieces_id)


@dossier.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>/reponse")
@require(USAGER, AIDANT)
def repondre(demande_id: str, demande_pieces_id: str) -> Answer:
    """Answers in words a request that was made in words (DEP-35)."""
    form = forms.read(inputs.Message, request.form)
    if form.value is None:
        flash(_("Votre réponse est vide, ou trop longue."), "attention")
        return unsent.recover() or _request(demande_id, demande_pieces_id)
    changements.answer_in_words(demande_id, demande_pieces_id, form.value, current_who(), request_id=request_id())
    flash(_("Votre réponse est enregistrée le %(jour)s.", jour=_words()), "ok")
    return _request(demande_id, demande_pieces_id)


@dossier.post("/demandes/<demande_id>/fin-arret")
@require(USAGER, AIDANT)
def finir_arret(demande_id: str) -> Answer:
    """What stopped the delay is over: it starts again, with the days stopped added."""
    form = forms.read(FinArret, request.form)
    if form.value is not None:
        changements.end_stop(demande_id, form.value, current_who())
        flash(_("Le délai reprend. Les jours d’arrêt sont ajoutés."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


def _request(demande_id: str, demande_pieces_id: str) -> Response:
    return redirect(url_for("dossier.demande_pieces", demande_id=demande_id, demande_pieces_id=demande_pieces_id), 303)


@dossier.post("/demandes/<demande_id>/messages")
@require(USAGER, AIDANT)
def ecrire(demande_id: str) -> Answer:
    """A message to the préfecture; it stays in the thread with its date."""
    _demande(demande_id)
    form = forms.read(inputs.Message, request.form)
    if form.value is None:
        flash(_("Votre message est vide, ou trop long."), "attention")
        return unsent.recover() or _thread(demande_id)
    changements.write(demande_id, form.value.texte, current_who(), request_id=request_id())
    flash(_("Votre message est enregistré le %(jour)s.", jour=_words()), "ok")
    return _thread(demande_id)


def _thread(demande_id: str) -> Response:
    return redirect(url_for("dossier.voir", demande_id=demande_id) + "#fil", 303)


@dossier.get("/demandes/<demande_id>/rectifier")
@require(USAGER, AIDANT)
def rectifier(demande_id: str) -> str:
    """The first page, as she filled it, to put right until the decision (DEP-32)."""
    return _rectification(demande_id, forms.blank(**vars(rectifications.debut_of(_demande(demande_id)))))


@dossier.post("/demandes/<demande_id>/rectifier")
@require(USAGER, AIDANT)
def enregistrer_rectification(demande_id: str) -> Answer:
    """Her rights are judged again at once with what she put right."""

    def act(typed: PremierePage) -> Answer:
        order = Order(current_who(), typed, request_id(), clock.today())
        done = carry_out(rectifications.rectify, acces.ACT, demande_id, order)
        flash(_("C’est corrigé. Vos réponses d’avant restent dans l’historique, et un agent doit les lire."), "ok")
        if lacking := views.missing(done):
            flash(_("Il manque maintenant : %(noms)s. Ajoutez ces pièces ici.", noms=", ".join(lacking)), "attention")
            return redirect(url_for("depot.pieces", demande_id=demande_id), 303)
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)

    return forms.submit(PremierePage, act, partial(_rectification, demande_id))


def _rectification(demande_id: str, form: forms.Form[Any]) -> str:
    demande = _demande(demande_id)
    return render_template(
        "espace/dossier/rectifier.html",
        demande=demande,
        form=form,
        titres=fiches.titres_en_ligne(clock.today()) if demande.titre_code else [],
        departements=prefectures.departements(),
    )


@dossier.get("/demandes/<demande_id>/annuler")
@require(USAGER, AIDANT)
def annuler(demande_id: str) -> str:
    """The effect of cancelling on the first date, said before (DEP-33)."""
    return render_template("espace/dossier/annuler.html", demande=_demande(demande_id), jour=clock.today())


@dossier.post("/demandes/<demande_id>/annuler")
@require(USAGER, AIDANT)
def confirmer_annulation(demande_id: str) -> Answer:
    """Cancels at once, without an agent; another demande can be filed right now."""
    demandes.cancel(demande_id, current_who(), request_id=request_id())
    flash(_("La demande est annulée. Vous pouvez en déposer une autre tout de suite."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


@dossier.post("/demandes/<demande_id>/renouveler")
@require(USAGER, AIDANT)
def renouveler(demande_id: str) -> Answer:
    """The fallback button: dated, with priority to the agent (DEP-49)."""
    asked = instruction.ask_renewal(demande_id, current_who(), request_id=request_id())
    flash(_("Votre demande de renouvellement est enregistrée le %(jour)s, et passe en priorité.", jour=_words()), "ok")
    if asked.renouvellement_demande:
        flash(_why_not(asked), "attention")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


@dossier.post("/demandes/<demande_id>/reouverture")
@require(USAGER, AIDANT)
def demander_reouverture(demande_id: str) -> Answer:
    """One button: the préfecture must answer, and the first date is kept (DEP-40)."""
    instruction.ask_reopening(demande_id, current_who(), request_id=request_id())
    flash(_("Votre demande de réouverture est enregistrée le %(jour)s. Un agent doit y répondre.", jour=_words()), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


@dossier.get("/demandes/<demande_id>/pas-de-moi")
@require(USAGER, AIDANT)
def pas_de_moi(demande_id: str) -> str:
    """« Ce n’est pas moi qui ai déposé » (DEP-07)."""
    return _pas_de_moi(demande_id, forms.blank())


@dossier.post("/demandes/<demande_id>/pas-de-moi")
@require(USAGER, AIDANT)
def repudier(demande_id: str) -> Answer:
    """Sets it aside: no refusal, nothing counted against her."""

    def act(typed: inputs.Repudiation) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        repudiation.repudiate(demande_id, typed, current_who(), request_id=request_id())
        flash(_("Cette demande est mise de côté. Elle ne compte pas contre vous. Changez votre mot de passe."), "ok")
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)

    return forms.submit(inputs.Repudiation, act, partial(_pas_de_moi, demande_id))


@dossier.get("/demandes/<demande_id>/c-est-moi")
@require(USAGER, AIDANT)
def c_est_moi(demande_id: str) -> str:
    """« C’est bien ma demande »: what was set aside can be taken back (DEP-07)."""
    return _c_est_moi(demande_id, forms.blank())


@dossier.post("/demandes/<demande_id>/c-est-moi")
@require(USAGER, AIDANT)
def reconnaitre(demande_id: str) -> Answer:
    """Takes it back: it goes on where it was."""

    def act(typed: inputs.Presence) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        repudiation.reclaim(demande_id, typed, current_who(), request_id=request_id())
        flash(_("Cette demande est de nouveau la vôtre. Elle reprend où elle en était."), "ok")
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)

    return forms.submit(inputs.Presence, act, partial(_c_est_moi, demande_id))


def _c_est_moi(demande_id: str, form: forms.Form[Any]) -> str:
    return render_template("espace/dossier/c_est_moi.html", demande=_demande(demande_id), form=form)


def _pas_de_moi(demande_id: str, form: forms.Form[Any]) -> str:
    return render_template("espace/dossier/pas_de_moi.html", demande=_demande(demande_id), form=form)


def _why_not(demande: Demande) -> str:
    """Why the button gave no document at once, and what comes next (DEP-49)."""
    today = clock.today()
    if lacking := views.missing(demande):
        names = ", ".join(lacking)
        return str(_("Elle n’est pas donnée tout de suite : il manque %(noms)s. Ajoutez ces pièces ici.", noms=names))
    if demande.document_fin_date and demande.document_fin_date >= today:
        last = day_in_words(demande.document_fin_date)
        return str(_("Votre document vaut jusqu’au %(jour)s inclus. Le suivant est donné avant ce jour.", jour=last))
    if demande.fin_titre_date and demande.fin_titre_date >= today:
        last = day_in_words(demande.fin_titre_date)
        return str(_("Votre titre vaut jusqu’au %(jour)s inclus. L’attestation commence le lendemain.", jour=last))
    return str(_("Un agent doit d’abord vérifier votre demande. Il la voit maintenant parmi les premières."))


def _demande(demande_id: str) -> Demande:
    """The demande of the address, for its holder or her helper; anyone else finds nothing."""
    return acces.access_demande(demande_id, current_who())


def _rectify_url(demande: Demande) -> Callable[[str], str]:
    if demande.state not in etats.EN_INSTRUCTION:
        return lambda nom: ""
    return lambda nom: url_for("depot.question", demande_id=demande.id, nom=nom)


def _words() -> str:
    return day_in_words(clock.today())
