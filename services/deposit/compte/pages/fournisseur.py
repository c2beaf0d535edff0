"""FranceConnect, behind a class of ours: who the State's identity provider says that a person is (OpenID, ES256).

Offered only where it is set, entirely: `USAGERS_OIDC_ISSUER`, `_CLIENT_ID`, `_CLIENT_SECRET`; by https in production.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import Flask, current_app
from werkzeug.wrappers import Response

from chassis.settings import PRODUCTION, BadSettings, Settings
from chassis.tokens import ALGORITHM
from personne.naissance import read_birth

CLIENT = "franceconnect"
EXTENSION = "sejour_franceconnect"
# The pivot identity and the way to write; nothing else is asked for.
SCOPE = "openid given_name family_name preferred_username birthdate email"
# Levels of assurance of the European regulation, by what an assertion of each is good for.
NIVEAUX = ("eidas1", "eidas2", "eidas3")
FORTS = frozenset({"eidas2", "eidas3"})


@dataclass(frozen=True)
class Reglage:
    """What the operator says of the provider; `nom` is written on the button."""

    issuer: str
    client_id: str
    client_secret: str
    niveau: str = NIVEAUX[0]
    nom: str = "FranceConnect"

    @classmethod
    def from_env(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> Reglage | None:
        """None when nothing is set. Raises BadSettings when only a part is, or when a production trusts plain http."""
        source = os.environ if environ is None else environ
        names = ("USAGERS_OIDC_ISSUER", "USAGERS_OIDC_CLIENT_ID", "USAGERS_OIDC_CLIENT_SECRET")
        values = [source.get(name, "").strip() for name in names]
        if not any(values):
            return None
        faults = [f"{name} is missing" for name, value in zip(names, values, strict=True) if not value]
        if settings.env == PRODUCTION and not values[0].startswith("https://"):
            faults.append("USAGERS_OIDC_ISSUER must be https in production")
        niveau = source.get("USAGERS_OIDC_ACR", "") or NIVEAUX[0]
        if niveau not in NIVEAUX:
            faults.append(f"USAGERS_OIDC_ACR must be one of {', '.join(NIVEAUX)}")
        if faults:
            raise BadSettings("; ".join(faults))
        return cls(values[0].rstrip("/"), values[1], values[2], niveau, source.get("USAGERS_OIDC_NOM", "") or cls.nom)


@dataclass(frozen=True)
class Pivot:
    """Who somebody is, as the provider vouches for it. `naissance` None: not even the year of birth is known.

    `sub` is the issuer and the subject, joined by a space: what an account is linked by.
    """

    sub: str
    noms: tuple[str, ...]
    prenoms: str
    naissance: date | None
    courriel: str
    niveau: str
    id_token: str

    @property
    def fort(self) -> bool:
        """Whether it is a proof that a mailbox alone could not give."""
        return self.niveau in FORTS


class FranceConnect:
    """The provider, as the pages use it. What it raises is one of `chassis.web.oidc.FAULTS`."""

    def __init__(self, app: Flask, reglage: Reglage) -> None:
        # Authlib costs 0.3 s of import: only where a provider is set.
        from chassis.web import oidc

        self.reglage, self._oidc = reglage, oidc
        self._provider = oidc.Provider(
            reglage.issuer, reglage.client_id, reglage.client_secret, SCOPE, (ALGORITHM,), "client_secret_post"
        )
        self._client = oidc.client_of(app, CLIENT, self._provider)

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """What an unreachable, broken or dishonest provider raises."""
        return self._oidc.FAULTS

    def leave_for(self, back: str) -> Response:
        """The redirection to the provider; it comes back to `back`."""
        answer: Response = self._client.authorize_redirect(back, acr_values=self.reglage.niveau)
        return answer

    def returned(self) -> Pivot:
        """Who came back with this request: signed twice, by the identity token and by the userinfo."""
        token = self._oidc.token_of(self._client, self._provider)
        claims = token.get("userinfo") or {}
        acr = str(claims.get("acr", ""))
        if acr not in NIVEAUX or NIVEAUX.index(acr) < NIVEAUX.index(self.reglage.niveau):
            raise ValueError("assurance too low")
        userinfo = self._oidc.userinfo_of(self._client, self._provider, token)
        names = tuple(str(userinfo[name]) for name in ("family_name", "preferred_username") if userinfo.get(name))
        return Pivot(
            sub=f"{self.reglage.issuer} {claims['sub']}",
            noms=names,
            prenoms=str(userinfo.get("given_name", "")),
            naissance=read_birth(str(userinfo.get("birthdate", ""))),
            courriel=str(userinfo.get("email", "")),
            niveau=acr,
            id_token=str(token["id_token"]),
        )

    def exit_url(self, id_token: str, back: str) -> str:
        """Where the browser ends its session at the provider too; empty when that is not known now."""
        try:
            end = self._client.load_server_metadata().get("end_session_endpoint", "")
        except self.faults:
            return ""
        asked = {"id_token_hint": id_token, "state": secrets.token_urlsafe(16), "post_logout_redirect_uri": back}
        return f"{end}?{urlencode(asked)}" if end else ""


def register(app: Flask, reglage: Reglage | None) -> None:
    """Makes the provider known to the pages, where one is set."""
    if reglage is not None:
        app.extensions[EXTENSION] = FranceConnect(app, reglage)


def current() -> FranceConnect | None:
    """The provider of this deployment, or None."""
    found: FranceConnect | None = current_app.extensions.get(EXTENSION)
    return found


def nom() -> str:
    """What is written on the button; empty when there is none."""
    found = current()
    return found.reglage.nom if found else ""
