"""« Mon espace »: the document that proves a right today, one card per démarche, titles held, blocages."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from droit.jours import day_in_words
from services.deposit.blocage.actions import declaration
from services.deposit.blocage.inputs import DejaEnCours, ReferenceDeBlocage
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import days_to, in_days, person, stuck
from services.deposit.compte.actions import titres
from services.deposit.compte.inputs import TitreDetenu
from services.deposit.demande.actions import fiches, queries, views
from services.deposit.dossier.actions import issues
from services.deposit.dossier.rules import etats
from services.deposit.dossier.rules.etats import Phrase
from services.deposit.droits.actions import frais, preuves
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions import reparations
from services.deposit.instruction.inputs import TitreRecu

espace = Blueprint("espace", __name__)

# How each state is shown: its sign and its word; the colour only repeats them.
GENRES = {
    etats.BROUILLON: "attention",
    etats.DEPOSEE: "attente",
    etats.PIECES_DEMANDEES: "attention",
    etats.COMPLETE: "attente",
    etats.FAVORABLE: "ok",
    etats.TITRE_PRET: "attention",
    etats.REMISE: "ok",
    etats.DEFAVORABLE: "arret",
    etats.CLOSE: "arret",
    etats.ANNULEE: "neutre",
    etats.REPUDIEE: "neutre",
}
MOTS = {
    etats.BROUILLON: _l("À terminer"),
    etats.DEPOSEE: _l("Déposée"),
    etats.PIECES_DEMANDEES: _l("À vous : des pièces"),
    etats.COMPLETE: _l("En examen"),
    etats.FAVORABLE: _l("Acceptée"),
    etats.TITRE_PRET: _l("À vous : venir chercher"),
    etats.REMISE: _l("Remis"),
    etats.DEFAVORABLE: _l("Refusée"),
    etats.CLOSE: _l("Fermée"),
    etats.ANNULEE: _l("Annulée"),
    etats.REPUDIEE: _l("Mise de côté"),
}


@espace.get("/espace")
@require(USAGER, AIDANT)
def accueil() -> str:
    """Everything that is hers, the proof of her right first (DEP-45)."""
    usager, today = person(), clock.today()
    found = queries.demandes_of(usager.id)
    phrases = frais.phrases(found)
    rows = [_carte(row, phrases[row["_id"]]) for row in found]
    return render_template(
        "espace/accueil.html",
        usager=usager,
        preuves=preuves.of_person(usager, today),
        ouvertes=[row for row in rows if not row["finie"]],
        terminees=[row for row in rows if row["finie"]],
        titres=views.titres_of(usager),
        promesses=[p for p in promesses.promesses_of(usager.id) if p.state != promesses.TENUE],
        genres_promesses=promesses.GENRES,
        blocages=views.open_blocages(usager.id),
        days_to=days_to,
        in_days=in_days,
    )


@espace.get("/titres/ajouter")
@require(USAGER, AIDANT)
def titre() -> str:
    """A title or visa that one holds, to be told of its window in time."""
    person()
    return _titre(forms.blank())


@espace.post("/titres/ajouter")
@require(USAGER, AIDANT)
def ajouter_titre() -> Answer:
    """Keeps it: window and alerts follow from its last day (DEP-23)."""

    def act(typed: TitreDetenu) -> Answer:
        titres.add(person().id, titres.titre_of(typed), current_who(), request_id=request_id())
        flash(_("Votre titre est noté. Les dates pour le renouveler sont ci-dessous."), "ok")
        return redirect(url_for("espace.accueil"), 303)

    return forms.submit(TitreDetenu, act, _titre)


def _titre(form: forms.Form[Any]) -> str:
    return render_template("espace/titre.html", form=form, titres=fiches.titres())


@espace.get("/titres/recu")
@require(USAGER, AIDANT)
def titre_recu() -> str:
    """« J’ai bien reçu mon titre »: the record says that it waits at the préfecture (DEP-27)."""
    return _titre_recu(forms.blank())


@espace.post("/titres/recu")
@require(USAGER, AIDANT)
def declarer_recu() -> Answer:
    """Records the handing over on the person's word, with its trace; the photo goes in any demande."""

    def act(typed: TitreRecu) -> Answer:
        reparations.declare_remise(person().id, typed, current_who(), request_id=request_id())
        flash(_("C’est noté : ce titre ne vous bloque plus."), "ok")
        return redirect(url_for("espace.accueil"), 303)

    return forms.submit(TitreRecu, act, _titre_recu)


