"""Accounts by API: open one, get a token, change contacts."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis import clock
from chassis.web import bearers, limits
from chassis.web.idempotency import request_id, sans_cle
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.openapi import PUBLIC
from chassis.web.who import AGENT, USAGER
from droit.decision import Refused
from services.deposit.compte.actions import comptes, facteur, preuve, titres, usurpation
from services.deposit.compte.actions.comptes import Identite
from services.deposit.compte.actions.titres import Titre
from services.deposit.demande import api as vues
from services.deposit.dossier.actions import acces

TAG = Tag(name="comptes", description="Compte d’une personne")
api = APIBlueprint("api_comptes", __name__, abp_tags=[TAG])


class OuvertureCompte(Corps):
    """An account: only name, day of birth and a password are required (DEP-02, DEP-09)."""

    nom: str = Field(min_length=1, max_length=200)
    naissance_date: JourCivil
    password: str = Field(min_length=8, max_length=200)
    prenoms: str = Field(default="", max_length=200)
    nationalite: str = Field(default="", max_length=80)
    numero_etranger: str = Field(default="", max_length=20)
    courriel: str = Field(default="", max_length=254)
    telephone: str = Field(default="", max_length=40)
    adresse: list[str] = Field(default_factory=list, max_length=6)
    prefecture: str = Field(default="", max_length=3)
    situation_reguliere: bool = True


class Connexion(Corps):
    """Identifier, number or e-mail, with the password."""

    identifiant: str = Field(max_length=254)
    password: str = Field(max_length=200)
    code: str = Field(default="", max_length=20)


class Code(Corps):
    """A code of the sheet."""

    code: str = Field(min_length=1, max_length=20)


class Reclamation(Corps):
    """Which account is not hers, and how she can be reached."""

    identifiant: str = Field(min_length=3, max_length=254)
    nom: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=254)
    prefecture: str = Field(default="", max_length=3)


class Contacts(Corps):
    """What changes; what is left out stays."""

    telephone: str | None = Field(default=None, max_length=40)
    adresse: list[str] | None = Field(default=None, max_length=6)
    prefecture: str | None = Field(default=None, max_length=3)
    langue: str | None = Field(default=None, max_length=10)


class TitreDetenu(Corps):
    """A title held."""

    fin_date: JourCivil
    titre_code: str = Field(default="", max_length=60)
    libelle: str = Field(default="", max_length=200)
    numero: str = Field(default="", max_length=30)
    debut_date: JourCivil | None = None


class TitreRepris(TitreDetenu):
    """A title of an older application; `remis` false when nobody recorded the handing over."""

    numero_etranger: str = Field(max_length=20)
    remis: bool | None = None


@api.post("/comptes", openapi_extensions=PUBLIC)
def ouvrir(body: OuvertureCompte) -> tuple[Response, int]:
    """Ouvre un compte, avec ou sans numéro étranger, avec ou sans courriel."""
    values = body.model_dump()
    password = values.pop("password")
    naissance = values.pop("naissance_date")
    values["adresse"] = tuple(values["adresse"])
    usager = comptes.open_account(Identite(naissance=naissance, **values), password, request_id=request_id())
    return jsonify(vues.usager(usager)), 201


@api.post("/comptes:connexion", openapi_extensions=PUBLIC)
@sans_cle
def connexion(body: Connexion) -> tuple[Response, int]:
    """Ouvre un jeton de personne."""
    limits.count_sign_in(body.identifiant)
    usager = comptes.authenticate(body.identifiant, body.password)
    if facteur.required(usager):
        if not body.code:
            if usager.facteur == facteur.MESSAGE:
                facteur.send_code(usager.id, request_id=clock.new_id())
            raise Refused(facteur.CODE_ATTENDU, champ="code")
        usager = facteur.verify(usager.id, body.code, request_id=clock.new_id())
    limits.forget_sign_in(body.identifiant)
    token, expire = bearers.issue_bearer(usager.id, USAGER)
    return jsonify(jeton=token, expire_time=expire.isoformat(), usager_id=usager.id), 201


@api.post("/moi:prouver")
@sans_cle
@require(USAGER)
def prouver(body: Code) -> Response:
    """Rouvre, par un code de la feuille, ce qu’un mot de passe changé par un lien avait fermé."""
    who = current_who()
    limits.count_sign_in(comptes.usager_by_id(who.id).identifiant)
    return jsonify(vues.usager(preuve.prove(who.id, body.code, who, request_id=clock.new_id())))


@api.post("/usurpations", openapi_extensions=PUBLIC)
def reclamer(body: Reclamation) -> tuple[Response, int]:
    """« Ce compte n’est pas de moi » : il est gelé ; la réponse est la même qu’il existe ou non."""
    limits.count_sign_in(body.identifiant)
    said = {"prefecture": body.prefecture, "contact": body.contact, "precis": body.nom}
    found = usurpation.claim(body.identifiant, said, clock.today(), request_id=request_id())
    return jsonify(blocage_reference=found.reference, date_protegee=clock.today().isoformat()), 201


@api.get("/moi")
@require(USAGER)
def moi() -> Response:
    """Le compte de la personne connectée."""
    return jsonify(vues.usager(acces.access_usager(current_who().id, current_who())))


@api.post("/moi/titres")
@require(USAGER)
def ajouter_titre(body: TitreDetenu) -> tuple[Response, int]:
    """Ajoute un titre détenu ; les alertes partent avant sa fin."""
    who = current_who()
    held = Titre(
        fin=body.fin_date, titre_code=body.titre_code, libelle=body.libelle, numero=body.numero, debut=body.debut_date
    )
    return jsonify(vues.usager(titres.add(who.id, held, who, request_id=request_id()))), 201


@api.post("/usagers:reprendre-titre")
@require(AGENT, roles=("exploitant", "bureau_national"))
def reprendre(body: TitreRepris) -> tuple[Response, int]:
    """Reprend un titre connu d’une ancienne application, remis ou non."""
    held = Titre(
        fin=body.fin_date,
        titre_code=body.titre_code,
        libelle=body.libelle,
        numero=body.numero,
        debut=body.debut_date,
        remis=body.remis,
        origine="reprise",
    )
    found = titres.take_over(body.numero_etranger, held, by=current_who().subject, request_id=request_id())
    return jsonify(vues.usager(found)), 201


@api.post("/moi:contacts")
@require(USAGER)
def contacts(body: Contacts) -> Response:
    """Change téléphone, adresse, préfecture ou langue."""
    who = current_who()
    values: dict[str, Any] = {name: value for name, value in body.model_dump().items() if value is not None}
    changed = comptes.change_contacts(who.id, by=who.subject, request_id=request_id(), **values)
    return jsonify(vues.usager(changed))
