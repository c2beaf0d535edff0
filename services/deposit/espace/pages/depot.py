"""Filing: begin, one question a page, pieces, check, file. Each step is kept; nothing stops but what is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms
from chassis.web.admission import ACT, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import person, stuck
from services.deposit.compte.api import proof_wall
from services.deposit.demande import inputs
from services.deposit.demande.actions import debuts, demandes, fiches, queries, views
from services.deposit.dossier.actions import acces, formulaire, protection
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.dossier.rules import etats
from services.deposit.droits.actions import frais, settle
from services.deposit.espace.pages import questions

if TYPE_CHECKING:
    from services.deposit.demande.actions.fiches import Fiche
    from services.deposit.dossier.store.demande import Demande
    from services.deposit.dossier.store.usager import Usager

depot = Blueprint("depot", __name__)


@depot.get("/commencer/<code>")
@require(USAGER, AIDANT)
def commencer(code: str) -> Answer:
    """Before the draft: the title held and the département."""
    usager, fiche = person(), fiches.fiche(code, clock.today())
    if not _open(usager, fiche):
        return redirect(url_for("public.demarche", code=code))
    closed = proof_wall.closed()
    titres = () if closed else views.titres_of(usager)
    end = request.args.get("fin", titres[0].titre.fin_date.isoformat() if titres else "")
    situation = inputs.TITULAIRE if end else ""
    prefilled = {"situation": situation, "fin_titre_date": end, "prefecture": "" if closed else usager.prefecture}
    return _debut(usager, fiche, forms.blank(**prefilled))


@depot.post("/commencer/<code>")
@require(USAGER, AIDANT)
def ouvrir(code: str) -> Answer:
    """Opens the draft; what cannot be begun here is told, and recorded, on its card (DEP-13)."""
    usager, fiche, who = person(), fiches.fiche(code, clock.today()), current_who()
    if not _open(usager, fiche):
        return redirect(url_for("public.demarche", code=code), 303)
    asked = {"titre_code": code} if fiche.titre else {"demarche_code": code}
    form = forms.read(inputs.NouvelleDemande, request.form, **asked)
    form.errors |= _unanswered(form, fiche)
    if form.value is None or form.errors:
        return _debut(usager, fiche, form), 422
    try:
        draft = debuts.begin(usager.id, form.value, who, request_id=request_id())
    except Refused as refused:
        return _debut(usager, fiche, form.refuse(refused, _)), 422
    proof_wall.remember(draft.id)
    return redirect(url_for("depot.taches", demande_id=draft.id), 303)


def _open(usager: Usager, fiche: Fiche) -> bool:
    has_numero = bool(usager.numero_etranger)
    return fiche.en_ligne and fiches.may_begin(fiche.code, clock.today(), numero_etranger=has_numero).accepted


def _unanswered(form: forms.Form[inputs.NouvelleDemande], fiche: Fiche) -> dict[str, str]:
    """What a page asks before it opens a draft; a program may say it later."""
    names = ["situation", "prefecture"] if fiche.titre else ["prefecture"]
    if fiche.pour_mineur:
        names += ["beneficiaire_nom"]
    faults = {name: _("Ce champ est à remplir.") for name in names if not form.text(name)}
    if form.value and form.text("situation") in (inputs.TITULAIRE, inputs.VISA) and not form.value.fin_titre_date:
        faults["fin_titre_date"] = _("Écrivez le dernier jour écrit sur le titre ou le visa.")
    child = fiche.pour_mineur or form.text("beneficiaire_nom")
    if child and form.value and not form.value.beneficiaire_naissance_date:
        faults["beneficiaire_naissance_date"] = _("Écrivez la date de naissance de l’enfant.")
    return faults


@depot.get("/demandes/<demande_id>/preparer")
@ranked(ACT)
@require(USAGER, AIDANT)
def taches(demande_id: str) -> Answer:
    """The task list: what is done, what is left, in any order, in several sittings (DEP-10)."""
    demande = _draft(demande_id)
    if demande.state != etats.BROUILLON:
        return redirect(url_for("dossier.voir", demande_id=demande_id))
    missing = views.missing(demande)
    asked = questions.of(demande)
    answered = [q for q in asked if questions.answer(q.nom, demande)]
    return render_template(
        "espace/depot/taches.html",
        demande=demande,
        questions=asked,
        reponses={q.nom: questions.in_words(q.nom, demande) for q in asked},
        faites=len(answered),
        manquantes=missing,
        fantomes=_ghosts(demande),
        deja=queries.already_filed(demande.usager_id, demande.titre_code, demande.demarche_code),
        pret=settle.may_file(demande, clock.today()).accepted,
    )


@depot.get("/demandes/<demande_id>/questions/<nom>")
@require(USAGER, AIDANT)
def question(demande_id: str, nom: str) -> Answer:
    """One question."""
    demande = _draft(demande_id)
    asked = _question_by_name(demande, nom)
    return _question(demande, asked, forms.blank(reponse=questions.answer(nom, demande)))


@depot.post("/demandes/<demande_id>/questions/<nom>")
@require(USAGER, AIDANT)
def repondre(demande_id: str, nom: str) -> Answer:
    """Keeps the answer at once; after filing it is a rectification whose earlier version stays (DEP-32)."""
    demande = _draft(demande_id)
    asked = _question_by_name(demande, nom)
    day = asked.genre == "jour"
    form: forms.Form[Any] = forms.read(inputs.ReponseJour if day else inputs.Reponse, request.form)
    said = "" if form.value is None or form.value.reponse is None else str(form.value.reponse)
    offered = asked.genre not in ("choix", "liste") or said in ("", *dict(questions.choices(nom, demande)))
    if form.value is None or not offered or (asked.obligatoire and not said.strip()):
        if not form.errors:
            form.errors["reponse"] = _("Répondez à cette question.") if offered else _("Choisissez une réponse.")
        return _question(demande, asked, form), 422
    try:
        demandes.save_draft(demande_id, {nom: said}, current_who(), request_id=request_id())
    except Refused as refused:
        return _question(demande, asked, form.refuse(refused, _)), 409
    if demande.state != etats.BROUILLON:
        flash(_("C’est corrigé. La réponse d’avant reste dans l’historique, et la préfecture est prévenue."), "ok")
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)
    if request.args.get("retour") == "verifier":
        return redirect(url_for("depot.verifier", demande_id=demande_id), 303)
    names = [q.nom for q in questions.of(demande)]
    after = names[names.index(nom) + 1 :][:1]
    if after:
        return redirect(url_for("depot.question", demande_id=demande_id, nom=after[0]), 303)
    return redirect(url_for("depot.pieces", demande_id=demande_id), 303)


@depot.get("/demandes/<demande_id>/verifier")
@ranked(ACT)
@require(USAGER, AIDANT)
def verifier(demande_id: str) -> Answer:
    """Check your answers before sending."""
    demande = _draft(demande_id)
    if demande.state != etats.BROUILLON:
        return redirect(url_for("dossier.voir", demande_id=demande_id))
    return _verification(demande)


@depot.post("/demandes/<demande_id>/deposer")
@require(USAGER, AIDANT)
def deposer(demande_id: str) -> Answer:
    """Files; the attestation de dépôt is there at once. A ghost of the past never stops it (DEP-27)."""
    demande = _draft(demande_id)
    try:
        demandes.submit(demande_id, current_who(), request_id=request_id())
    except Refused as refused:
        return _verification(demande, forms.blank().refuse(refused, _)), 422
    return redirect(url_for("depot.confirmation", demande_id=demande_id), 303)


@depot.get("/demandes/<demande_id>/confirmation")
@ranked(ACT)
@require(USAGER, AIDANT)
def confirmation(demande_id: str) -> Answer:
    """Reference, date, receipt, and what comes next."""
    demande = _draft(demande_id)
    if demande.depot_date is None:
        return redirect(url_for("depot.taches", demande_id=demande_id))
    receipts = [a for a in demande.attestations if a.nature == "AD"]
    others = [a for a in demande.documents if a.nature != "AD"]
    return render_template(
        "espace/depot/confirmation.html",
        demande=demande,
        recu=receipts[0] if receipts else None,
        documents=others,
        phrase=frais.phrase(demande),
        frais=frais.owed(demande),
        prefecture=views.prefecture_name(demande.prefecture),
        renouvellement=bool(demande.titre_code and demande.fin_titre_date) and demande.state in etats.EN_INSTRUCTION,
    )


@depot.post("/demandes/<demande_id>/abandonner")
@require(USAGER, AIDANT)
def abandonner(demande_id: str) -> Answer:
    """Leaves a draft aside; nothing was filed."""
    demandes.cancel(demande_id, current_who(), request_id=request_id())
    flash(_("Le brouillon est annulé. Rien n’avait été envoyé."), "ok")
    return redirect(url_for("espace.accueil"), 303)


@depot.post("/demandes/<demande_id>/titre-recu")
@require(USAGER, AIDANT)
def titre_recu(demande_id: str) -> Answer:
    """« J’ai bien reçu mon titre », inside the demande: the agent sees the word and the photo (DEP-27)."""
    said = {"titre_recu": f"oui, dit le {clock.today().isoformat()}"}
    demandes.save_draft(demande_id, said, current_who(), request_id=request_id())
    flash(
        _("C’est noté dans votre demande. Si vous pouvez, ajoutez une photo de la carte : pièce « Preuve de remise »."),
        "ok",
    )
    return redirect(url_for("depot.pieces", demande_id=demande_id) + "#preuve-remise", 303)


@depot.post("/demandes/<demande_id>/fantome")
@require(USAGER, AIDANT)
def fantome(demande_id: str) -> Answer:
    """The ghost is recorded as a blocage too, on the page of the demande; filing goes on (DEP-13, DEP-27)."""
    demande = _draft(demande_id)
    found = stuck("DEMANDE_FANTOME", request_id(), demande_id=demande_id)
    return render_template(
        "espace/depot/fantome.html",
        demande=demande,
        blocage=found,
        voies=blocage.ways(demande.prefecture),
        jour=clock.today(),
    )


def _debut(usager: Usager, fiche: Fiche, form: forms.Form[Any]) -> str:
    # Whoever only recovers a right by a proof of identity is told nothing of what the account holds.
    filed = () if proof_wall.closed() else _filed(usager.id, fiche)
    return render_template(
        "espace/depot/commencer.html",
        form=form,
        deja=filed,
        a_proteger=fiche.famille == fiches.VICTIMES and not usager.protege,
        fiche=fiche,
        departements=departements(),
        cartes=list(fiches.cartes().items()),
        sans="regularisation" in {etape.stade for etape in fiche.etapes},
    )


def _filed(usager_id: str, fiche: Fiche) -> Sequence[Demande]:
    """What is already filed for the same thing (DEP-42)."""
    titre, demarche = (fiche.code, "") if fiche.titre else ("", fiche.code)
    return queries.already_filed(usager_id, titre, demarche)


def _draft(demande_id: str) -> Demande:
    """The demande of the address, for its holder or her helper; anyone else finds nothing."""
    return protection.as_shown(acces.access_demande(demande_id, current_who()), current_who())


def _question_by_name(demande: Demande, nom: str) -> questions.Question:
    found = next((q for q in questions.of(demande) if q.nom == nom), None)
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    return found


def _question(demande: Demande, asked: questions.Question, form: forms.Form[Any]) -> str:
    names = [q.nom for q in questions.of(demande)]
    return render_template(
        "espace/depot/question.html",
        demande=demande,
        question=asked,
        form=form,
        choix=questions.choices(asked.nom, demande),
        rang=names.index(asked.nom) + 1,
        total=len(names),
        deposee=demande.state != etats.BROUILLON,
    )


def _to_protect(demande: Demande) -> bool:
    """A victim's démarche of a person who is not protected: it is offered to herself before anything is sent."""
    if current_who().kind != USAGER or not demande.titre_code:
        return False
    return fiches.fiche(demande.titre_code, clock.today()).famille == fiches.VICTIMES and not person().protege


def _ghosts(demande: Demande) -> list[dict[str, str]]:
    """What the records leave open about the past: said, and it stops nothing."""
    return views.fantomes(acces.access_usager(demande.usager_id, current_who()), demande)


def _verification(demande: Demande, form: forms.Form[Any] | None = None) -> str:
    return render_template(
        "espace/depot/verifier.html",
        demande=demande,
        form=form or forms.blank(),
        lignes=questions.rows(
            demande, lambda nom: url_for("depot.question", demande_id=demande.id, nom=nom, retour="verifier")
        ),
        pieces=views.pieces_expected(demande),
        manquantes=views.missing(demande),
        sans_reponse=formulaire.missing(demande),
        a_proteger=_to_protect(demande),
        prefecture=views.prefecture_name(demande.prefecture),
        fantomes=_ghosts(demande),
    )
