"""Accounts by API: open one, get a token, change contacts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis import clock
from chassis.web import bearers, guessing, limits
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.openapi import gives
from chassis.web.sessions import NAME_SIGNS
from chassis.web.who import AGENT, USAGER
from droit.decision import Refused
from services.deposit.compte import inputs
from services.deposit.compte.actions import (
    changements,
    comptes,
    confirmation,
    essai,
    facteur,
    identites,
    points_accueil,
    presence,
    preuve,
    recuperation,
    sessions,
    titres,
    usurpation,
)
from services.deposit.demande import api as vues
from services.deposit.dossier.actions import acces

if TYPE_CHECKING:
    from services.deposit.dossier.store.usager import Usager

TAG = Tag(name="comptes", description="Compte d’une personne")
api = APIBlueprint("api_comptes", __name__, abp_tags=[TAG])


class JetonPath(BaseModel):
    """What a recovery link bears."""

    jeton: str = Field(max_length=100)


class SessionPath(BaseModel):
    """One of one’s own sessions, as the list names it."""

    session_id: str = Field(max_length=32)


@api.post("/comptes", responses=gives("usager_id"))
def ouvrir(body: inputs.Ouverture) -> tuple[Response, int]:
    """Ouvre un compte, avec ou sans numéro étranger, avec ou sans courriel."""
    limits.count_opening(body.courriel, body.numero_etranger)
    usager = confirmation.open_online(comptes.identity_of(body), body.password, request_id=request_id())
    return jsonify(vues.usager(usager)), 201


@api.post("/comptes:connexion", responses=gives("usager_id"))
@without_key
def connexion(body: inputs.Connexion) -> tuple[Response, int]:
    """Ouvre un jeton de personne."""
    found, attempt = essai.begin(body.identifiant)
    try:
        usager = _proven(essai.authenticate(found, attempt, body.password), body.code, doubted=attempt.doubted)
    except Refused:
        if attempt.doubted:
            # The same whether the password is right: whoever comes is asked for a code.
            refus = facteur.CODE_DE_CONNEXION_REFUSE if body.code else facteur.CODE_ATTENDU
            raise Refused(refus, champ="code") from None
        raise
    guessing.passed(usager.id, usager.password_hash)
    # A frozen account says so here, with the way out: a token of it would only be refused.
    acces.check_open(usager)
    token, expire = bearers.issue_bearer(usager.id, USAGER)
    return jsonify(jeton=token, expire_time=expire.isoformat(), usager_id=usager.id), 201


@api.post("/comptes:recuperation")
@without_key
def recuperer(body: inputs.Oubli) -> Response:
    """Envoie un lien pour choisir un mot de passe ; la réponse est la même que le compte existe ou non."""
    limits.count_sign_in(body.identifiant)
    recuperation.ask(body.identifiant, request_id=request_id())
    return jsonify(demande=True)


@api.post("/recuperations/<jeton>")
@without_key
def changer(path: JetonPath, body: inputs.NouveauMotDePasse) -> Response:
    """Choisit un mot de passe par le lien reçu, qui sert une fois."""
    return jsonify(usager_id=preuve.recover(path.jeton, body.password).id)


@api.post("/moi:prouver")
@without_key
@require(USAGER)
def prouver(body: inputs.Code) -> Response:
    """Rouvre, par un code de la feuille, ce qu’un mot de passe changé par un lien avait fermé."""
    who = current_who()
    limits.count_sign_in(comptes.usager_by_id(who.id).identifiant)
    return jsonify(vues.usager(preuve.prove(who.id, body.code, who, request_id=clock.new_id())))


@api.post("/usurpations", responses=gives())
def reclamer(body: inputs.Reclamation) -> tuple[Response, int]:
    """« Ce compte n’est pas de moi » : il est gelé ; la réponse est la même qu’il existe ou non."""
    limits.count_claim(body.identifiant)
    found = usurpation.claim(body, "", clock.today(), request_id=request_id())
    return jsonify(blocage_reference=found.reference, date_protegee=clock.today().isoformat()), 201


@api.post("/comptes:rouvrir", responses=gives("usager_id"))
@without_key
def rouvrir(body: inputs.Reouverture) -> Response:
    """Rouvre, avec le mot de passe et un code, un compte gelé sur la parole de quelqu’un d’autre."""
    return jsonify(usager_id=essai.open_again(body, request_id=request_id()).id)


@api.get("/moi")
@require(USAGER)
def moi() -> Response:
    """Le compte de la personne connectée."""
    return jsonify(vues.usager(acces.access_usager(current_who().id, current_who())))


@api.get("/moi/sessions")
@require(USAGER)
def connexions() -> Response:
    """Là où le compte est ouvert : navigateurs et jetons, leur dernier usage."""
    own = _own_token()
    rows = [
        {
            "session_id": each.id,
            "appareil": each.appareil,
            "jeton": each.genre != "sessions",
            "dernier_usage": each.used_time.isoformat() if each.used_time else "",
            "fin": each.expire_time.isoformat(),
            "ici": each.id == own,
        }
        for each in sessions.opened_by(current_who())
    ]
    return jsonify(connexions=rows)


@api.post("/moi/sessions/<string:session_id>:finir")
@without_key
@require(USAGER)
def finir_connexion(path: SessionPath) -> Response:
    """Finit une connexion, tout de suite."""
    sessions.end(path.session_id, current_who())
    return jsonify(finie=True)


@api.post("/moi/sessions:finir-les-autres")
@without_key
@require(USAGER)
def finir_les_autres() -> Response:
    """Finit toutes les connexions sauf celle qui le demande."""
    return jsonify(finies=sessions.end_others(_own_token(), current_who()))


@api.post("/moi/titres", responses=gives())
@require(USAGER)
def ajouter_titre(body: inputs.TitreDetenu) -> tuple[Response, int]:
    """Ajoute un titre détenu ; les alertes partent avant sa fin."""
    who = current_who()
    return jsonify(vues.usager(titres.add(who.id, titres.titre_of(body), who, request_id=request_id()))), 201


@api.post("/usagers:reprendre-titre")
@require(AGENT, roles=("exploitant", "bureau_national"))
def reprendre(body: inputs.TitreRepris) -> tuple[Response, int]:
    """Reprend un titre connu d’une ancienne application, remis ou non."""
    titre = replace(titres.titre_of(body), remis=body.remis, origine="reprise")
    found = titres.take_over(body.numero_etranger, titre, by=current_who().subject, request_id=request_id())
    return jsonify(vues.usager(found)), 201


@api.post("/moi:contacts")
@require(USAGER)
def contacts(body: inputs.Contacts) -> Response:
    """Change téléphone, adresse, préfecture ou langue ; chaque demande ouverte l’apprend."""
    who = current_who()
    return jsonify(vues.usager(changements.move(who.id, body, who, request_id=request_id())))


@api.post("/moi:changement")
@require(USAGER)
def changement(body: inputs.Changement) -> Response:
    """Dit un changement d’adresse, d’état civil ou de situation : il est joint à chaque demande ouverte."""
    who = current_who()
    return jsonify(joint_a=changements.report(who.id, body, who, request_id=request_id()))


@api.post("/moi:confirmer")
@require(USAGER)
def confirmer(body: inputs.Confirmation) -> Response:
    """Rend le code reçu : l’adresse ou le numéro sert à partir de maintenant."""
    who = current_who()
    limits.count_attempts("confirmation", [who.id])
    return jsonify(vues.usager(confirmation.confirm(who.id, body, who, request_id=request_id())))


@api.post("/moi:renvoyer-confirmation")
@require(USAGER)
def renvoyer(body: inputs.VoieAConfirmer) -> Response:
    """Envoie un autre code à l’adresse ou au numéro à confirmer."""
    who = current_who()
    limits.count_attempts("confirmation", [f"renvoi {who.id}"])
    return jsonify(vues.usager(confirmation.send_again(who.id, body, who, request_id=request_id())))


@api.post("/moi:numero")
@require(USAGER)
def numero(body: inputs.Numero) -> Response:
    """Donne son numéro étranger à un compte qui n’en a pas."""
    who = current_who()
    limits.count_sign_in(f"numero:{who.id}")
    return jsonify(vues.usager(identites.give_number(who.id, body, who, request_id=request_id())))


@api.post("/moi:point-accueil")
@require(USAGER)
def point_accueil(body: inputs.PointAccueil) -> Response:
    """Nomme le point d’accueil qui dit à la personne ce qui lui est envoyé ; vide pour ne plus en avoir."""
    done = points_accueil.choose(body, current_who(), request_id=request_id())
    return jsonify(lieu_id=done.point_accueil, lieu=points_accueil.name_of(done.point_accueil))


@api.post("/moi:proteger")
@require(USAGER)
def proteger(body: inputs.Protection) -> Response:
    """« Quelqu’un me menace » : les messages ne disent plus rien des démarches."""
    who = current_who()
    limits.count_sign_in(f"preuve:{who.id}")
    done = identites.protect_herself(body, who, request_id=request_id())
    return jsonify(protege=done.protege, canaux_surs=identites.confirmed(done))


@api.post("/moi:mot-de-passe")
@require(USAGER)
def mot_de_passe(body: inputs.MotDePasseChange) -> Response:
    """Choisit un autre mot de passe, avec celui d’avant ou un code ; sessions et jetons finissent."""
    limits.count_sign_in(f"preuve:{current_who().id}")
    return jsonify(vues.usager(presence.change_password(body, current_who(), request_id=request_id())))


def _own_token() -> str:
    token = bearers.of_request(request)
    return token.hash[:NAME_SIGNS] if token else ""


def _proven(usager: Usager, code: str, *, doubted: bool) -> Usager:
    """The same, once her second factor, or a code that was sent, is shown. Raises Refused(CODE_ATTENDU)."""
    if not facteur.required(usager, doubted=doubted):
        return usager
    if code:
        return facteur.verify(usager.id, code, request_id=clock.new_id(), sent=doubted)
    if facteur.by_message(usager):
        facteur.send_code(usager.id, request_id=clock.new_id())
    raise Refused(facteur.CODE_ATTENDU, champ="code")
