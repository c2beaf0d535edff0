"""A person at 360°, the search for one, the identity check, and the acts on her account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from droit.decision import Refused
from services.deposit.acte.actions import Acte
from services.deposit.acte.pages import ask, find, unfold
from services.deposit.aidant.actions import mandats
from services.deposit.bureau import inputs
from services.deposit.bureau.actions import personne as actes_personne
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import issues
from services.deposit.engagement.actions import promesses, remontees
from services.deposit.instruction.actions import guichet, personnes, pouvoirs
from services.deposit.instruction.actions.canaux import Recherche
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS
from services.deposit.instruction.inputs import Releve
from services.deposit.parcours import actions as parcours

if TYPE_CHECKING:
    from services.deposit.dossier.store.usager import Usager

pages = Blueprint("bureau_personnes", __name__, url_prefix="/agents")


@pages.get("/recherche")
@require(AGENT, roles=DEBLOQUEURS)
def recherche() -> Answer:
    """The search form."""
    return render_template("bureau/recherche.html", form=forms.blank(), trouvees=None, ailleurs=0)


@pages.post("/recherche")
@without_key
@require(AGENT, roles=DEBLOQUEURS)
def chercher() -> Answer:
    """Looks for a person; what was typed never goes into an address."""
    form = forms.read(inputs.Recherche, request.form)
    if form.value is None:
        return render_template("bureau/recherche.html", form=form, trouvees=None, ailleurs=0), 422
    typed = form.value
    found, elsewhere = personnes.search(
        Recherche(typed.numero_etranger, typed.reference, typed.nom, typed.naissance), current_who()
    )
    return render_template("bureau/recherche.html", form=form, trouvees=found, ailleurs=elsewhere)


@pages.get("/personnes/<usager_id>")
@require(AGENT, roles=DEBLOQUEURS)
def voir(usager_id: str) -> Answer:
    """Everything about one person, on one page."""
    who = current_who()
    vue = personnes.view(usager_id, who)
    powers = pouvoirs.on_person(vue.usager, frozenset(row["prefecture"] for row in vue.demandes), who)
    return render_template(
        "bureau/personne.html",
        vue=vue,
        mandats=mandats.mandates_of(usager_id, who),
        actes=actes_personne.offered_acts(powers),
        promesses=promesses.promesses_of(usager_id),
        remontees=remontees.of_person(usager_id),
        objets_remontees=remontees.OBJETS,
        genres_promesses=promesses.GENRES,
        parcours=parcours.of_person(usager_id, who, prefecture=not who.has("ccc", "ccc_superviseur")),
        verifiee=bool(guichet.verifiers(usager_id)),
        peut_retirer=pouvoirs.REMETTRE in powers,
        phrase_de=issues.phrase_of,
        titre_de=cadre().catalogue.titre,
        today=clock.today(),
        prefectures=who.prefectures,
    )


@pages.get("/personnes/<usager_id>/identite")
@require(AGENT, roles=DEBLOQUEURS)
def verifier(usager_id: str) -> Answer:
    """The questions to ask, never the answers."""
    return _check_form(usager_id, forms.blank())


@pages.post("/personnes/<usager_id>/identite")
@require(AGENT, roles=DEBLOQUEURS)
def repondre(usager_id: str) -> Answer:
    """Compares the answers; a failed check is refused on this page, with nothing disclosed."""
    sent = request.form
    asked = guichet.SUR_PAPIER if sent.get("papier") else guichet.questions_for(usager_id, current_who())
    beside = MultiDict({name: sent.get(name, "") for name in ("papier", "aidant")})
    answers = {code: sent.get(code, "") for code in asked}
    form = forms.read(Releve, beside, reponses=answers, pour=request.args.get("pour", ""))
    if form.value is None:
        return _check_form(usager_id, form), 422
    try:
        checked = guichet.verify_identity(usager_id, form.value, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.code not in ("CONTROLE_ECHOUE", "CONTROLE_IMPOSSIBLE", "MANDAT_ABSENT", "PAPIER_AUTRE"):
            raise
        return _check_form(usager_id, forms.blank().refuse(refused, _)), 403
    if checked.numero_seul:
        flash(_("Ce papier porte le numéro du compte, à un autre nom : un collègue peut lui rendre son numéro."))
    else:
        flash(_("L’identité est vérifiée pour aujourd’hui."), "ok")
    return redirect(url_for("bureau_personnes.voir", usager_id=usager_id), 303)


@pages.get("/personnes/<usager_id>/actes/<code>")
@require(AGENT, roles=DEBLOQUEURS)
def demander(usager_id: str, code: str) -> Answer:
    """The form of an act on a person."""
    acte = find(actes_personne.PAR_CODE, code)
    usager = personnes.access_personne(usager_id, current_who(), acte.pouvoir)
    return ask(acte, usager, _contexte(usager, acte))


@pages.post("/personnes/<usager_id>/actes/<code>")
@require(AGENT, roles=DEBLOQUEURS)
def faire(usager_id: str, code: str) -> Answer:
    """A step of an act on a person: preview, then done."""
    acte = find(actes_personne.PAR_CODE, code)
    usager = personnes.access_personne(usager_id, current_who(), acte.pouvoir)
    return unfold(acte, usager, _contexte(usager, acte))


@pages.post("/personnes/<usager_id>/mandats/<mandat_id>/fin")
@require(AGENT, roles=DEBLOQUEURS)
def retirer(usager_id: str, mandat_id: str) -> Answer:
    """Ends a mandate at once, at the person's request."""
    mandats.revoke(mandat_id, current_who(), request_id=request_id())
    flash(_("Le mandat est fini. La personne est prévenue."), "ok")
    return redirect(url_for("bureau_personnes.voir", usager_id=usager_id), 303)


def _check_form(usager_id: str, form: forms.Form[Any]) -> str:
    asked = guichet.questions_for(usager_id, current_who())
    return render_template(
        "bureau/identite.html",
        form=form,
        verifiee=current_who().id in guichet.verifiers(usager_id),
        questions=[(code, guichet.QUESTIONS[code]) for code in asked],
        papiers=[("", _("Choisissez le papier")), *guichet.PAPIERS.items()],
        retour=url_for("bureau_personnes.voir", usager_id=usager_id),
        action=url_for("bureau_personnes.repondre", usager_id=usager_id, pour=request.args.get("pour", "")),
    )


def _contexte(usager: Usager, acte: Acte) -> dict[str, Any]:
    back = url_for("bureau_personnes.voir", usager_id=usager.id)
    name = f"{usager.prenoms} {usager.nom}".strip()
    return {
        "retour": back,
        "action": url_for("bureau_personnes.faire", usager_id=usager.id, code=acte.code),
        "sujet": name,
        "verifier": url_for("bureau_personnes.verifier", usager_id=usager.id, pour=acte.libelle),
        "issues": "bureau/numero_pris.html" if acte.code == "numero" else "",
        "chemin": [(_("File"), url_for("bureau.file")), (name, back), (_(acte.libelle), "")],
    }
