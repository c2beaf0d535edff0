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

SERVICE, ON_BEHALF, AGENT = "sejour-service+jwt", "sejour-on-behalf+jwt", "sejour-agent+jwt"
LIFETIMES = {
    SERVICE: timedelta(minutes=5),
    ON_BEHALF: timedelta(days=7),  # a stored command may wait for a callee that is down
    AGENT: timedelta(hours=9),
}
# How far the clocks of two machines may be apart: a token made later than that from now is forged.
SKEW_SECONDS = 60
ALL = "sejour"
PUBLIC = "public.jwks.json"
ALGORITHM = "ES256"

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
    (folder / PUBLIC).write_text(json.dumps({"keys": public}, indent=1))


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
    kid, key = _signing_key(settings)
    return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": kid}, body, key)


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


def _signing_key(settings: Settings) -> tuple[str, ECKey]:
    """The key of this service, and the name that the public set gives it: `deposit`, or `deposit.2` after a rotation.

    A service has several public keys while its key is changed: the new one is published first, then signs.
    """
    private, public = settings.cles_dir / f"{settings.service}.pem", settings.cles_dir / PUBLIC
    return _read_signing_key(*_now(private), *_now(public))


def _public(settings: Settings) -> KeySet:
    return _read_public(*_now(settings.cles_dir / PUBLIC))


def _now(path: Path) -> tuple[Path, int]:
    """Rotated keys arrive as a new file: the modification time is part of what is cached."""
    return path, path.stat().st_mtime_ns


@lru_cache(maxsize=8)
def _read_signing_key(private: Path, _modified: int, public: Path, published: int) -> tuple[str, ECKey]:
    key = ECKey.import_key(private.read_bytes())
    same = (each for each in _read_public(public, published).keys if each.thumbprint() == key.thumbprint())
    return next((str(each.kid) for each in same), private.stem), key


@lru_cache(maxsize=8)
def _read_public(path: Path, _modified: int) -> KeySet:
    return KeySet.import_key_set(json.loads(path.read_text()))
