"""Helpers: structures that a préfecture enrols, members with a password of their own, mandates given and revoked (XCT-05)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import agents, clock, messages, outbox
from chassis.outbox import Contact, Entry, Fact
from chassis.web.sessions import token_hash
from chassis.web.who import AGENT, AIDANT, Who
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.actions import acces as guarded
from services.deposit.actions import guichet, lecture
from services.deposit.actions.personnes import access_personne, note
from services.deposit.cadre import cadre
from services.deposit.rules import acces, controle, etats
from services.deposit.store import ALIAS, Mandat, Structure, Usager

ENROLEURS = ("prefecture", "superviseur")
PORTEES = {acces.READ: "Lire le dossier et ses dates", acces.ACT: "Déposer et agir à ma place"}
CODE_VALABLE = timedelta(days=7)
PERSONNES_MAX = 50

STRUCTURE_INCONNUE = Motif(
    "STRUCTURE_INCONNUE",
    "regle-du-service",
    "Cette structure n’est pas connue de cette préfecture.",
    "Demandez à la préfecture de l’inscrire, ou choisissez-en une autre.",
    Genre.INTROUVABLE,
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
    "Vérifiez les deux. Si vous n’avez pas encore choisi de mot de passe, ouvrez votre accès avec le code de la préfecture.",
    Genre.NON_AUTHENTIFIE,
)
MANDAT_INVALIDE = Motif(
    "MANDAT_INVALIDE",
    "regle-du-service",
    "Un mandat dit ce qui est permis, et jusqu’à quel jour.",
    "Choisissez au moins une permission, et un dernier jour à venir.",
    Genre.INVALIDE,
)
MANDAT_INCONNU = Motif(
    "MANDAT_INCONNU", "regle-du-service", "Ce mandat n’existe pas.", "Rechargez la page.", Genre.INTROUVABLE
)


@dataclass(frozen=True)
class Suivi:
    """A person whom a structure follows: her mandate, her demandes as they stand."""

    usager: Usager
    mandat: Mandat
    demandes: list[dict[str, Any]]


def enrol(nom: str, prefecture: str, courriel: str, who: Who, *, request_id: str) -> Structure:
    """A préfecture identifies a structure."""
    _enroller(prefecture, who)
    structure_id = outbox.id_for(request_id, "structure")
    structure = Structure(
        id=structure_id,
        parcours_id=structure_id,
        nom=nom.strip(),
        prefecture=cadre().catalogue.departement(prefecture).code,
        courriel=courriel.strip().lower(),
    )
    return outbox.insert(structure, _changed(structure, "INSCRITE", who), *_contact(structure, 1), request_id=request_id)


@outbox.retry_conflicts
def add_member(structure_id: str, login: str, nom: str, who: Who, *, request_id: str) -> str:
    """Adds a member, or gives a known one another code; returns the code, which serves once to choose a password."""
    structure = _structure(structure_id)
    _enroller(structure.prefecture, who)
    code = _code(request_id)
    if outbox.already(structure, request_id):
        return code
    login = login.strip().casefold()
    member = {"login": login, "nom": nom.strip(), "actif": True, "password_hash": ""}
    member |= {"code": token_hash(code), "code_fin": clock.now() + CODE_VALABLE}
    others = [m for m in structure.membres if m["login"] != login]
    try:
        outbox.update(
            structure, _changed(structure, "MEMBRE_AJOUTE", who), request_id=request_id, set__membres=[*others, member]
        )
    except outbox.Duplicate as error:
        raise Refused(IDENTIFIANT_PRIS, champ="login") from error
    return code


@outbox.retry_conflicts
def remove_member(structure_id: str, login: str, who: Who, *, request_id: str) -> Structure:
    """Cuts a member off at once: her open sessions stop being honoured."""
    structure = _structure(structure_id)
    _enroller(structure.prefecture, who)
    if outbox.already(structure, request_id):
        return structure
    members = [m | {"actif": m["actif"] and m["login"] != login} for m in structure.membres]
    return outbox.update(structure, _changed(structure, "MEMBRE_RETIRE", who), request_id=request_id, set__membres=members)


@outbox.retry_conflicts
def activate(login: str, code: str, password: str) -> str:
    """The member chooses her own password with the code that the préfecture gave her; the code serves once."""
    login = login.strip().casefold()
    structure: Structure | None = Structure.objects(membres__login=login, active=True).first()
    member = _member(structure, login)
    right = member is not None and hmac.compare_digest(member.get("code", ""), token_hash(code.strip().upper()))
    if structure is None or member is None or not right or member["code_fin"] < clock.now():
        raise Refused(CODE_REFUSE, champ="code")
    chosen = member | {"password_hash": agents.hash_password(password), "code": ""}
    others = [m for m in structure.membres if m["login"] != login]
    outbox.update(structure, set__membres=[*others, chosen])
    return subject(structure, login)


def authenticate(login: str, password: str) -> str:
    """The subject of a member who signs in: the same refusal whoever it is."""
    login = login.strip().casefold()
    structure: Structure | None = Structure.objects(membres__login=login, active=True).first()
    member = _member(structure, login)
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
    found = _structure(structure_id)
    _enroller(found.prefecture, who)
    return found


def give(usager_id: str, structure_id: str, portee: Sequence[str], fin: date, who: Who, *, request_id: str) -> Mandat:
    """A mandate given by the person, or recorded at a desk from a paper after an identity check of today."""
    usager = _giver(usager_id, who)
    structure, today = _structure(structure_id), clock.today()
    held = sorted({acces.READ, *portee} & set(PORTEES)) if portee else []
    if not held or fin < today:
        raise Refused(MANDAT_INVALIDE, champ="fin_date" if held else "portee")
    mandat = Mandat(
        id=outbox.id_for(request_id, "mandat"),
        parcours_id=usager.parcours_id,
        usager_id=usager.id,
        structure_id=structure.id,
        portee=held,
        debut_date=today,
        fin_date=fin,
    )
    champs = {"structure": structure.nom, "fin_date": fin.isoformat(), "portee": [PORTEES[p] for p in held]}
    return outbox.insert(
        mandat, _mandate_fact(mandat, "DONNE", who), _told(usager, "mandat_donne", champs), request_id=request_id
    )


@outbox.retry_conflicts
def revoke(mandat_id: str, who: Who, *, request_id: str) -> Mandat:
    """Ends a mandate at once: by the person, an agent of hers, or the structure itself."""
    mandat: Mandat | None = Mandat.objects(id=mandat_id).first()
    if mandat is None:
        raise Refused(MANDAT_INCONNU)
    if who.kind == AIDANT and who.structure_id == mandat.structure_id:
        usager = Usager.objects(id=mandat.usager_id).first()
    else:
        usager = access_personne(mandat.usager_id, who, acces.REMETTRE if who.kind == AGENT else acces.ACT)
    if mandat.revoque_date is not None:
        return mandat
    champs = {"structure": _structure(mandat.structure_id).nom}
    return outbox.update(
        mandat,
        _mandate_fact(mandat, "REVOQUE", who),
        _told(usager, "mandat_revoque", champs),
        request_id=request_id,
        set__revoque_date=clock.today(),
    )


def mandates_of(usager_id: str, who: Who) -> list[tuple[Mandat, str, bool]]:
    """A person's mandates, most recent first, with the name of the structure and whether it is in force."""
    access_personne(usager_id, who)
    found = list(Mandat.objects(usager_id=usager_id).order_by("-debut_date").limit(PERSONNES_MAX))
    names = {s.id: s.nom for s in Structure.objects(id__in=[m.structure_id for m in found])}
    return [(m, names.get(m.structure_id, ""), m.revoque_date is None and m.fin_date >= clock.today()) for m in found]


