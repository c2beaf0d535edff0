"""Who calls: an API token, a session of this service, or the agents' shared sign-on; resolved once per request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, current_app, g, request, url_for

from chassis import agent_sessions, agents, clock, directory, mongo, tokens
from chassis.agents import Agent
from chassis.settings import Settings
from chassis.web import bearers, cookies, observe, refusals, sessions
from chassis.web.sessions import Session
from chassis.web.views import Admits, mark
from chassis.web.who import AGENT, NOBODY, Who
from droit.decision import Refused

WhoOfSession = Callable[[Session], Who | None]

AGENT_COOKIE, ACTIVE_COOKIE = "sejour_agent", "sejour_agent_actif"
# Activity is noted at most once a minute: a page full of fragments need not sign at each of them.
NOTE_SECONDS = 60
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


def register(app: Flask) -> None:
    """Notes, for all services, that an agent is at work: her session ends after a time without a request."""
    app.after_request(_note_activity)


def register_gate(app: Flask) -> None:
    """Turns away from the API, before anything reads her body, who may not call: what she sends is not looked at."""
    app.before_request(_turn_away)


def sign_agent_in(agent_id: str, session_id: str, response: Response) -> None:
    """Gives the agent's browser the signed token that every service verifies."""
    settings: Settings = current_app.config["SETTINGS"]
    observe.note_sign_in("passed", kind=AGENT, opens="session")
    cookies.give(response, AGENT_COOKIE, tokens.sign_agent(settings, agent_id, session_id))
    cookies.give(response, ACTIVE_COOKIE, tokens.sign_active(settings, session_id))


def sign_agent_out(response: Response) -> None:
    """Ends the session of this browser, in every service, and takes its cookies back."""
    claims = _agent_claims()
    if claims is not None:
        by = f"agent:{claims['sub']}"
        directory.end_session(current_app.config["SETTINGS"].service, claims["sub"], claims["sid"], by=by)
    cookies.take_back(response, AGENT_COOKIE, ACTIVE_COOKIE)


def agent_session_id() -> str:
    """The name of the agent's session that this browser shows, empty without one."""
    claims = _agent_claims()
    return str(claims["sid"]) if claims else ""


def _note_activity(response: Response) -> Response:
    """Tells the browser to say at its next request that she was here; never after a sign-out in this one."""
    session_id = g.get("active_agent_session", "")
    if session_id and not any(name == "Set-Cookie" and "sejour_agent" in value for name, value in response.headers):
        cookies.give(response, ACTIVE_COOKIE, tokens.sign_active(current_app.config["SETTINGS"], session_id))
    return response


def require(*kinds: str, roles: tuple[str, ...] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Lets in only these kinds (any signed-in one when none is named) and, for agents, any of `roles`.

    Written under the route, so that one reads who may beside what it does. Raises NON_AUTHENTIFIE when nobody is signed
    in, INTERDIT when the roles do not fit.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.who = _admitted(kinds, roles)
            return view(*args, **kwargs)

        mark(guarded).admits = Admits(kinds, roles)
        return guarded

    return decorate


def _turn_away() -> None:
    admits: Admits | None = getattr(current_app.view_functions.get(request.endpoint or ""), "admits", None)
    # A page reads the form first: what was typed comes back after a new sign-in.
    if admits is not None and is_api():
        _admitted(admits.kinds, admits.roles)


def sign_in_link(kinds: tuple[str, ...], page: str) -> str:
    """Where one of these kinds of people signs in (anybody when none is named), and comes back to `page`."""
    doors: Mapping[str, str] = current_app.config["SIGN_IN"]
    endpoint = next((doors[kind] for kind in kinds or doors if kind in doors), "agents.connexion")
    return url_for(endpoint, suite=page)


def _admitted(kinds: tuple[str, ...], roles: tuple[str, ...]) -> Who:
    present = identities()
    fitting = [who for who in present if not kinds or who.kind in kinds]
    if not fitting:
        g.wanted_kinds = kinds
        raise Refused(refusals.INTERDIT if present else refusals.NON_AUTHENTIFIE)
    allowed = [who for who in fitting if not roles or who.kind != AGENT or who.has(*roles)]
    if not allowed:
        raise Refused(refusals.INTERDIT)
    return allowed[0]


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
        # What ends a session, here or elsewhere, takes away the tokens that it made.
        agent = agents.agent_of(session.account) if session.account is not None else None
        return agent_who(agent if agent and agent.revoked_time is None else None)
    return _who_of_session()(session)


def _of_session() -> Who | None:
    if is_api():
        return None
    session = sessions.current_session()
    return _who_of_session()(session) if session else None


def _of_agent() -> Who | None:
    claims = None if is_api() else _agent_claims()
    if claims is None:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    agent = agents.of_session(mongo.database(settings.service), claims)
    if agent is not None and clock.now().timestamp() - _last_active(claims) > NOTE_SECONDS:
        g.active_agent_session = claims["sid"]
    return agent_who(agent)


def _agent_claims() -> dict[str, Any] | None:
    """What the cookie of an agent says, unless that session ended: signed out, idle too long, or over."""
    token = cookies.read(AGENT_COOKIE)
    return live_claims(token, _last_active) if token else None


def live_claims(token: str, last_active: Callable[[dict[str, Any]], float]) -> dict[str, Any] | None:
    """The claims of an agent's session that lives: signed by one of us, not ended anywhere, not idle too long."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        claims = tokens.verify_agent(settings, token)
    except Refused:
        return None
    idle = clock.now().timestamp() - last_active(claims)
    if idle > current_app.config["OPTIONS"].agent_idle_minutes * 60 or "sid" not in claims:
        return None
    return None if agent_sessions.is_ended(settings.service, claims["sid"]) else claims


def _last_active(claims: dict[str, Any]) -> float:
    settings: Settings = current_app.config["SETTINGS"]
    return tokens.last_active(settings, claims, cookies.read(ACTIVE_COOKIE))


def agent_who(agent: Agent | None) -> Who | None:
    """The agent as this service's own directory knows it now: a revocation takes effect at once."""
    if agent is None:
        return None
    return Who(kind=AGENT, id=agent.id, nom=agent.nom, roles=agent.roles, prefectures=agent.prefectures)


def _who_of_session() -> WhoOfSession:
    found: WhoOfSession = current_app.config["WHO_OF_SESSION"]
    return found
