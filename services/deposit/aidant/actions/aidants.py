"""Helping structures that a préfecture enrols, and their members, each with a password of her own (XCT-05)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp

from chassis import agents, clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.sessions import end_all, token_hash
from chassis.web.who import AGENT, AIDANT, Who
from droit.decision import Genre, Motif, Refused
from personne import joindre
from sejour.deposit.v1 import events_pb2
from services.deposit.aidant.actions import relais
from services.deposit.cadre import cadre
from services.deposit.compte.actions.facteur import EMETTEUR
from services.deposit.dossier.actions.structures import active_member, contact
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Structure

ENROLEURS = ("prefecture", "superviseur")
CODE_VALABLE = timedelta(days=7)
# A session whose code is awaited: it stands for nobody yet.
A_CONFIRMER = "aidant-a-confirmer"

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
    "L’identifiant, le mot de passe ou le code n’est pas le bon.",
    "Vérifiez les trois. La première fois, ouvrez votre accès avec le code de la préfecture ; sans votre application, "
    "demandez-lui un autre code.",
    Genre.NON_AUTHENTIFIE,
)
CLE_A_ENREGISTRER = Motif(
    "CLE_A_ENREGISTRER",
    "regle-du-service",
    "Vous tenez des dossiers de personnes : un code de votre application est demandé à chaque connexion.",
    "Écrivez d’abord la clé dans votre application, puis donnez un premier code.",
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
    _end_sessions(structure, login)
    return code


@outbox.retry_conflicts
def remove_member(structure_id: str, login: str, who: Who, *, request_id: str) -> Structure:
    """Cuts a member off at once: her open sessions stop being honoured, also once she is a member again."""
    structure = find(structure_id)
    _may_enrol(structure.prefecture, who)
    if outbox.already(structure, request_id):
        return structure
    members = [m | {"actif": m["actif"] and m["login"] != login} for m in structure.membres]
    structure.membres = members
    changed = outbox.update(structure, _changed(structure, "MEMBRE_RETIRE", who), request_id=request_id)
    _end_sessions(changed, login)
    return changed


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
    """The member chooses her own password with the code that the préfecture gave her; the code serves once.

    The key of her application is made with it, and asked for from her first sign-in on.
    """
    login = login.strip().casefold()
    structure = mongo.find(Structure, membres__login=login, active=True)
    member = active_member(structure, login)
    right = member is not None and hmac.compare_digest(member.get("code", ""), token_hash(code.strip().upper()))
    if structure is None or member is None or not right or member["code_fin"] < clock.now():
        raise Refused(CODE_REFUSE, champ="code")
    chosen = member | {"password_hash": agents.hash_password(password), "code": ""} | _new_key()
    others = [m for m in structure.membres if m["login"] != login]
    structure.membres = [*others, chosen]
    outbox.update(structure)
    return _subject(structure, login)


def authenticate(login: str, password: str) -> str:
    """The subject of a member whose password is right; a code of her application is then asked for (`prove`).

    The refusal is the same whether the member exists or not.
    """
    login = login.strip().casefold()
    structure = mongo.find(Structure, membres__login=login, active=True)
    member = active_member(structure, login)
    right = agents.password_matches(member["password_hash"] if member else "", password)
    if structure is None or member is None or not right:
        raise Refused(AIDANT_REFUSE)
    return _subject(structure, login)


def prove(subject: str, code: str) -> str:
    """The same, once her application gave this code, which serves once; from the first one on her key is told no more.

    Raises Refused: CLE_A_ENREGISTRER for no code while her key is not known to be in an application, AIDANT_REFUSE.
    """
    structure, member = member_of(subject)
    if not code.strip() and not member.get("pas"):
        raise Refused(CLE_A_ENREGISTRER, champ="code")
    kept = bytes.fromhex(member.get("graine", ""))
    step = agents.totp_step(cadre().settings, kept, code.replace(" ", "")) if kept else None
    unused = {"_id": structure.id, "membres": {"$elemMatch": {"login": member["login"], "pas": {"$lt": step}}}}
    used = {"$set": {"membres.$.pas": step}, "$inc": {"version": 1}}
    if step is None or not mongo.collection_of(Structure).update_one(unused, used).modified_count:
        raise Refused(AIDANT_REFUSE, champ="code")
    return subject


def is_new(subject: str) -> bool:
    """Whether no code of her application was ever given."""
    return not member_of(subject)[1].get("pas")


@outbox.retry_conflicts
def key_of(subject: str) -> tuple[str, str]:
    """The key for her application and its address, until a code of it was given. Raises Refused(AIDANT_REFUSE).

    Who chose her password before there were keys gets hers here.
    """
    structure, member = member_of(subject)
    if member.get("pas"):
        raise Refused(AIDANT_REFUSE)
    if not member.get("graine"):
        given = _new_key()
        structure.membres = [m | given if m["login"] == member["login"] else m for m in structure.membres]
        outbox.update(structure)
        return key_of(subject)
    seed = agents.unseal_seed(cadre().settings, bytes.fromhex(member["graine"]))
    return seed, pyotp.TOTP(seed).provisioning_uri(name=member["login"], issuer_name=EMETTEUR)


def _new_key() -> dict[str, Any]:
    """A key for an application, sealed, and the last step of it that served."""
    return {"graine": agents.seal_seed(cadre().settings, pyotp.random_base32()).hex(), "pas": 0}


def member_of(subject: str) -> tuple[Structure, dict[str, Any]]:
    """The structure and the member of a session. Raises Refused(AIDANT_REFUSE)."""
    structure_id, _, login = subject.partition("/")
    structure = mongo.find(Structure, id=structure_id, active=True)
    member = active_member(structure, login)
    if structure is None or member is None:
        raise Refused(AIDANT_REFUSE)
    return structure, member


def _subject(structure: Structure, login: str) -> str:
    """What a session of a member is opened for."""
    return f"{structure.id}/{login}"


def _end_sessions(structure: Structure, login: str) -> None:
    """Ends every session and token of a member: who was cut off, or lost her code, leaves none behind."""
    end_all(mongo.database(ALIAS), _subject(structure, login), AIDANT, A_CONFIRMER)


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
