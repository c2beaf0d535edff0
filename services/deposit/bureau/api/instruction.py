"""What agents do beside deciding, by API: delays, clocks, corrections, urgencies, transfers, identity, accounts."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web import refusals
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AGENT, AIDANT, USAGER
from droit.decision import Refused
from services.deposit.compte.actions import identites
from services.deposit.demande import api as vues
from services.deposit.demande.api import DemandePath, UsagerPath
from services.deposit.dossier.actions import acces, fichiers
from services.deposit.instruction.actions import corrections, delais, file_attente, guichet, transferts, urgences

TAG = Tag(name="bureau", description="Autres actes des agents")
api = APIBlueprint("api_instruction", __name__, abp_tags=[TAG])


class CorrectionPath(BaseModel):
    """A correction of a demande."""

    demande_id: str = Field(max_length=64)
    correction_id: str = Field(max_length=64)


class Jours(Corps):
    """More days."""

    jours: int = Field(ge=1, le=180)


class Cause(Corps):
    """Why clocks stop."""

    cause: str = Field(min_length=1, max_length=100)


class Arret(Corps):
    """A stop of an agent, by its key."""

    cle: str = Field(max_length=200)


class Correction(Corps):
    """An answer corrected, and why."""

    champ: str = Field(max_length=100)
    valeur: str = Field(max_length=2000)
    motif: str = Field(max_length=1000)


class Contestation(Corps):
    """Why a correction is wrong."""

    texte: str = Field(default="", max_length=2000)


class Texte(Corps):
    """A message."""

    texte: str = Field(min_length=1, max_length=8000)


class Prefecture(Corps):
    """Where a demande goes."""

    prefecture: str = Field(min_length=2, max_length=3)


class UrgenceForm(BaseModel):
    """An urgency; its proof is the field `fichier`."""

    motif: str = Field(max_length=40)
    texte: str = Field(default="", max_length=2000)


class ArriveeForm(BaseModel):
    """A piece that came by another way; the file is the field `fichier`."""

    code: str = Field(max_length=60)
    voie: Literal["guichet", "poste", "courriel", "pan"]
    jour: JourCivil


class Reponses(Corps):
    """The answers of the person, by question."""

    reponses: dict[str, str] = Field(max_length=10)
    pour: str = Field(default="", max_length=60)
    papier: str = Field(default="", max_length=20)
    aidant: str = Field(default="", max_length=200)


class Moyens(Corps):
    """How the holder of a freed number is reached."""

    courriel: str = Field(default="", max_length=254, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")
    telephone: str = Field(default="", max_length=20)


class Numero(Corps):
    """A numéro étranger."""

    numero: str = Field(max_length=19, pattern=r"^[0-9][0-9 ]{4,18}$")


class Protection(Corps):
    """Whether the account is protected."""

    protege: bool


class Courriel(Corps):
    """Another e-mail."""

    courriel: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class Remise(Corps):
    """A past handing over."""

    jour: JourCivil
    motif: str = Field(min_length=1, max_length=1000)


class Fantome(Corps):
    """A past demande to close, by its reference."""

    reference: str = Field(max_length=20)
    motif: str = Field(min_length=1, max_length=1000)


@api.get("/agents/bureau")
@require(AGENT, roles=("instructeur", "superviseur", "prefecture"))
def bureau() -> Response:
    """La file ordonnée par le jour d’agir, avec les raisons, les comptes et l’écart entre les deux vues."""
    found = file_attente.queue(current_who(), request.args.get("filtre", "tout"), request.args.get("page", 0, type=int))
    kept = ("reference", "libelle", "state", "avant_date", "raisons", "droit_fin_date", "retenue_date", "prefecture")
    rows = [{"demande_id": row["_id"], **{name: row.get(name) for name in kept}} for row in found.lignes]
    return jsonify(demandes=rows, comptes=found.comptes, suite=found.suite, ecart=found.difference)


@api.get("/agents/delais")
@require(AGENT, roles=("instructeur", "superviseur", "prefecture", "bureau_national"))
def mesures() -> Response:
    """Jours du dépôt à l’enregistrement et à la décision, par préfecture et par titre."""
    rows, limit = delais.measure(file_attente.prefectures_of(current_who()))
    rebound = identites.figures(file_attente.prefectures_of(current_who()), delais.PERIODE_JOURS)
    return jsonify(delais=[vars(row) for row in rows], alerte_jours=limit, rattachements=vars(rebound))


@api.post("/demandes/<demande_id>:prendre-en-charge")
@require(AGENT)
def prendre(path: DemandePath) -> Response:
    """Prend le dossier en charge."""
    return _demande(corrections.take_charge(path.demande_id, current_who(), request_id=request_id()))


@api.post("/demandes/<demande_id>:prolonger")
@require(AGENT)
def prolonger(path: DemandePath, body: Jours) -> Response:
    """Donne plus de jours pour envoyer les pièces."""
    return _demande(corrections.extend(path.demande_id, body.jours, current_who(), request_id=request_id()))


@api.post("/demandes/<demande_id>:arreter-horloge")
@require(AGENT)
def arreter(path: DemandePath, body: Cause) -> Response:
    """Arrête les délais qui courent contre la personne."""
    return _demande(corrections.stop(path.demande_id, body.cause, current_who(), request_id=request_id()))


@api.post("/demandes/<demande_id>:reprendre-horloge")
@require(AGENT)
def reprendre(path: DemandePath, body: Arret) -> Response:
    """Fait reprendre les délais qu’un agent a arrêtés."""
    return _demande(corrections.start(path.demande_id, body.cle, current_who()))


@api.post("/demandes/<demande_id>:corriger")
@require(AGENT)
def corriger(path: DemandePath, body: Correction) -> Response:
    """Corrige une erreur du formulaire ; la personne est prévenue et peut contester."""
    found = corrections.correct(
        path.demande_id, body.champ, body.valeur, body.motif, current_who(), request_id=request_id()
    )
    return _demande(found)


@api.get("/demandes/<demande_id>/corrections")
@require()
def lister_corrections(path: DemandePath) -> Response:
    """Les corrections faites par un agent."""
    demande = acces.access_demande(path.demande_id, current_who())
    return jsonify(corrections=corrections.corrections(demande))


@api.post("/demandes/<demande_id>/corrections/<correction_id>:contester")
@require(USAGER, AIDANT)
def contester(path: CorrectionPath, body: Contestation) -> Response:
    """Conteste une correction : la réponse de la personne revient."""
    found = corrections.contest(path.demande_id, path.correction_id, body.texte, current_who(), request_id=request_id())
    return _demande(found)


@api.post("/demandes/<demande_id>:ecrire")
@require(AGENT)
def ecrire(path: DemandePath, body: Texte) -> Response:
    """Écrit à la personne."""
    made = corrections.write_message(path.demande_id, body.texte, current_who(), request_id=request_id())
    return jsonify(echange_id=made.id)


@api.post("/demandes/<demande_id>:transferer")
@require(AGENT)
def transferer(path: DemandePath, body: Prefecture) -> Response:
    """Transfère la demande, avec tout son dossier, à une autre préfecture."""
    return _demande(transferts.transfer(path.demande_id, body.prefecture, current_who(), request_id=request_id()))


@api.post("/demandes/<demande_id>:urgence")
@max_body(FORM_BYTES)
@require(USAGER, AIDANT, AGENT)
def urgence(path: DemandePath, form: UrgenceForm) -> Response:
    """Signale une urgence, avec une preuve."""
    sent = request.files.get("fichier")
    stored = _stored(sent) if sent is not None and sent.filename else None
    found = urgences.flag(path.demande_id, form.motif, form.texte, stored, current_who(), request_id=request_id())
    return _demande(found)


@api.post("/demandes/<demande_id>:recevoir")
@max_body(FORM_BYTES)
@require(AGENT)
def recevoir(path: DemandePath, form: ArriveeForm) -> Response:
    """Joint une pièce arrivée par courrier, au guichet ou par e-mail, à son jour d’arrivée."""
    who = current_who()
    acces.access_demande(path.demande_id, who)
    sent = request.files.get("fichier")
    if sent is None or not sent.filename:
        raise Refused(refusals.DEMANDE_INVALIDE, champ="fichier")
    fichier = (sent.filename, _stored(sent))
    found = guichet.receive(path.demande_id, (form.voie, form.jour), form.code, fichier, who, request_id=request_id())
    return _demande(found)


@api.post("/demandes/<demande_id>:fermer-ancienne")
@require(AGENT)
def fermer_ancienne(path: DemandePath, body: Fantome) -> Response:
    """Ferme une ancienne demande oubliée, de n’importe quelle préfecture."""
    return _demande(
        guichet.close_ghost(path.demande_id, body.reference, body.motif, current_who(), request_id=request_id())
    )


@api.get("/usagers/<usager_id>/questions")
@require(AGENT)
def questions(path: UsagerPath) -> Response:
    """Les questions du contrôle d’identité, jamais les réponses."""
    asked = guichet.questions_for(path.usager_id, current_who())
    return jsonify(questions=[{"code": code, "question": guichet.QUESTIONS[code]} for code in asked])


@api.post("/usagers/<usager_id>:verifier-identite")
@require(AGENT)
def verifier(path: UsagerPath, body: Reponses) -> Response:
    """Compare les réponses ; un échec est enregistré et refusé."""
    releve = guichet.Releve(body.reponses, body.pour, body.papier, body.aidant)
    made = guichet.verify_identity(path.usager_id, releve, current_who(), request_id=request_id())
    return jsonify(controle_id=made.id, reussi=made.reussi)


@api.post("/usagers/<usager_id>:changer-courriel")
@require(AGENT)
def changer_courriel(path: UsagerPath, body: Courriel) -> Response:
    """Change l’adresse d’un compte, après le contrôle d’un autre agent."""
    return _usager(guichet.rebind_email(path.usager_id, body.courriel, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:deverrouiller")
@require(AGENT)
def deverrouiller(path: UsagerPath) -> Response:
    """Rouvre un compte, après un contrôle d’identité."""
    return _usager(guichet.unlock(path.usager_id, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:retirer-second-facteur")
@require(AGENT)
def retirer_facteur(path: UsagerPath) -> Response:
    """Retire une seconde vérification perdue, après un contrôle d’identité."""
    return _usager(guichet.drop_factor(path.usager_id, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:liberer")
@require(AGENT)
def liberer(path: UsagerPath, body: Moyens) -> Response:
    """Rend son numéro à la personne, sur un compte à elle, après le contrôle d’un autre agent."""
    moyens = (body.courriel, body.telephone)
    return _usager(guichet.free(path.usager_id, moyens, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:proteger")
@require(AGENT)
def proteger(path: UsagerPath, body: Protection) -> Response:
    """Protège un compte, ou retire la protection après un papier vu."""
    return _usager(guichet.protect(path.usager_id, body.protege, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:numero")
@require(AGENT)
def numero(path: UsagerPath, body: Numero) -> Response:
    """Joint au compte un numéro étranger donné depuis ; rien d’autre ne change."""
    return _usager(guichet.attach_number(path.usager_id, body.numero, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:geler")
@require(AGENT)
def geler(path: UsagerPath) -> Response:
    """Gèle un compte contesté."""
    return _usager(guichet.freeze(path.usager_id, current_who(), request_id=request_id()))


@api.post("/usagers/<usager_id>:remise-passee")
@require(AGENT)
def remise(path: UsagerPath, body: Remise) -> Response:
    """Enregistre une remise passée."""
    return _usager(guichet.record_remise(path.usager_id, body.jour, body.motif, current_who(), request_id=request_id()))


def _stored(sent: Any) -> Any:
    return fichiers.store().put(sent.stream, max_bytes=fichiers.max_bytes(), types=fichiers.TYPES)


def _demande(found: Any) -> Response:
    return jsonify(vues.demande(found))


def _usager(found: Any) -> Response:
    return jsonify(usager_id=found.id, gele=found.gele)
