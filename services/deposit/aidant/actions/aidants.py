"""Helping structures that a préfecture enrols, and their members, each with a password of her own (XCT-05)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chassis import agents, clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.sessions import token_hash
from chassis.web.who import AGENT, Who
from droit.decision import Genre, Motif, Refused
from personne import joindre
from sejour.deposit.v1 import events_pb2
from services.deposit.aidant.actions import relais
from services.deposit.cadre import cadre
from services.deposit.dossier.actions.structures import active_member, contact
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Structure

ENROLEURS = ("prefecture", "superviseur")
CODE_VALABLE = timedelta(days=7)

STRUCTURE_INCONNUE = Motif(
    "STRUCTURE_INCONNUE",
    "regle-du-service",
    "Cette structure n’est pas connue de cette préfecture.",
    "Demandez à la préfecture de l’inscrire, ou choisissez-en une autre.",
    Genre.INTROUVABLE,
)
SUSPENSION_SANS_MOTIF = Motif(
    "SUSPENSION_SANS_MOTIF",
    "regle-du-service",
    "Couper une structure se fait avec une raison.",
    "Écrivez ce qui s’est passé : la raison reste dans l’historique.",
    Genre.INVALIDE,
)
IDENTIFIANT_PRIS = Motif(
    "IDENTIFIANT_PRIS",
    "regle-du-service",
    "Cet identifiant est déjà pris.",
    "Choisissez un autre identifiant pour cette personne.",
    Genre.CONFLIT,
)
CODE_REFUSE = Motif(
    "CODE_REFUSE",
    "regle-du-service",
    "Ce code ne marche pas, ou plus.",
    "Vérifiez l’identifiant et le code. Un code vaut sept jours : la préfecture peut en donner un autre.",
    Genre.INVALIDE,
)
AIDANT_REFUSE = Motif(
    "AIDANT_REFUSE",
    "regle-du-service",
    "L’identifiant ou le mot de passe n’est pas le bon.",
    "Vérifiez les deux. La première fois, ouvrez votre accès avec le code de la préfecture.",
    Genre.NON_AUTHENTIFIE,
)


def enrol(nom: str, prefecture: str, courriel: str, who: Who, *, request_id: str) -> Structure:
    """A préfecture identifies a structure."""
    _may_enrol(prefecture, who)
    structure_id = outbox.id_for(request_id, "structure")
    structure = Structure(
        id=structure_id,
        parcours_id=structure_id,
        nom=nom.strip(),
        prefecture=cadre().catalogue.departement(prefecture).code,
        courriel=joindre.read_courriel(courriel).lower(),
    )
    return outbox.insert(structure, _changed(structure, "INSCRITE", who), *contact(structure, 1), request_id=request_id)


@outbox.retry_conflicts
def add_member(structure_id: str, login: str, nom: str, who: Who, *, request_id: str) -> str:
    """Adds a member, or gives an existing one a new code; returns the code, which serves once to choose a password."""
    structure = find(structure_id)
    _may_enrol(structure.prefecture, who)
    code = _code(request_id)
    if outbox.already(structure, request_id):
        return code
    login = login.strip().casefold()
    member = {"login": login, "nom": nom.strip(), "actif": True, "password_hash": ""}
    member |= {"code": token_hash(code), "code_fin": clock.now() + CODE_VALABLE}
    others = [m for m in structure.membres if m["login"] != login]
    try:
        structure.membres = [*others, member]
        outbox.update(structure, _changed(structure, "MEMBRE_AJOUTE", who), request_id=request_id)
    except outbox.Duplicate as error:
        raise Refused(IDENTIFIANT_PRIS, champ="login") from error
    return code


@outbox.retry_conflicts
def remove_member(structure_id: str, login: str, who: Who, *, request_id: str) -> Structure:
    """Cuts a member off at once: her open sessions stop being honoured."""
    structure = find(structure_id)
    _may_enrol(structure.prefecture, who)
    if outbox.already(structure, request_id):
        return structure
    members = [m | {"actif": m["actif"] and m["login"] != login} for m in structure.membres]
    structure.membres = members
    return outbox.update(structure, _changed(structure, "MEMBRE_RETIRE", who), request_id=request_id)


@outbox.retry_conflicts
def suspend(structure_id: str, motif: str, who: Who, *, request_id: str) -> Structure:
    """Cuts a whole structure off at once: no member of it is honoured any more, none of its mandates is in force."""
    structure = mongo.find(Structure, id=structure_id)
    if structure is None:
        raise Refused(STRUCTURE_INCONNUE, champ="structure_id")
    _may_enrol(structure.prefecture, who)
    if outbox.already(structure, request_id) or not structure.active:
        relais.end_all(structure_id, by=who.subject)
        return structure
    if not motif.strip():
        raise Refused(SUSPENSION_SANS_MOTIF, champ="motif")
    structure.active = False
    cut = outbox.update(
        structure,
        replace(_changed(structure, "SUSPENDUE", who), private={"motif": motif.strip()[:1000]}),
        request_id=request_id,
    )
    relais.end_all(structure_id, by=who.subject)
    return cut


@outbox.retry_conflicts
def activate(login: str, code: str, password: str) -> str:
    """The member chooses her own password with the code that the préfecture gave her; the code serves once."""
    login = login.strip().casefold()
    structure = mongo.find(Structure, membres__login=login, active=True)
    member = active_member(structure, login)
    right = member is not None and hmac.compare_digest(member.get("code", ""), token_hash(code.strip().upper()))
    if structure is None or member is None or not right or member["code_fin"] < clock.now():
        raise Refused(CODE_REFUSE, champ="code")
    chosen = member | {"password_hash": agents.hash_password(password), "code": ""}
    others = [m for m in structure.membres if m["login"] != login]
    structure.membres = [*others, chosen]
    outbox.update(structure)
    return subject(structure, login)


def authenticate(login: str, password: str) -> str:
    """The subject of a member who signs in; the refusal is the same whether the member exists or not."""
    login = login.strip().casefold()
    structure = mongo.find(Structure, membres__login=login, active=True)
    member = active_member(structure, login)
    right = agents.password_matches(member["password_hash"] if member else "", password)
    if structure is None or member is None or not right:
        raise Refused(AIDANT_REFUSE)
    return subject(structure, login)


def subject(structure: Structure, login: str) -> str:
    """What a session of a member is opened for."""
    return f"{structure.id}/{login}"


def structures(prefectures: Sequence[str]) -> list[Structure]:
    """The structures of these préfectures, by name (at most 200)."""
    return list(Structure.objects(prefecture__in=list(prefectures), active=True).order_by("nom").limit(200))


def structure_of(structure_id: str, who: Who) -> Structure:
    """A structure for the agent who enrols."""
    found = find(structure_id)
    _may_enrol(found.prefecture, who)
    return found


def _may_enrol(prefecture: str, who: Who) -> None:
    if who.kind != AGENT or not who.has(*ENROLEURS) or not who.serves(prefecture):
        raise Refused(acces.ACCES_REFUSE)


def find(structure_id: str) -> Structure:
    """The structure, while it is active."""
    found = mongo.find(Structure, id=structure_id, active=True)
    if found is None:
        raise Refused(STRUCTURE_INCONNUE, champ="structure_id")
    return found


def _code(request_id: str) -> str:
    """The same code for a repeat of the same command, and nobody can compute it without our secret."""
    drawn = hmac.new(cadre().settings.secret, f"aidant:{request_id}".encode(), "sha256").hexdigest().upper()
    return f"{drawn[:5]}-{drawn[5:10]}"


def _changed(structure: Structure, objet: str, who: Who) -> Fact:
    message = events_pb2.StructureModifiee(structure_id=structure.id, objet=objet)
    return Fact("deposit.structure.modifiee", message, by=who.subject)
