"""One filed demande: state, requests and answers, thread, changes, history; every act is visible with its effect."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chassis import clock, logs
from chassis.web import forms, limits, refusals
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.languages import day_in_words
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import days_to, in_days, stuck
from services.deposit.compte import inputs
from services.deposit.compte.actions import changements, repudiation
from services.deposit.concertation.actions import experimentations
from services.deposit.demande.actions import demandes, queries, views
from services.deposit.demande.pages import historique
from services.deposit.dossier.actions import acces, prefectures
from services.deposit.dossier.rules import etats
from services.deposit.droits.actions import suspensions
from services.deposit.engagement.actions import promesses
from services.deposit.espace.pages import questions
from services.deposit.espace.pages.espace import GENRES, MOTS
from services.deposit.instruction.actions import instruction

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Arret, Demande

dossier = Blueprint("dossier", __name__)


@dossier.get("/demandes/<demande_id>")
@require(USAGER, AIDANT)
def voir(demande_id: str) -> Answer:
    """The exact state: step, since when, who has it, what is awaited, what comes next (DEP-45)."""
    demande = _demande(demande_id)
    if demande.state == etats.BROUILLON:
        return redirect(url_for("depot.taches", demande_id=demande_id))
    waiting = views.open_request(demande)
    return render_template(
        "espace/dossier/voir.html",
        demande=demande,
        phrase=etats.PHRASES[demande.state],
        genre=GENRES[demande.state],
        mot=MOTS[demande.state],
        qui=views.name_holder(etats.PHRASES[demande.state], demande.prefecture),
        attente=waiting if demande.state == etats.PIECES_DEMANDEES else None,
        echeance=views.due_day(demande, waiting) if waiting else None,
        suspensions=suspensions.of_request(demande, waiting) if waiting else (),
        par_panne=demande.retenue_date in suspensions.protected_days(demande),
        libelles={piece.code: piece.libelle for piece in views.pieces_expected(demande)},
        pieces=views.pieces_expected(demande),
        lignes=questions.rows(demande, _rectify_url(demande)),
        documents=[a for a in demande.attestations if not a.remplacee_par],
        fil=queries.thread(demande_id),
        promesses=promesses.made_to(demande.usager_id, demande.id),
        genres_promesses=promesses.GENRES,
        en_cours=demande.state in etats.EN_INSTRUCTION,
        annulable=etats.ANNULEE in etats.FOLLOWING[demande.state],
        repudiable=etats.REPUDIEE in etats.FOLLOWING[demande.state],
        reprenable=etats.may_restore(demande.state, demande.repudiation.get("avant", "")).accepted,
        form=forms.blank(),
        jour=clock.today(),
        days_to=days_to,
        in_days=in_days,
        delai_observe=experimentations.observed_delay(demande, clock.today()),
    )


@dossier.get("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>")
@require(USAGER, AIDANT)
def demande_pieces(demande_id: str, demande_pieces_id: str) -> Answer:
    """A request of the agent, always readable here; one that does not open is a blocage, said on this page (DEP-35)."""
    demande = _demande(demande_id)
    asked = views.request_of(demande, demande_pieces_id)
    try:
        if asked is None:
            raise LookupError(demande_pieces_id)
        page = render_template(
            "espace/dossier/demande_pieces.html",
            demande=demande,
            demandee=asked,
            echeance=views.due_day(demande, asked),
            suspensions=suspensions.of_request(demande, asked),
            pieces=[piece for piece in views.pieces_expected(demande) if piece.code in asked.pieces],
            empechement=_impediment(demande, asked.id),
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
        return page, 503 if asked else 404
    return page


@dossier.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>/empechement")
@require(USAGER, AIDANT)
def empecher(demande_id: str, demande_pieces_id: str) -> Answer:
    """« Je ne peux pas l’avoir pour le moment »: the delay stops from today, and the préfecture reads why (DEP-37)."""
    form = forms.read(inputs.Empechement, request.form)
    if form.value is None:
        flash(_("Dites en quelques mots ce qui vous empêche."), "attention")
        return _request(demande_id, demande_pieces_id)
    changements.declare_impediment(demande_id, demande_pieces_id, form.value, current_who(), request_id=request_id())
    flash(_("Le délai est arrêté à partir d’aujourd’hui. Dites-le ici quand c’est réglé."), "ok")
    return _request(demande_id, demande_pieces_id)


@dossier.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>/reprise")
@require(USAGER, AIDANT)
def reprendre(demande_id: str, demande_pieces_id: str) -> Answer:
    """The impediment is over: the delay starts again, with the days stopped added."""
    changements.end_impediment(demande_id, demande_pieces_id, current_who())
    flash(_("Le délai reprend. Les jours d’arrêt sont ajoutés."), "ok")
    return _request(demande_id, demande_pieces_id)


def _request(demande_id: str, demande_pieces_id: str) -> Response:
    return redirect(url_for("dossier.demande_pieces", demande_id=demande_id, demande_pieces_id=demande_pieces_id), 303)


@dossier.post("/demandes/<demande_id>/messages")
@require(USAGER, AIDANT)
def ecrire(demande_id: str) -> Answer:
    """A message to the préfecture; it stays in the thread with its date."""
    _demande(demande_id)
    form = forms.read(inputs.Message, request.form)
    if form.value is None:
        flash(_("Écrivez votre message avant de l’envoyer."), "attention")
    else:
        changements.write(demande_id, form.value.texte, current_who(), request_id=request_id())
        flash(_("Votre message est enregistré le %(jour)s.", jour=_words()), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id) + "#fil", 303)


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
    instruction.ask_renewal(demande_id, current_who(), request_id=request_id())
    flash(_("Votre demande de renouvellement est enregistrée le %(jour)s, et passe en priorité.", jour=_words()), "ok")
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

    def act(typed: inputs.Reprise) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        repudiation.reclaim(demande_id, typed, current_who(), request_id=request_id())
        flash(_("Cette demande est de nouveau la vôtre. Elle reprend où elle en était."), "ok")
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)

    return forms.submit(inputs.Reprise, act, partial(_c_est_moi, demande_id))


def _c_est_moi(demande_id: str, form: forms.Form[Any]) -> str:
    return render_template("espace/dossier/c_est_moi.html", demande=_demande(demande_id), form=form)


def _pas_de_moi(demande_id: str, form: forms.Form[Any]) -> str:
    return render_template("espace/dossier/pas_de_moi.html", demande=_demande(demande_id), form=form)


@dossier.get("/demandes/<demande_id>/historique")
@require(USAGER, AIDANT)
def histoire(demande_id: str) -> str:
    """Everything that happened, with its date and its hash; nothing is ever removed (DEP-44)."""
    demande = _demande(demande_id)
    after = request.args.get("apres", "0")
    facts = queries.history(demande, int(after) if after.isdigit() else 0)
    return render_template(
        "espace/dossier/historique.html",
        demande=demande,
        lignes=historique.lines(facts, prefectures.fuseau(demande.prefecture)),
        jour=clock.today(),
    )


@dossier.get("/demandes/<demande_id>/historique.<forme>")
@require(USAGER, AIDANT)
def exporter(demande_id: str, forme: str) -> Answer:
    """The export, for a court or a lawyer: a table, or the facts as they are chained."""
    demande = _demande(demande_id)
    if forme not in ("csv", "json"):
        raise Refused(refusals.INTROUVABLE)
    facts: list[dict[str, Any]] = []
    after = 0
    while page := queries.history(demande, after):
        facts += page
        after = int(page[-1]["version"])
    name = f"historique-{demande.reference}.{forme}"
    if forme == "csv":
        return Response(
            historique.as_csv(facts, prefectures.fuseau(demande.prefecture)),
            mimetype="text/csv",
            headers={"Content-Disposition": disposition(name)},
        )
    rows: list[dict[str, Any]] = [
        {
            "version": f["version"],
            "jour": f["day"],
            "instant": f["time"].isoformat(),
            "fait": f["subject"],
            "par": f["by"],
            "details": f.get("prive") or {},
            "empreinte": f["hash"],
        }
        for f in facts
    ]
    body = json.dumps({"reference": demande.reference, "faits": rows}, ensure_ascii=False, indent=1, default=str)
    return Response(body, mimetype="application/json", headers={"Content-Disposition": disposition(name)})


def _demande(demande_id: str) -> Demande:
    """The demande of the address, for its holder or her helper; anyone else finds nothing."""
    return acces.access_demande(demande_id, current_who())


def _impediment(demande: Demande, demande_pieces_id: str) -> Arret | None:
    """The stop that the person declared for this request and did not end."""
    key = changements.stop_key(demande_pieces_id)
    return next((stop for stop in demande.arrets if stop.cle == key and stop.fin_date is None), None)


def _rectify_url(demande: Demande) -> Callable[[str], str]:
    if demande.state not in etats.EN_INSTRUCTION:
        return lambda nom: ""
    return lambda nom: url_for("depot.question", demande_id=demande.id, nom=nom)


def _words() -> str:
    return day_in_words(clock.today())