@espace.get("/blocages/reference")
@require(USAGER, AIDANT)
def reference() -> str:
    """A blocage met elsewhere, or before the account, is brought by its reference."""
    person()
    return _reference(forms.blank())


@espace.post("/blocages/reference")
@require(USAGER, AIDANT)
def apporter() -> Answer:
    """Its first day protects her dates (DEP-25)."""

    def act(typed: ReferenceDeBlocage) -> Answer:
        day = declaration.bring(typed, person().id, current_who())
        flash(
            _("C’est noté : la date de votre premier essai, le %(jour)s, est protégée.", jour=day_in_words(day)), "ok"
        )
        return redirect(url_for("espace.accueil"), 303)

    return forms.submit(ReferenceDeBlocage, act, _reference)


@espace.get("/deja-en-cours")
def deja_en_cours() -> str:
    """Told « déjà en cours » elsewhere: it is a blocage even though nothing here stops the filing."""
    return _deja(forms.blank())


@espace.post("/deja-en-cours")
def enregistrer_deja_en_cours() -> Answer:
    """Records it on this page, with or without a sign-in: the date of the attempt counts (DEP-13, DEP-27)."""

    def act(typed: DejaEnCours) -> Answer:
        titles, code = {code for code, _name in fiches.titres()}, typed.demarche
        kind = {"titre_code": code} if code in titles else {"demarche_code": code}
        found = stuck("DEMANDE_FANTOME", request_id(), precis=typed.precis, **kind)
        voies = blocage.ways(found.prefecture)
        return render_template("espace/deja.html", blocage=found, voies=voies, jour=clock.today(), code=code)

    return forms.submit(DejaEnCours, act, _deja)


def _reference(form: forms.Form[Any]) -> str:
    return render_template("espace/reference.html", form=form)


def _deja(form: forms.Form[Any]) -> str:
    return render_template("espace/deja.html", form=form, demarches=blocage.demarches(), blocage=None)


def _titre_recu(form: forms.Form[Any]) -> str:
    return render_template(
        "espace/recu.html", form=form, fantomes=[t for t in views.titres_of(person()) if t.titre.remis is False]
    )


def _carte(row: dict[str, Any], phrase: Phrase) -> dict[str, Any]:
    """One demande in a sentence: where it is, since when, who has it, what is awaited, what comes next."""
    child = row.get("beneficiaire") or {}
    ghost = bool(row.get("origine", {}).get("fantome")) and row["state"] in etats.EN_INSTRUCTION
    issue = issues.of(row.get("titre_code", ""), row.get("demarche_code", ""))
    waiting = [request for request in row.get("demandes_pieces", []) if not request.get("repondue_date")]
    stopped = row["state"] in etats.EN_INSTRUCTION and any(not stop.get("fin_date") for stop in row.get("arrets", []))
    due = waiting[-1].get("echeance_date") if waiting and row["state"] == etats.PIECES_DEMANDEES else None
    return row | {
        "phrase": phrase,
        "a_payer": phrase != issues.phrase_of(row),
        "genre": "neutre" if ghost else GENRES[row["state"]],
        "enfant": f"{child.get('prenoms', '')} {child.get('nom', '')}".strip(),
        "mot": _("Ancienne demande") if ghost else MOTS[row["state"]],
        "finie": etats.is_over(row["state"], issue),
        "depuis": _day(row["state_date"]),
        "depot": _day(row.get("depot_date")),
        "echeance": None if stopped else _day(due),
        "arretee": stopped,
        "qui": views.name_holder(phrase, row.get("prefecture", "")),
    }


def _day(value: date | str | None) -> date | None:
    """A stored civil day."""
    if not value:
        return None
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
