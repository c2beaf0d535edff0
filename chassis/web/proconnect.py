"""Agents may sign in through the State's identity provider (OpenID Connect, code flow): shown only where one is set.

The provider says who; this service's directory says whether that person is an agent here and what she may do. Identity
tokens are signed by ES256 or RS256, nothing else; state, nonce and PKCE are checked by Authlib.
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, make_response, redirect, request, session, url_for
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from werkzeug.wrappers import Response as AnyResponse

from chassis import agents, mongo
from chassis.web import limits
from chassis.web.identity import sign_agent_in
from chassis.web.options import WebOptions
from chassis.web.signon import local_path
from droit.decision import Genre, Motif, Refused

ALGORITHMS = ["ES256", "RS256"]
NAME = "proconnect"

FOURNISSEUR_INDISPONIBLE = Motif(
    "FOURNISSEUR_INDISPONIBLE",
    "regle-du-service",
    "La connexion par ProConnect n'a pas abouti.",
    "Recommencez, ou connectez-vous avec votre identifiant, votre mot de passe et votre code.",
    Genre.INDISPONIBLE,
)
AGENT_INCONNU = Motif(
    "AGENT_INCONNU",
    "regle-du-service",
    "Vous êtes bien identifié, mais ce service ne vous connaît pas comme agent.",
    "Demandez à votre responsable de vous inscrire à l'annuaire des agents.",
    Genre.INTERDIT,
)


def register(app: Flask, options: WebOptions) -> None:
    """The two routes of the code flow, at `/<service>/agents/proconnect`."""
    oauth = OAuth(app)
    oauth.register(
        NAME,
        server_metadata_url=f"{options.oidc_issuer}/.well-known/openid-configuration",
        client_id=options.oidc_client_id,
        client_secret=options.oidc_client_secret,
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": 5},
    )
    pages = Blueprint(NAME, __name__, url_prefix=f"/{app.config['SETTINGS'].service}/agents/proconnect")

    @pages.get("/partir")
    def partir() -> AnyResponse:
        session["suite_agent"] = local_path(request.args.get("suite", ""))
        settings = current_app.config["SETTINGS"]
        back = f"{settings.public_url}{url_for('proconnect.retour')}"
        try:
            found: AnyResponse = oauth.proconnect.authorize_redirect(back)
        except (OAuthError, RequestException) as error:
            raise Refused(FOURNISSEUR_INDISPONIBLE) from error
        return found

    @pages.get("/retour")
    def retour() -> AnyResponse:
        settings = current_app.config["SETTINGS"]
        login = _email(oauth.proconnect, options)
        limits.count_sign_in(login)
        db = mongo.database(settings.service)
        known = db["agents"].find_one({"login": login}, {"_id": 1})
        agent = agents.find(db, known["_id"]) if known else None
        if agent is None or agent.revoked_time is not None:
            raise Refused(AGENT_INCONNU)
        response = make_response(redirect(session.pop("suite_agent", local_path("")), 303))
        sign_agent_in(agent.id, response)
        return response

    app.register_blueprint(pages)


def _email(client: Any, options: WebOptions) -> str:
    """The professional address that the provider vouches for: the login of the directory."""
    try:
        # What the provider announces never widens what we accept.
        client.load_server_metadata()["id_token_signing_alg_values_supported"] = ALGORITHMS
        token = client.authorize_access_token(claims_options={"iss": {"essential": True, "value": options.oidc_issuer}})
        identity = token.get("userinfo") or {}
        email = str(identity.get("email") or _userinfo(client, token, str(identity.get("sub", ""))).get("email") or "")
    except (OAuthError, JoseError, RequestException, ValueError, KeyError) as error:
        raise Refused(FOURNISSEUR_INDISPONIBLE) from error
    if not email:
        raise Refused(AGENT_INCONNU)
    return email.strip().casefold()


def _userinfo(client: Any, token: dict[str, Any], subject: str) -> dict[str, Any]:
    """What the provider tells beside the identity token; it may be signed. Raises ValueError for another person's."""
    answer = client.get(client.load_server_metadata()["userinfo_endpoint"], token=token)
    answer.raise_for_status()
    if "jwt" in answer.headers.get("Content-Type", ""):
        keys = KeySet.import_key_set(client.fetch_jwk_set())
        claims: dict[str, Any] = jwt.decode(answer.text, keys, algorithms=ALGORITHMS).claims
    else:
        claims = answer.json()
    if claims.get("sub") != subject:
        raise ValueError("userinfo of another subject")
    return claims
