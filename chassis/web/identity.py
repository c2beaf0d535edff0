"""Who calls: an API token, a session of this service, or the agents' shared sign-on; resolved once per request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, current_app, g, request, url_for

from chassis import agents, mongo, tokens
from chassis.agents import Agent
from chassis.settings import Settings
from chassis.web import bearers, refusals, sessions
from chassis.web.sessions import Session
from chassis.web.views import Admits, mark
from chassis.web.who import AGENT, NOBODY, Who
from droit.decision import Refused

WhoOfSession = Callable[[Session], Who | None]

AGENT_COOKIE = "sejour_agent"
P = ParamSpec("P")
R = TypeVar("R")


def current_who() -> Who:
    """Who acts in this request; nobody when nothing valid was shown."""
    if "who" not in g:
        found = identities()
        g.who = found[0] if found else NOBODY
    who: Who = g.who
    return who


def identities() -> list[Who]:
    """Everyone this request may speak for: one by token on the API; on pages a session, then an agent's sign-on."""
    if "identities" not in g:
        g.identities = [who for who in (_of_bearer(), _of_session(), _of_agent()) if who is not None]
    found: list[Who] = g.identities
    return found


def sign_agent_in(agent_id: str, response: Response) -> None:
    """Gives the agent's browser the signed token that every service verifies."""
    settings: Settings = current_app.config["SETTINGS"]
    response.set_cookie(
        AGENT_COOKIE,
        tokens.sign_agent(settings, agent_id),
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
    )


def sign_agent_out(response: Response) -> None:
    """Takes the agents' cookie back; ending an agent everywhere is a revocation in the directory."""
    response.delete_cookie(AGENT_COOKIE, path="/", httponly=True, samesite="Lax")


def require(*kinds: str, roles: tuple[str, ...] = (), scope: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Lets in only these kinds (any signed-in one when none is named) and, for agents, any of `roles`.

    Written under the route, so that one reads who may beside what it does. Raises NON_AUTHENTIFIE when nobody is signed
    in, INTERDIT when the roles do not fit, JETON_SANS_PORTEE when an API token has no such scope.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.who = _admitted(kinds, roles, scope)
            return view(*args, **kwargs)

        mark(guarded).admits = Admits(kinds, roles)
        return guarded

    return decorate


def sign_in_link(kinds: tuple[str, ...], page: str) -> str:
    """Where one of these kinds of people signs in (anybody when none is named), and comes back to `page`."""
    doors: Mapping[str, str] = current_app.config["SIGN_IN"]
    endpoint = next((doors[kind] for kind in kinds or doors if kind in doors), "agents.connexion")
    return url_for(endpoint, suite=page)


def _admitted(kinds: tuple[str, ...], roles: tuple[str, ...], scope: str) -> Who:
    present = identities()
    fitting = [who for who in present if not kinds or who.kind in kinds]
    if not fitting:
        g.wanted_kinds = kinds
        raise Refused(refusals.INTERDIT if present else refusals.NON_AUTHENTIFIE)
    allowed = [who for who in fitting if not roles or who.kind != AGENT or who.has(*roles)]
    if not allowed:
        raise Refused(refusals.INTERDIT)
    who = allowed[0]
    if scope and who.scopes is not None and scope not in who.scopes:
        raise Refused(refusals.JETON_SANS_PORTEE)
    return who


def is_api() -> bool:
    """Whether this request is one of the JSON API, where cookies count for nothing."""
    return request.path.startswith(current_app.config["API_PREFIX"])


def _of_bearer() -> Who | None:
    if not is_api():
        return None
    session = bearers.of_request(request)
    if session is None:
        return None
    if session.kind == AGENT:
        agent = agents.find(mongo.database(current_app.config["SETTINGS"].service), session.subject)
        who = agent_who(agent if agent and agent.revoked_time is None else None)
    else:
        who = _who_of_session()(session)
    return bearers.limited(who, session) if who else None


def _of_session() -> Who | None:
    if is_api():
        return None
    session = sessions.current_session()
    return _who_of_session()(session) if session else None


def _of_agent() -> Who | None:
    token = request.cookies.get(AGENT_COOKIE, "")
    if is_api() or not token:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    try:
        claims = tokens.verify_agent(settings, token)
    except Refused:
        return None
    return agent_who(agents.of_session(mongo.database(settings.service), claims))


def agent_who(agent: Agent | None) -> Who | None:
    """The agent as this service's own directory knows it now: a revocation takes effect at once."""
    if agent is None:
        return None
    return Who(kind=AGENT, id=agent.id, nom=agent.nom, roles=agent.roles, prefectures=agent.prefectures)


def _who_of_session() -> WhoOfSession:
    found: WhoOfSession = current_app.config["WHO_OF_SESSION"]
    return found
