"""« Mon compte »: what is known of the person, how she is reached, and the changes that she tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web import forms
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages.personne import person
from services.deposit.compte import inputs
from services.deposit.compte.actions import changements, confirmation, identites, points_accueil
from services.deposit.compte.pages.point_accueil import compte
from services.deposit.dossier.actions import protection
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.espace.actions import donnees

__all__ = ["compte"]

# Asked of a person though no page is in them yet: whoever writes to her knows.
LANGUES = {"ar": "العربية", "en": "English", "es": "español", "pt": "português", "ru": "русский"}
if TYPE_CHECKING:
    from services.deposit.dossier.store.usager import Usager

OBJETS = {
    changements.ADRESSE: _l("Mon adresse, mon téléphone"),
    changements.ETAT_CIVIL: _l("Mon nom, mon prénom, ma nationalité"),
    changements.SITUATION: _l("Ma situation : mariage, divorce, naissance, décès"),
}


@compte.get("/compte")
@require(USAGER, AIDANT)
def voir() -> str:
    """What is known of the person, and how she is reached."""
    usager = _person()
    lieu = points_accueil.name_of(usager.point_accueil)
    return render_template("compte/voir.html", usager=usager, point_accueil=lieu, langues_messages=_langues())


@compte.get("/compte/mes-donnees.json")
@require(USAGER)
def mes_donnees() -> Answer:
    """All that is kept of her, as one file."""
    answer = jsonify(donnees.export(current_who()))
    answer.headers["Content-Disposition"] = disposition("mes-donnees.json")
    return answer


@compte.get("/compte/changement")
@require(USAGER, AIDANT)
def changement() -> str:
    """A change of address, civil status or situation, before or during an instruction (DEP-16)."""
    usager = _person()
    prefilled = {
        "adresse": "\n".join(usager.adresse),
        "telephone": confirmation.told_last(usager),
        "prefecture": usager.prefecture,
        "langue": usager.langue,
    }
    objet = request.args.get("objet", changements.ADRESSE)
    return _changement(forms.blank(objet=objet if objet in OBJETS else changements.ADRESSE, **prefilled))


@compte.post("/compte/changement")
@require(USAGER, AIDANT)
def changer_situation() -> Answer:
    """Joins the change to every open demande; says which ones received it."""

    def act(typed: inputs.Changement) -> Answer:
        safe = identites.confirmed(person())
        joined = changements.report(person().id, _as_shown(typed), current_who(), request_id=request_id())
        if joined:
            words = _(
                "C’est enregistré, et joint à : %(refs)s. Vous recevez un autre message quand la préfecture le voit.",
                refs=", ".join(joined),
            )
        else:
            words = _("C’est enregistré. Vous n’avez pas de demande ouverte : rien d’autre à faire.")
        flash(words, "ok")
        if confirmation.SMS in person().a_confirmer:
            flash(
                _("Un code part par SMS au numéro donné. Ce numéro sert dès que le code est écrit dans « Mon compte ».")
            )
        if person().protege and identites.confirmed(person()) != safe:
            words = _(
                "Votre compte est protégé : rien ne part là avant que vous disiez, dans « Comment je me connecte », "
                "que c’est sans danger."
            )
            flash(words, "attention")
        return redirect(url_for("compte.voir"), 303)

    return forms.submit(inputs.Changement, act, _changement)


def _person() -> Usager:
    return protection.person_as_shown(person(), current_who())


def _as_shown(typed: inputs.Changement) -> inputs.Changement:
    """The page shows the address and the telephone held: one that was emptied is to be taken away."""
    if typed.objet != changements.ADRESSE:
        return typed
    if _person().protege and current_who().kind == AIDANT:
        # Her helper was shown neither: what he leaves empty stays as it is.
        return typed.model_copy(update={"adresse": typed.adresse or None, "telephone": typed.telephone or None})
    return typed.model_copy(update={"adresse": typed.adresse or "", "telephone": typed.telephone or ""})


def _langues() -> dict[str, str]:
    """The languages that a person may choose for her messages: those of the pages, and some more."""
    pages: dict[str, str] = current_app.config["LANGUAGES"]
    return pages | LANGUES


def _changement(form: forms.Form[Any]) -> str:
    return render_template(
        "compte/changement.html",
        form=form,
        objets=list(OBJETS.items()),
        departements=departements(),
        langues_messages=list(_langues().items()),
    )