def board(who: Who) -> list[Suivi]:
    """Every person whom this structure follows today, the next date first (XCT-06)."""
    if who.kind != AIDANT:
        raise Refused(acces.ACCES_REFUSE)
    today = clock.today()
    mandates = Mandat.objects(structure_id=who.structure_id, debut_date__lte=today, fin_date__gte=today, revoque_date=None)
    found = {mandat.usager_id: mandat for mandat in mandates.order_by("fin_date").limit(PERSONNES_MAX)}
    people = Usager.objects(id__in=list(found), gele__ne=True)
    rows = [Suivi(person, found[person.id], _filed(person.id)) for person in people]
    return sorted(rows, key=lambda row: min((d.get("document_fin_date") or "9" for d in row.demandes), default="9"))


def open_person(usager_id: str, who: Who) -> Suivi:
    """One person followed, written down for her to read."""
    usager = guarded.access_usager(usager_id, who)
    mandat = guarded.mandat_of(who.structure_id, usager_id, clock.today())
    if mandat is None:
        raise Refused(acces.ACCES_REFUSE)
    note(usager.id, who, "situation")
    return Suivi(usager, mandat, _filed(usager.id))


def _filed(usager_id: str) -> list[dict[str, Any]]:
    return [row | {"phrase": etats.PHRASES[row["state"]]} for row in lecture.demandes_of(usager_id)]


