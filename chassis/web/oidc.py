"""OpenID Connect, code flow: what agents' and usagers' sign-in have in common. State, nonce and PKCE are Authlib's.

Whatever the provider announces, tokens are signed by an algorithm that the caller accepts, or refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

# What an unreachable, broken or dishonest provider raises.
FAULTS = (OAuthError, JoseError, RequestException, ValueError, KeyError)
TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class Provider:
    """An identity provider, and who we are for it. `algorithms` are the signatures that we accept."""

    issuer: str
    client_id: str
    client_secret: str
    scope: str
    algorithms: Sequence[str]
    auth_method: str = "client_secret_basic"


def client_of(app: Flask, name: str, provider: Provider) -> Any:
    """Authlib's client of this provider; its metadata are read at the first use."""
    oauth = app.extensions.get("sejour_oauth") or app.extensions.setdefault("sejour_oauth", OAuth(app))
    return oauth.register(
        name,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method=provider.auth_method,
        client_kwargs={
            "scope": provider.scope,
            "code_challenge_method": "S256",
            "timeout": TIMEOUT_SECONDS,
            # FranceConnect's access tokens live 60 s, which is Authlib's own margin: it would call them expired.
            "leeway": 0,
        },
    )


def token_of(client: Any, provider: Provider) -> dict[str, Any]:
    """The token for the code of this request; `userinfo` in it are the checked claims. Raises one of FAULTS."""
    client.load_server_metadata()["id_token_signing_alg_values_supported"] = list(provider.algorithms)
    token: dict[str, Any] = client.authorize_access_token(
        claims_options={"iss": {"essential": True, "value": provider.issuer}}
    )
    return token


def userinfo_of(client: Any, provider: Provider, token: dict[str, Any]) -> dict[str, Any]:
    """The provider's answer about the person, which may be signed. Raises ValueError when it is about somebody else."""
    answer = client.get(client.load_server_metadata()["userinfo_endpoint"], token=token)
    answer.raise_for_status()
    if "jwt" in answer.headers.get("Content-Type", ""):
        keys = KeySet.import_key_set(client.fetch_jwk_set())
        claims: dict[str, Any] = jwt.decode(answer.text, keys, algorithms=list(provider.algorithms)).claims
        audience = claims.get("aud")
        if claims.get("iss") != provider.issuer or provider.client_id not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise ValueError("userinfo of another issuer or for another client")
    else:
        claims = answer.json()
    if claims.get("sub") != str((token.get("userinfo") or {}).get("sub", "")):
        raise ValueError("userinfo of another subject")
    return claims
