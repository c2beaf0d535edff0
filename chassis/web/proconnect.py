"""Agents may sign in through the State's identity provider (OpenID Connect, code flow): shown only where one is set.

The provider says who; this service's directory says whether that person is an agent here and what she may do. Identity
tokens are signed by ES256 or RS256, nothing else; state, nonce and PKCE are checked by Authlib.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, make_response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from chassis import directory
from chassis.web import limits, observe, oidc
from chassis.web.identity import sign_agent_in
from chassis.web.oidc import Provider
from chassis.web.options import WebOptions
from chassis.web.signon import next_page
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
    provider = Provider(
        options.oidc_issuer, options.oidc_client_id, options.oidc_client_secret, "openid email", ALGORITHMS
    )
    client = oidc.client_of(app, NAME, provider)
    pages = Blueprint(NAME, __name__, url_prefix=f"/{app.config['SETTINGS'].service}/agents/proconnect")

    @pages.get("/partir")
    def partir() -> AnyResponse:
        session["suite_agent"] = next_page(request.args.get("suite", ""))
        settings = current_app.config["SETTINGS"]
        back = f"{settings.public_url}{url_for('proconnect.retour')}"
        try:
            found: AnyResponse = client.authorize_redirect(back)
        except oidc.FAULTS as error:
            raise Refused(FOURNISSEUR_INDISPONIBLE) from error
        return found

    @pages.get("/retour")
    def retour() -> AnyResponse:
        settings = current_app.config["SETTINGS"]
        login = _email(client, provider)
        limits.count_sign_in(login)
        found = directory.vouched(settings.service, login)
        if found is None:
            observe.note_sign_in("refused", by=NAME)
            raise Refused(AGENT_INCONNU)
        response = make_response(redirect(session.pop("suite_agent", next_page("")), 303))
        sign_agent_in(found[0].id, found[1], response)
        return response

    app.register_blueprint(pages)


def _email(client: Any, provider: Provider) -> str:
    """The professional address that the provider vouches for: the login of the directory."""
    try:
        token = oidc.token_of(client, provider)
        identity = token.get("userinfo") or {}
        email = str(identity.get("email") or oidc.userinfo_of(client, provider, token).get("email") or "")
    except oidc.FAULTS as error:
        raise Refused(FOURNISSEUR_INDISPONIBLE) from error
    if not email:
        raise Refused(AGENT_INCONNU)
    return email.strip().casefold()
