"""What changes in the agents' directory: sign-ins, sign-outs, joiners, leavers, roles, a lost second factor.

Each service decides alone and says so in a fact; the four others learn it, by the broker or, when it is down, from the
log of that service within two minutes. No service needs another one to let an agent in, or to shut one out.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyotp

from chassis import agent_sessions, agents, clock, mongo, outbox, sealed
from chassis.agents import AGENTS, Agent, AgentDocument
from chassis.outbox import Fact
from chassis.settings import SERVICES, Settings
from droit.decision import Decision, Genre, Motif, Refused, accept, refuse
from sejour.agent.v1 import events_pb2

if TYPE_CHECKING:
    from chassis.inbox import Handlers, Meta
    from chassis.rpc import Readers

LISTED = 500
ALL = "*"
FORME = "pan_forme"
# Who manages whom.
_DESKS = frozenset({"superviseur", "instructeur", "prefecture", "pan_volontaire", "pan", "pan_forme"})
_CENTRE = frozenset({"ccc", "ccc_superviseur"})
MANAGED = {
    "superviseur": _DESKS,
    "ccc_superviseur": _CENTRE,
    "exploitant": _DESKS | _CENTRE | {"bureau_national", "exploitant"},
}

AGENT_HORS_PERIMETRE = Motif(
    "AGENT_HORS_PERIMETRE",
    "regle-du-service",
    "Cet agent, ou ce que vous voulez lui donner, n’est pas de votre périmètre.",
    "Choisissez des fonctions et des départements qui sont les vôtres, ou demandez à l’exploitant.",
    Genre.INTERDIT,
)
AGENT_EXISTANT = Motif(
    "AGENT_EXISTANT",
    "regle-du-service",
    "Un agent a déjà cet identifiant de connexion.",
    "Cherchez-le dans la liste, ou choisissez un autre identifiant.",
    Genre.CONFLIT,
)
FORMATION_A_DATER = Motif(
    "FORMATION_A_DATER",
    "ddd-2024-12-11",
    "Un agent formé au droit du séjour l’est depuis un jour précis.",
    "Écrivez le jour de sa formation, aujourd’hui au plus tard.",
    Genre.INVALIDE,
)
AGENT_ABSENT = Motif(
    "AGENT_ABSENT",
    "regle-du-service",
    "Aucun agent n’a cet identifiant ici.",
    "Vérifiez-le dans la liste des agents.",
    Genre.INTROUVABLE,
)


@dataclass(frozen=True)
class Manager:
    """Who changes the directory: an agent within her roles and préfectures, or an operator by command."""

    subject: str
    roles: frozenset[str]
    prefectures: frozenset[str]


OPERATOR = Manager("exploitant", frozenset({"exploitant"}), frozenset({ALL}))


@dataclass(frozen=True)
class Credentials:
    """What an agent is handed once, to sign in with."""

    agent_id: str
    login: str
    password: str
    totp_seed: str


def may_manage(manager: Manager, agent_id: str, roles: frozenset[str], prefectures: frozenset[str]) -> Decision:
    """Only roles that hers manage, in préfectures that are hers, and never herself."""
    managed: frozenset[str] = frozenset().union(*(MANAGED.get(role, frozenset()) for role in manager.roles))
    within = ALL in manager.prefectures or prefectures <= manager.prefectures
    herself = manager.subject == f"agent:{agent_id}"
    return accept() if managed and roles <= managed and within and not herself else refuse(AGENT_HORS_PERIMETRE)


def may_train(roles: frozenset[str], formation: date | None, today: date) -> Decision:
    """Who is given the role of the trained has a day of training, not one to come (PAN-15)."""
    dated = formation is not None and formation <= today
    return accept() if dated or FORME not in roles else refuse(FORMATION_A_DATER, champ="formation_date")


def managed_by(settings: Settings, manager: Manager) -> list[Agent]:
    """The agents whom she may change, by name."""
    _unseal_pending(settings)
    found = mongo.collection_of(AGENTS[settings.service]).find({}, {"outbox": 0}).hint("login_1").limit(LISTED)
    every = sorted((agents.agent_of(stored) for stored in found), key=lambda agent: agent.nom.casefold())
    return [agent for agent in every if may_manage(manager, agent.id, agent.roles, agent.prefectures).accepted]


# Sign-in and sign-out


@outbox.retry_conflicts
def sign_in(settings: Settings, login: str, password: str, code: str) -> tuple[Agent, str]:
    """The agent of this login, password and code, and the name of her session. A code serves once.

    The other services learn at once which code served. Raises Refused(CONNEXION_REFUSEE).
    """
    _unseal_pending(settings)
    stored = mongo.find(AGENTS[settings.service], login=login)
    step = agents.check(stored, settings, password, code)
    assert stored is not None
    stored.last_step = step
    return _opened(settings.service, stored, step)


@outbox.retry_conflicts
def vouched(service: str, login: str) -> tuple[Agent, str] | None:
    """The same, for whom an identity provider has vouched; None for who is no agent here, or no more."""
    stored = mongo.find(AGENTS[service], login=login)
    return None if stored is None or stored.revoked_time is not None else _opened(service, stored, 0)


@outbox.retry_conflicts
def end_session(service: str, agent_id: str, session_id: str, *, by: str) -> None:
    """Ends a session of this agent here at once, in the other services as soon as they learn it."""
    stored = _stored(service, agent_id)
    if not agent_sessions.end(service, agent_id, session_id):
        raise Refused(AGENT_ABSENT)
    message = events_pb2.AgentDeconnecte(agent_id=agent_id, session_id=session_id)
    outbox.update(stored, _ended_fact(service, message, by))


# Joiners, leavers, roles, second factor


def enrol(settings: Settings, login: str, nom: str, roles: frozenset[str], **given: Any) -> Credentials:
    """A new agent: what she signs in with is given once, and sealed for each other service.

    `given`: `prefectures`, `manager`, `request_id`, `formation` (the day of her training). Raises Refused.
    """
    manager, prefectures, formation = given["manager"], given["prefectures"], given.get("formation")
    agent_id = outbox.id_for(given["request_id"], "agent")
    may_manage(manager, agent_id, roles, prefectures).or_refuse()
    may_train(roles, formation, clock.today()).or_refuse()
    access = _new_access(agent_id, login)
    stored = AGENTS[settings.service](
        id=agent_id,
        parcours_id=agent_id,
        login=login,
        nom=nom,
        password_hash=agents.hash_password(access.password),
        totp=agents.seal_seed(settings, access.totp_seed),
        roles=sorted(roles),
        prefectures=sorted(prefectures),
        formation_date=formation if FORME in roles else None,
        changed_time=clock.now(),
    )
    try:
        outbox.insert(stored, _change_fact(settings, stored, access, manager.subject), request_id=given["request_id"])
    except outbox.Duplicate as error:
        raise Refused(AGENT_EXISTANT, champ="login") from error
    return access


def change(
    settings: Settings,
    agent_id: str,
    roles: frozenset[str],
    prefectures: frozenset[str],
    by: Manager,
    formation: date | None = None,
) -> Agent:
    """Other roles or préfectures, from her next request on; `formation`: the day of her training."""

    def apply(stored: AgentDocument) -> None:
        may_manage(by, agent_id, roles, prefectures).or_refuse()
        may_train(roles, formation, clock.today()).or_refuse()
        stored.roles, stored.prefectures = sorted(roles), sorted(prefectures)
        stored.formation_date = formation if FORME in roles else None

    return _changed(settings, agent_id, apply, by)


def revoke(settings: Settings, agent_id: str, by: Manager) -> Agent:
    """Ends her access: she is out of this service at once, and of the four others as soon as they learn it."""

    def apply(stored: AgentDocument) -> None:
        stored.revoked_time = stored.revoked_time or clock.now()

    return _changed(settings, agent_id, apply, by)


def give_back(settings: Settings, agent_id: str, by: Manager) -> Agent:
    """Gives her access back; her former sessions stay ended."""

    def apply(stored: AgentDocument) -> None:
        stored.revoked_time, stored.left_file = None, False
        stored.sessions_from = clock.now()

    return _changed(settings, agent_id, apply, by)


def renew(settings: Settings, agent_id: str, by: Manager) -> Credentials:
    """Another password and second factor, for who lost hers: what she had opens nothing any more."""
    access = _new_access(agent_id, _stored(settings.service, agent_id).login)

    def apply(stored: AgentDocument) -> None:
        stored.password_hash = agents.hash_password(access.password)
        stored.totp = agents.seal_seed(settings, access.totp_seed)
        stored.sessions_from = clock.now()

    _changed(settings, agent_id, apply, by, access)
    return access


@outbox.retry_conflicts
def choose_password(settings: Settings, agent_id: str, former: str, code: str, password: str) -> None:
    """Her own password, for the present one and a code, in the five services; every session of hers ends.

    Raises Refused(CONNEXION_REFUSEE).
    """
    stored = _stored(settings.service, agent_id)
    stored.last_step = agents.check(stored, settings, former, code)
    access = Credentials(agent_id, stored.login, password, agents.unseal_seed(settings, stored.totp))
    stored.password_hash = agents.hash_password(password)
    stored.sessions_from = stored.changed_time = clock.now()
    outbox.update(stored, _change_fact(settings, stored, access, f"agent:{agent_id}"))
    agent_sessions.end_all(settings.service, agent_id)


@outbox.retry_conflicts
def _changed(
    settings: Settings,
    agent_id: str,
    apply: Callable[[AgentDocument], None],
    by: Manager,
    access: Credentials | None = None,
) -> Agent:
    service = settings.service
    stored = _stored(service, agent_id)
    may_manage(by, agent_id, frozenset(stored.roles), frozenset(stored.prefectures)).or_refuse()
    apply(stored)
    stored.changed_time = clock.now()
    outbox.update(stored, _change_fact(settings, stored, access, by.subject))
    if stored.revoked_time is not None or access is not None:
        agent_sessions.end_all(service, agent_id)
    return agents.agent_of(mongo.raw(stored))


def _new_access(agent_id: str, login: str) -> Credentials:
    return Credentials(agent_id, login, secrets.token_urlsafe(16), pyotp.random_base32())


def _stored(service: str, agent_id: str) -> AgentDocument:
    found = mongo.find(AGENTS[service], id=agent_id)
    if found is None:
        raise Refused(AGENT_ABSENT)
    return found


# Facts


def _opened(service: str, stored: AgentDocument, step: int) -> tuple[Agent, str]:
    now, session_id = clock.now(), clock.new_id()
    message = events_pb2.AgentConnecte(
        agent_id=stored.id, session_id=session_id, pas=step, ouverture_time=now.astimezone(UTC).isoformat()
    )
    outbox.update(stored, Fact(f"{service}.agent.connecte", message, by=f"agent:{stored.id}"))
    agent_sessions.keep(service, stored.id, session_id, now, service)
    return agents.agent_of(mongo.raw(stored)), session_id


def _ended_fact(service: str, message: events_pb2.AgentDeconnecte, by: str) -> Fact:
    return Fact(f"{service}.agent.deconnecte", message, by=by)


def _change_fact(settings: Settings, stored: AgentDocument, access: Credentials | None, by: str) -> Fact:
    message = events_pb2.AgentModifie(
        agent_id=stored.id,
        actif=stored.revoked_time is None,
        roles=stored.roles,
        prefectures=stored.prefectures,
        modification_time=stored.changed_time.astimezone(UTC).isoformat(),
        formation_date=stored.formation_date.isoformat() if stored.formation_date else "",
    )
    if access is not None:
        secret = {
            "login": access.login,
            "nom": stored.nom,
            "password_hash": stored.password_hash,
            "totp_seed": access.totp_seed,
        }
        for other in SERVICES:
            if other != settings.service:
                message.acces_scelles[other] = sealed.seal(settings, other, json.dumps(secret))
    return Fact(f"{settings.service}.agent.modifie", message, by=by)


def handlers(service: str) -> Handlers:
    """What this service learns of agents from the four others."""

    def agent_connecte(event: events_pb2.AgentConnecte, meta: Meta) -> None:
        opened = datetime.fromisoformat(event.ouverture_time)
        agent_sessions.keep(service, event.agent_id, event.session_id, opened, meta.subject.partition(".")[0])
        served = {"$max": {"last_step": event.pas}, "$inc": {"version": 1}}
        known = mongo.collection_of(AGENTS[service])
        if known.update_one({"_id": event.agent_id}, served).matched_count == 0:
            # Her own fact is still under way: the code that served is counted all the same.
            unknown = {**_nobody(event.agent_id), "roles": [], "prefectures": [], "last_step": event.pas}
            agents.put(mongo.database(service), event.agent_id, unknown)

    def agent_deconnecte(event: events_pb2.AgentDeconnecte, meta: Meta) -> None:
        agent_sessions.end(service, event.agent_id, event.session_id)

    def agent_modifie(event: events_pb2.AgentModifie, meta: Meta) -> None:
        _learn(service, event)

    return {
        f"{other}.agent.{verb}": handled
        for other in SERVICES
        if other != service
        for verb, handled in (
            ("connecte", (events_pb2.AgentConnecte, agent_connecte)),
            ("deconnecte", (events_pb2.AgentDeconnecte, agent_deconnecte)),
            ("modifie", (events_pb2.AgentModifie, agent_modifie)),
        )
    }


def readers(service: str) -> Readers:
    """Who reads these facts in the log of this service: the four others."""
    others = frozenset(SERVICES) - {service}
    return {f"{service}.agent.{verb}": others for verb in ("connecte", "deconnecte", "modifie")}


def _learn(service: str, event: events_pb2.AgentModifie) -> None:
    """Takes over a change made elsewhere, unless a later one is known; one of who is unknown here waits for her."""
    database, changed = mongo.database(service), datetime.fromisoformat(event.modification_time)
    values: dict[str, Any] = {
        "roles": list(event.roles),
        "prefectures": list(event.prefectures),
        "formation_date": event.formation_date or None,
        "changed_time": changed,
    }
    access = event.acces_scelles.get(service, "")
    if access:
        values["sealed_access"] = access
    known = database["agents"].find_one({"_id": event.agent_id}, {"changed_time": 1, "revoked_time": 1})
    if known and known.get("changed_time") and known["changed_time"] >= changed:
        return
    was_out = bool(known and known.get("revoked_time"))
    if not event.actif:
        values["revoked_time"] = known["revoked_time"] if known and was_out else changed
    elif was_out:
        values |= {"revoked_time": None, "left_file": False}
    if access or (event.actif and was_out):
        values["sessions_from"] = changed
    if not known:
        values |= _nobody(event.agent_id)
    agents.put(database, event.agent_id, values)
    if not event.actif or access:
        agent_sessions.end_all(service, event.agent_id)


def _nobody(agent_id: str) -> dict[str, Any]:
    """What is written of an agent whose access is not here yet: nothing that lets anybody in."""
    return {"login": agent_id, "nom": "", "password_hash": "", "totp": b"", "file_mark": ""}


def _unseal_pending(settings: Settings) -> None:
    """Opens what other services sealed for this one since the last sign-in."""
    database = mongo.database(settings.service)
    for waiting in database["agents"].find({"sealed_access": {"$gt": ""}}, {"sealed_access": 1}).limit(LISTED):
        access = json.loads(sealed.unseal(settings, waiting["sealed_access"]))
        values = {
            "login": access["login"],
            "nom": access["nom"],
            "password_hash": access["password_hash"],
            "totp": agents.seal_seed(settings, access["totp_seed"]),
            "sealed_access": "",
        }
        agents.put(database, waiting["_id"], values)