def _giver(usager_id: str, who: Who) -> Usager:
    if who.kind != AGENT:
        if who.kind == AIDANT:
            raise Refused(acces.ACCES_REFUSE)
        return guarded.access_usager(usager_id, who, acces.ACT)
    usager = access_personne(usager_id, who, acces.REMETTRE)
    controle.may_change(guichet.verifiers(usager.id), who.id, two=False).or_refuse()
    return usager


def _enroller(prefecture: str, who: Who) -> None:
    if who.kind != AGENT or not who.has(*ENROLEURS) or not who.serves(prefecture):
        raise Refused(acces.ACCES_REFUSE)


def _structure(structure_id: str) -> Structure:
    found: Structure | None = Structure.objects(id=structure_id, active=True).first()
    if found is None:
        raise Refused(STRUCTURE_INCONNUE, champ="structure_id")
    return found


def _member(structure: Structure | None, login: str) -> dict[str, Any] | None:
    members = structure.membres if structure else []
    return next((m for m in members if m["login"] == login and m["actif"]), None)


def _code(request_id: str) -> str:
    """The same code for a repeat of the same command, and nobody can compute it without our secret."""
    drawn = hmac.new(cadre().settings.secret, f"aidant:{request_id}".encode(), "sha256").hexdigest().upper()
    return f"{drawn[:5]}-{drawn[5:10]}"


def _contact(structure: Structure, version: int) -> tuple[Contact, ...]:
    if not structure.courriel:
        return ()
    values = contact_pb2.Contact(
        contact_id=structure.id, version=version, nom=structure.nom, courriel=structure.courriel, langue="fr"
    )
    values.canaux.append(contact_pb2.CANAL_COURRIEL)
    return (messages.contact(values),)


def _changed(structure: Structure, objet: str, who: Who) -> Fact:
    message = events_pb2.StructureModifiee(structure_id=structure.id, objet=objet)
    return Fact("deposit.structure.modifiee", message, by=who.subject)


def _mandate_fact(mandat: Mandat, objet: str, who: Who) -> Fact:
    message = events_pb2.MandatModifie(
        mandat_id=mandat.id,
        usager_id=mandat.usager_id,
        structure_id=mandat.structure_id,
        objet=objet,
        fin_date=mandat.fin_date.isoformat(),
    )
    return Fact("deposit.mandat.modifie", message, by=who.subject, prive={"portee": list(mandat.portee)})


def _told(usager: Usager, modele: str, champs: dict[str, Any]) -> Entry:
    return messages.fact(
        ALIAS,
        messages.Demande(destinataire_id=usager.id, parcours_id=usager.parcours_id, modele=modele, champs=champs),
    )


def name_of(usager_id: str, who: Who) -> str:
    """The name of the person for whom a helper acts, while her mandate holds; empty otherwise."""
    if guarded.mandat_of(who.structure_id, usager_id, clock.today()) is None:
        return ""
    found = Usager.objects(id=usager_id).only("nom", "prenoms").first()
    return f"{found.prenoms} {found.nom}".strip() if found else ""
