"""The desk of a préfecture: its queue, a search, one route with the acts allowed on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from droit.decision import Refused
from papier import actions as papiers
from promesse.actions import GENRES
from services.substitution import inputs
from services.substitution.actions import (
    blocages,
    convocations,
    courriels,
    depots,
    echeances,
    guichet,
    lecture,
    ouvertures,
    prefectures,
    promesses,
    refus,
    rencontres,
    situation,
)
from services.substitution.pages import mots
from services.substitution.pages.public import pdf

if TYPE_CHECKING:
    from services.substitution.store import Voie

pages = Blueprint("bureau", __name__, url_prefix="/bureau")
SANS_PREFECTURE = "sans-prefecture"
# What a filter of the queue looks for: since when it is near its deadline, or late.
SINCE = {"alerte": "alerte_date", "retard": "retard_date"}
READERS = ("prefecture", "superviseur", "instructeur", "bureau_national")


@pages.get("")
@ranked(LIST)
@require(AGENT, roles=READERS)
def file() -> Answer:
    """The queue: why this one is first is said on each line."""
    who, filtre, after = current_who(), request.args.get("filtre", ""), request.args.get("apres", "")
    unplaced = filtre == SANS_PREFECTURE
    rows = lecture.unplaced(who, after) if unplaced else lecture.queue(who, after, SINCE.get(filtre, ""))
    return _file(rows, filtre, forms.blank())


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=READERS)
def entree() -> Answer:
    """The address that a person types by hand."""
    return redirect(url_for("bureau.file"))


@pages.get("/recherche")
@require(AGENT, roles=READERS)
def recherche() -> Answer:
    """Finds a route by reference, number of a paper, or name and birth."""
    form = forms.read(inputs.Recherche, request.args)
    found: list[Voie] = []
    if form.value is not None:
        try:
            found = guichet.search(form.value.reference, form.value.nom, form.value.naissance, current_who())
        except Refused as refused:
            form = form.refuse(refused, gettext)
    if len(found) == 1:
        return redirect(url_for("bureau.voie", voie_id=found[0].id))
    return _file(None, "", form, found)


@pages.get("/prise")
@require(AGENT, roles=("prefecture",))
def prise() -> Answer:
    """The route of the person at the counter, when no préfecture has it."""
    return _prise(forms.blank(reference=request.args.get("reference", "")[:40]))


@pages.post("/prise")
@require(AGENT, roles=("prefecture",))
def prendre() -> Answer:
    """The préfecture of this counter has it from now on, on its first date."""

    def act(typed: inputs.Prise) -> Answer:
        return _back(ouvertures.take(typed, current_who(), request_id=request_id()).id)

    return forms.submit(inputs.Prise, act, _prise)


@pages.get("/voies/<voie_id>")
@require(AGENT, roles=READERS)
def voie(voie_id: str) -> Answer:
    """One route on one page."""
    return _voie(voie_id, forms.blank())


@pages.get("/voies/<voie_id>/documents/<numero>.pdf")
@require(AGENT, roles=READERS)
def document(voie_id: str, numero: str) -> Answer:
    """A paper of a route of this préfecture."""
    shown = lecture.show(voie_id, current_who())
    papier = next((paper for paper in shown.papiers if paper.numero == numero), None)
    if papier is None:
        raise Refused(papiers.PAPIER_INCONNU)
    return pdf(papiers.pdf(papier), f"{papier.nature.lower()}-{shown.reference}.pdf")


@pages.post("/voies/<voie_id>/identite")
@require(AGENT, roles=("prefecture",))
def identite(voie_id: str) -> Answer:
    """The fixed protocol, and the mandate of who comes for somebody else."""

    def act(typed: inputs.Controle) -> Answer:
        guichet.check_identity(voie_id, typed, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.Controle, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/refus")
@require(AGENT, roles=("prefecture",))
def refuser(voie_id: str) -> Answer:
    """A written refusal, from validated reasons."""

    def act(typed: inputs.Refus) -> Answer:
        refus.refuse_voie(voie_id, typed, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.Refus, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/revision")
@require(AGENT, roles=("superviseur", "bureau_national"))
def revoir(voie_id: str) -> Answer:
    """The supervisor keeps the refusal or sets it aside."""

    def act(typed: inputs.Revision) -> Answer:
        refus.review(voie_id, typed.issue, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.Revision, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/transfert")
@require(AGENT, roles=("prefecture", "superviseur", "bureau_national"))
def transferer(voie_id: str) -> Answer:
    """The other préfecture has the route, on its first date."""

    def act(typed: inputs.Transfert) -> Answer:
        ouvertures.transfer(voie_id, typed.prefecture, current_who(), request_id=request_id())
        flash(gettext("La voie est passée à l'autre préfecture. Sa date est gardée."), "ok")
        return redirect(url_for("bureau.file"), 303)

    return forms.submit(inputs.Transfert, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/ordonnance")
@require(AGENT, roles=("prefecture", "superviseur", "bureau_national"))
def ordonner(voie_id: str) -> Answer:
    """What a court asked, with its deadline."""

    def act(typed: inputs.DecisionDeJustice) -> Answer:
        echeances.record_order(voie_id, typed, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.DecisionDeJustice, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/ordonnances/<ordonnance_id>/execution")
@require(AGENT, roles=("prefecture", "superviseur", "bureau_national"))
def executer(voie_id: str, ordonnance_id: str) -> Answer:
    """What the court asked is done."""

    def act(_: forms.Nothing) -> Answer:
        echeances.carry_out(voie_id, ordonnance_id, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(forms.Nothing, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/visite")
@require(AGENT, roles=("prefecture",))
def visiter(voie_id: str) -> Answer:
    """The day of a visit in the establishment."""

    def act(typed: inputs.Visite) -> Answer:
        rencontres.plan_visit(voie_id, typed.jour, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.Visite, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/constat")
@require(AGENT, roles=("prefecture",))
def constater(voie_id: str) -> Answer:
    """A blockage that the agent observes with the person."""

    def act(typed: inputs.Constat) -> Answer:
        blocages.record_for(voie_id, typed.symptome, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.Constat, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/promesses")
@require(AGENT, roles=("prefecture",))
def promettre(voie_id: str) -> Answer:
    """A convocation or a return, with its last day."""

    def act(typed: inputs.Parole) -> Answer:
        promesses.promise(voie_id, typed, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(inputs.Parole, act, partial(_voie, voie_id))


@pages.post("/voies/<voie_id>/promesses/<promesse_id>/tenue")
@require(AGENT, roles=("prefecture",))
def tenir(voie_id: str, promesse_id: str) -> Answer:
    """What was promised is done."""

    def act(_: forms.Nothing) -> Answer:
        promesses.keep(voie_id, promesse_id, current_who(), request_id=request_id())
        return _back(voie_id)

    return forms.submit(forms.Nothing, act, partial(_voie, voie_id))


@pages.get("/courriels")
@ranked(LIST)
@require(AGENT, roles=READERS)
def recus() -> Answer:
    """The e-mails to the filing addresses of these préfectures, and what became of each."""
    rows = courriels.received(current_who())
    return render_template("substitution/courriels.html", rows=rows, etats=mots.COURRIELS)


@pages.get("/refus")
@ranked(LIST)
@require(AGENT, roles=("superviseur", "bureau_national"))
def supervision() -> Answer:
    """The refusals that wait for a supervisor."""
    rows = lecture.supervision(current_who(), request.args.get("apres", ""))
    return render_template("substitution/supervision.html", rows=rows, raisons=dict(refus.choices()), mots=mots)


def _file(rows: Any, filtre: str, form: forms.Form[Any], trouvees: Sequence[Voie] = ()) -> str:
    return render_template(
        "substitution/bureau.html",
        rows=rows,
        filtre=filtre,
        mots=mots,
        form=form,
        trouvees=trouvees,
        proches=lecture.near(current_who()),
    )


def _prise(form: forms.Form[Any]) -> str:
    here = [(code, name) for code, name in prefectures.departements() if current_who().serves(code)]
    return render_template("substitution/prise.html", form=form, departements=here)


def _back(voie_id: str) -> Answer:
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


def _voie(voie_id: str, form: forms.Form[Any]) -> str:
    who = current_who()
    shown = lecture.show(voie_id, who)
    dossier = shown.dossiers[-1] if shown.dossiers else None
    return render_template(
        "substitution/voie.html",
        voie=shown,
        form=form,
        mots=mots,
        etat=mots.state(shown),
        libelle=convocations.libelle(shown),
        m=prefectures.modalites(shown.prefecture or ""),
        papiers=[(paper, papiers.content(paper)) for paper in reversed(shown.papiers)],
        attendus=lecture.awaited(shown),
        histoire=lecture.history(shown),
        dossier=dossier,
        situation=situation.of_voie(shown, who),
        manquantes=depots.missing_pieces(shown, dossier) if dossier else (),
        raisons=refus.choices(),
        preuves_gardees=[refus.PREUVES_LIBELLES.get(code, code) for code in shown.preuves],
        preuves=[*mots.PREUVES, ("rien", gettext("Rien n'a été montré"))],
        symptomes=mots.SYMPTOMES,
        genres_promesses=list(GENRES.items()),
        departements=prefectures.departements(),
        guichet=who.has("prefecture"),
        transfert=who.has("prefecture", "superviseur", "bureau_national"),
        superviseur=who.has("superviseur", "bureau_national"),
        ministere=who.has("bureau_national"),
    )
