"""Signing in by the State's identity provider, beside the password: a provider that is down locks nobody out."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _

from chassis import clock
from chassis.partial_day import read_day
from chassis.web import forms, guessing, limits, problems, refusals, sessions
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.redirects import page_of_ours
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Motif, Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import stuck
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, confirmation, liaisons, presence, preuve, usurpation
from services.deposit.compte.api import proof_wall
from services.deposit.compte.pages import facteur
from services.deposit.compte.pages.fournisseur import FranceConnect, Pivot, current
from services.deposit.dossier.actions import acces
from services.deposit.dossier.actions.prefectures import departements

pages = Blueprint("franceconnect", __name__, url_prefix="/franceconnect")

# A session of somebody whom the provider knows and who has no account linked yet: it stands for nobody.
INCONNU = "identite"

FOURNISSEUR_MUET = Motif(
    "FOURNISSEUR_MUET",
    "regle-du-service",
    "L’autre façon de se connecter ne répond pas, ou n’a pas abouti.",
    "Votre identifiant et votre mot de passe marchent toujours. Sans mot de passe, demandez un lien sur cette page.",
    Genre.INDISPONIBLE,
)


@pages.get("/partir")
def partir() -> Answer:
    """Leaves for the provider; to link an account, its holder is signed in and all of it is open to her."""
    provider = _provider()
    linking = "lier" in request.args and current_who().kind == USAGER
    if linking and proof_wall.closed():
        return redirect(url_for("preuve.demander"), 303)
    session["franceconnect_lier"] = current_who().id if linking else ""
    session["franceconnect_suite"] = page_of_ours(request.args.get("suite", ""))
    try:
        return provider.leave_for(f"{current_app.config['SETTINGS'].public_url}{url_for('franceconnect.retour')}")
    except provider.faults:
        return _muet()


@pages.get("/retour")
def retour() -> Answer:
    """Back with a code: into the linked account, to link one, or to the page that says what can be done."""
    provider = _provider()
    linking, suite = session.pop("franceconnect_lier", ""), session.pop("franceconnect_suite", "")
    try:
        pivot = provider.returned()
    except provider.faults:
        return _muet()
    who = current_who()
    if linking and who.kind == USAGER and who.id == linking:
        return _link(pivot, who)
    usager = liaisons.of_subject(pivot.sub)
    if usager is None:
        response = make_response(redirect(url_for("franceconnect.nouveau"), 303))
        sessions.open_session(pivot.sub, INCONNU, response, _session_values(pivot))
        return response
    # Who the State says that she is outweighs the word of who disputed her account.
    usurpation.lift(usager.id, by=usager.id, request_id=clock.new_id())
    try:
        acces.access_usager(usager.id, Who(kind=USAGER, id=usager.id))
    except Refused as refused:
        return _refus(refused), 403
    if pivot.fort and preuve.is_closed(usager):
        preuve.accept_identity(usager.id, by=f"usager:{usager.id}", request_id=clock.new_id())
    return facteur.enter(usager, suite, id_token=pivot.id_token)


@pages.get("/nouveau")
def nouveau() -> Answer:
    """Known of the provider and not of us: sign in to link, open an account, or say that one is not hers."""
    session = _unknown()
    return redirect(url_for("compte.connexion"), 303) if session is None else _new(session, forms.blank())


@pages.post("/nouveau")
@without_key
def ouvrir() -> Answer:
    """Opens an account with the identity that the provider vouches for; one that exists already is never taken."""
    session = _unknown()
    if session is None:
        return redirect(url_for("compte.connexion"), 303)
    form = forms.read(inputs.OuvertureParFournisseur, request.form)
    if form.value is None:
        return _new(session, form), 422
    said = form.value
    if not session.data.get("naissance"):
        return _new(session, form.refuse(Refused(liaisons.IDENTITE_DIFFERENTE), _)), 422
    try:
        limits.count_opening(said.courriel, said.numero_etranger)
        usager = confirmation.open_online(_identite(session, said), "", request_id=request_id())
    except Refused as refused:
        if refused.motif.genre in (Genre.INVALIDE, Genre.TROP):
            return _new(session, form.refuse(refused, _)), problems.status_of(refused.motif)
        found = stuck("COMPTE_EXISTANT", request_id(), contact=said.telephone, prefecture=said.prefecture)
        ways = {"voies": blocage.ways(said.prefecture), "jour": clock.today()}
        dit = {
            "identifiant": said.numero_etranger or said.courriel,
            "nom": str(session.data["nom"]),
            "naissance_date": str(session.data["naissance"]),
            "contact": said.telephone or said.courriel,
        }
        return render_template("compte/existant.html", refus=refused.motif, blocage=found, dit=dit, **ways), 409
    response = make_response(redirect(url_for("compte.ouvert"), 303))
    sessions.open_session(usager.id, USAGER, response, {"id_token": str(session.data["id_token"])})
    guessing.passed(usager.id, usager.password_hash, response)
    return response


@pages.post("/retirer")
@require(USAGER)
def retirer() -> Answer:
    """The account is linked no more."""

    def act(said: inputs.Presence) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        presence.unlink_provider(said, current_who(), request_id=request_id())
        flash(_("Votre compte n’est plus relié."), "ok")
        return redirect(url_for("facteur.voir"), 303)

    return forms.submit(inputs.Presence, act, facteur.ways)


def leave() -> Response | None:
    """The page that also ends the session at the provider, when it is by it that the person came; else None.

    A page and no redirection: browsers let no form lead to another site.
    """
    provider, session = current(), sessions.current_session()
    hint = str(session.data.get("id_token", "")) if session else ""
    if provider is None or not hint:
        return None
    back = f"{current_app.config['SETTINGS'].public_url}/deposit/"
    exit_url = provider.exit_url(hint, back)
    return make_response(render_template("compte/sortie.html", sortie=exit_url)) if exit_url else None


def _link(pivot: Pivot, who: Who) -> Answer:
    try:
        liaisons.link(who.id, pivot.sub, pivot.noms, pivot.naissance, who, request_id=clock.new_id())
        flash(_("Votre compte est relié : vous pouvez aussi entrer par là."), "ok")
    except Refused as refused:
        flash(f"{_(refused.motif.phrase)} {_(refused.motif.suite)}", "attention")
    return redirect(url_for("facteur.voir"), 303)


def _provider() -> FranceConnect:
    found = current()
    if found is None:
        raise Refused(refusals.INTROUVABLE)
    return found


def _muet() -> Answer:
    """The provider does not answer: the sign-in page, with all its other ways."""
    return _refus(Refused(FOURNISSEUR_MUET)), 503


def _refus(refused: Refused) -> str:
    provider = current()
    name = provider.reglage.nom if provider else ""
    form: forms.Form[Any] = forms.blank().refuse(refused, _)
    return render_template("compte/connexion.html", form=form, suite="", fournisseur=name)


def _unknown() -> sessions.Session | None:
    session = sessions.current_session()
    return session if session is not None and session.kind == INCONNU else None


def _session_values(pivot: Pivot) -> dict[str, str]:
    return {
        "nom": pivot.noms[0] if pivot.noms else "",
        "prenoms": pivot.prenoms,
        "naissance": pivot.naissance.isoformat() if pivot.naissance else "",
        "courriel": pivot.courriel,
        "id_token": pivot.id_token,
    }


def _identite(session: sessions.Session, said: inputs.OuvertureParFournisseur) -> comptes.Identite:
    return comptes.Identite(
        nom=str(session.data["nom"]),
        naissance=read_day(str(session.data["naissance"])),
        prenoms=str(session.data["prenoms"]),
        numero_etranger=said.numero_etranger,
        courriel=said.courriel,
        telephone=said.telephone,
        prefecture=said.prefecture,
        sub_oidc=session.subject,
    )


def _new(session: sessions.Session, form: forms.Form[Any]) -> str:
    provider = current()
    return render_template(
        "compte/identite_nouvelle.html",
        form=form,
        identite=session.data,
        departements=departements(),
        fournisseur=provider.reglage.nom if provider else "",
    )
