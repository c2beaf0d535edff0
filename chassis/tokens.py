"""ES256 tokens with one fixed algorithm, one audience and one type each; keys are read from the mounted folder."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from chassis import clock
from chassis.settings import Settings
from droit.decision import Genre, Motif, Refused

SERVICE, ON_BEHALF, AGENT, PASSAGE = (
    "sejour-service+jwt",
    "sejour-on-behalf+jwt",
    "sejour-agent+jwt",
    "sejour-passage+jwt",
)
LIFETIMES = {
    SERVICE: timedelta(minutes=5),
    ON_BEHALF: timedelta(days=7),  # a stored command may wait for a callee that is down
    AGENT: timedelta(hours=9),
    PASSAGE: timedelta(minutes=2),
}
ALL = "sejour"
ALGORITHM = "ES256"

JETON_REFUSE = Motif(
    "JETON_REFUSE",
    "regle-du-service",
    "Votre connexion n’est plus valable.",
    "Connectez-vous de nouveau. Ce que vous avez enregistré est conservé.",
    Genre.NON_AUTHENTIFIE,
)


def create_keys(folder: Path, services: tuple[str, ...]) -> None:
    """Makes a development key per service and the public set, once; production mounts its own."""
    folder.mkdir(parents=True, exist_ok=True)
    public = []
    for service in services:
        path = folder / f"{service}.pem"
        if not path.exists():
            path.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
            path.chmod(0o600)
        key = ECKey.import_key(path.read_bytes())
        public.append(key.as_dict(private=False) | {"kid": service, "alg": ALGORITHM, "use": "sig"})
    (folder / "public.jwks.json").write_text(json.dumps({"keys": public}, indent=1))


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
    return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": settings.service}, body, _private(settings))


def verify(settings: Settings, typ: str, audience: str, token: str) -> dict[str, Any]:
    """The claims of a token that is of this type, for this audience, in time and signed by one of us.

    Raises Refused(JETON_REFUSE) for anything else; the reason is not told to the bearer.
    """
    try:
        decoded = jwt.decode(token, _public(settings), algorithms=[ALGORITHM])
        claims: dict[str, Any] = decoded.claims
        header = decoded.header
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused(JETON_REFUSE) from error
    in_time = isinstance(claims.get("exp"), int) and claims["exp"] > clock.now().timestamp()
    if (
        header.get("typ") != typ
        or claims.get("aud") != audience
        or not in_time
        or header.get("kid") != claims.get("iss")
    ):
        raise Refused(JETON_REFUSE)
    return claims


def sign_agent(settings: Settings, agent_id: str) -> str:
    """An agent's session: any service verifies it; roles, scope and revocation are looked up by each."""
    return sign(settings, AGENT, ALL, agent_id)


def verify_agent(settings: Settings, token: str) -> dict[str, Any]:
    """The claims of an agent's session; `sub` is the agent, `iat` is compared with the revocation date."""
    return verify(settings, AGENT, ALL, token)


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


def _private(settings: Settings) -> ECKey:
    return _read_private(settings.cles_dir / f"{settings.service}.pem")


@lru_cache(maxsize=8)
def _read_private(path: Path) -> ECKey:
    return ECKey.import_key(path.read_bytes())


def _public(settings: Settings) -> KeySet:
    path = settings.cles_dir / "public.jwks.json"
    # Rotated keys arrive as a new file: the modification time is part of what is cached.
    return _read_public(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read_public(path: Path, _modified: int) -> KeySet:
    return KeySet.import_key_set(json.loads(path.read_text()))
