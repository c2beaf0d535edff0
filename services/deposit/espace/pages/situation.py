"""« Mon compte »: what is known of the person, how she is reached, and the changes that she tells."""

from __future__ import annotations

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field

from chassis.web import forms
from chassis.web.files import disposition
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.blocage.pages.personne import Answer, lines, person
from services.deposit.compte.actions import changements
from services.deposit.compte.pages.compte import compte
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.espace import actions as donnees

__all__ = ["compte"]

LANGUES = (
    ("fr", "français"),
    ("ar", "العربية"),
    ("en", "English"),
    ("es", "español"),
    ("pt", "português"),
    ("ru", "русский"),
)
OBJETS = {
    changements.ADRESSE: _l("Mon adresse, mon téléphone"),
    changements.ETAT_CIVIL: _l("Mon nom, mon prénom, ma nationalité"),
    changements.SITUATION: _l("Ma situation : mariage, divorce, naissance, décès"),
}


class Changement(Corps):
    """What changes, in words; an address or a telephone also becomes the one where the person is reached."""

    objet: str = Field(title="Ce qui change", min_length=1, max_length=30)
    texte: str = Field(title="Le changement", default="", max_length=4000)
    adresse: str = Field(title="Nouvelle adresse", default="", max_length=800)
    telephone: str = Field(title="Nouveau téléphone", default="", max_length=40)
    prefecture: str = Field(title="Département", default="", max_length=3)
    langue: str = Field(title="Langue des messages", default="", max_length=10)


@compte.get("/compte")
@require(USAGER, AIDANT)
def voir() -> str:
    """What is known of the person, and how she is reached."""
    return render_template("compte/voir.html", usager=person(), langues_messages=dict(LANGUES))


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
    usager = person()
    known = {
        "adresse": "\n".join(usager.adresse),
        "telephone": usager.telephone,
        "prefecture": usager.prefecture,
        "langue": usager.langue,
    }
    objet = request.args.get("objet", changements.ADRESSE)
    return _changement(forms.blank(objet=objet if objet in OBJETS else changements.ADRESSE, **known))


@compte.post("/compte/changement")
@require(USAGER, AIDANT)
def changer_situation() -> Answer:
    """Joins the change to every open demande; says which ones received it."""
    form = forms.read(Changement, request.form)
    if form.value is None:
        return _changement(form), 422
    said, contacts = form.value, {}
    texte = said.texte
    if said.objet == changements.ADRESSE:
        contacts = {"adresse": list(lines(said.adresse)), "telephone": said.telephone}
        contacts |= {name: value for name, value in (("prefecture", said.prefecture), ("langue", said.langue)) if value}
        texte = "\n".join(filter(None, (said.adresse, said.telephone, said.texte)))
    try:
        joined = changements.report(person().id, said.objet, texte, current_who(), request_id=request_id(), **contacts)
    except Refused as refused:
        return _changement(form.refuse(refused, _)), 422
    if joined:
        flash(_("C’est enregistré, et joint à : %(refs)s. La préfecture le voit.", refs=", ".join(joined)), "ok")
    else:
        flash(_("C’est enregistré. Vous n’avez pas de demande ouverte : rien d’autre à faire."), "ok")
    return redirect(url_for("compte.voir"), 303)


def _changement(form: forms.Form[Changement]) -> str:
    return render_template(
        "compte/changement.html",
        form=form,
        objets=list(OBJETS.items()),
        departements=departements(),
        langues_messages=LANGUES,
    )
