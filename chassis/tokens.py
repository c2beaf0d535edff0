"""ES256 tokens with one fixed algorithm, one audience and one type each; keys are read from the mounted folder."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from chassis import clock, keys
from chassis.settings import Settings
from droit.decision import Genre, Motif, Refused

SERVICE, ON_BEHALF, AGENT = "sejour-service+jwt", "sejour-on-behalf+jwt", "sejour-agent+jwt"
AGENT_ACTIVE = "sejour-agent-active+jwt"
DEVICE = "sejour-device+jwt"
LIFETIMES = {
    SERVICE: timedelta(minutes=5),
    ON_BEHALF: timedelta(days=7),  # a stored command may wait for a callee that is down
    AGENT: timedelta(hours=9),
    AGENT_ACTIVE: timedelta(hours=9),
    DEVICE: timedelta(days=400),  # the longest that a browser keeps a cookie; a setting says how long it counts
}
# How far the clocks of two machines may be apart: a token made later than that from now is forged.
SKEW_SECONDS = 60
ALL = "sejour"
ALGORITHM = keys.ALGORITHMS[keys.SIGN]

JETON_REFUSE = Motif(
    "JETON_REFUSE",
    "regle-du-service",
    "Votre connexion n’est plus valable.",
    "Connectez-vous de nouveau. Ce que vous avez enregistré est conservé.",
    Genre.NON_AUTHENTIFIE,
)


APPEL_INTERDIT = Motif(
    "APPEL_INTERDIT",
    "regle-du-service",
    "Ce service n’a pas le droit de demander cela.",
    "Aucun autre essai n’aboutira.",
    Genre.INTERDIT,
)


def sign(settings: Settings, typ: str, audience: str, subject: str, **claims: Any) -> str:
    """A token of type `typ` for `audience`, signed by this service, with a lifetime fixed by its type."""
    instant = clock.now()
    body = {
        "iss": settings.service,
        "aud": audience,
        "sub": subject,
        "iat": int(instant.timestamp()),
        "exp": int((instant + LIFETIMES[typ]).timestamp()),
        "jti": clock.new_id(),
        **claims,
    }
    kid, key = keys.signing(settings)
    return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": kid}, body, key)


def verify(settings: Settings, typ: str, audience: str, token: str) -> dict[str, Any]:
    """The claims of a token that is of this type, for this audience, in time and signed by one of us.

    Raises Refused(JETON_REFUSE) for anything else; the reason is not told to the bearer.
    """
    try:
        decoded = jwt.decode(token, keys.verifying(settings), algorithms=[ALGORITHM])
        claims: dict[str, Any] = decoded.claims
        header = decoded.header
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused(JETON_REFUSE) from error
    now = clock.now().timestamp()
    made, ends = claims.get("iat"), claims.get("exp")
    in_time = isinstance(made, int) and isinstance(ends, int) and made - SKEW_SECONDS <= now < ends
    if (
        header.get("typ") != typ
        or claims.get("aud") != audience
        or not in_time
        or str(header.get("kid")).partition(".")[0] != claims.get("iss")
    ):
        raise Refused(JETON_REFUSE)
    return claims


def calling_service(settings: Settings, token: str, callers: frozenset[str] | None = None) -> str:
    """The service that shows this token here, signed by itself: the key of one never speaks for another.

    `callers`: those that may; None lets in any of us. Raises Refused for anyone else.
    """
    claims = verify(settings, SERVICE, settings.service, token)
    service = str(claims["sub"])
    if claims["iss"] != service or (callers is not None and service not in callers):
        raise Refused(APPEL_INTERDIT)
    return service


def sign_agent(settings: Settings, agent_id: str, session_id: str = "") -> str:
    """An agent's session: any service verifies it; roles, scope and revocation are looked up by each."""
    return sign(settings, AGENT, ALL, agent_id, sid=session_id or clock.new_id())


def verify_agent(settings: Settings, token: str) -> dict[str, Any]:
    """The claims of an agent's session; `sub` is the agent, `sid` her session, `iat` when she signed in."""
    return verify(settings, AGENT, ALL, token)


def sign_active(settings: Settings, session_id: str) -> str:
    """That this session was in use now: whichever service an agent works in keeps her signed in at all of them."""
    return sign(settings, AGENT_ACTIVE, ALL, session_id)


def last_active(settings: Settings, claims: dict[str, Any], token: str) -> float:
    """When the session of these claims was last in use, in seconds since 1970; when it was opened, without a proof."""
    opened = float(claims["iat"])
    try:
        active = verify(settings, AGENT_ACTIVE, ALL, token) if token else {}
    except Refused:
        return opened
    return max(opened, float(active["iat"])) if active.get("sub") == claims.get("sid") else opened


class ServiceToken:
    """The token this service shows to `audience`, renewed a minute before it ends."""

    def __init__(self, settings: Settings, audience: str) -> None:
        self._settings, self._audience = settings, audience
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def value(self) -> str:
        """The current token."""
        with self._lock:
            if clock.monotonic() > self._until:
                self._token = sign(self._settings, SERVICE, self._audience, self._settings.service)
                self._until = clock.monotonic() + (LIFETIMES[SERVICE] - timedelta(minutes=1)).total_seconds()
            return self._token
