"""An OpenID Connect provider shaped like FranceConnect, on this machine: code flow, PKCE, ES256, signed userinfo.

`python -m dev.franceconnect` serves it for `make run`; tests run it in a thread on a port of its own. Its people are
invented. `alter`, `acr`, `algorithm` and `userinfo_sub` make it lie, so that a test sees what we refuse.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import signal
import sys
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, make_response, redirect, render_template, request
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as AnyResponse

from chassis import clock, logs

CLIENT_ID, BASE = "sejour-usagers", "/api/v2"
COOKIE = "fournisseur_session"
TOKEN_SECONDS = 60
# Two of the sample world, and somebody who has no account here yet.
PERSONNES: tuple[dict[str, str], ...] = (
    {
        "sub": "fc-mei",
        "given_name": "Mei",
        "family_name": "EXEMPLE",
        "birthdate": "1995-03-12",
        "email": "mei@exemple.test",
    },
    {
        "sub": "fc-rahim",
        "given_name": "Rahim",
        "family_name": "EXEMPLE",
        "birthdate": "1992-07-21",
        "email": "rahim@exemple.test",
    },
    {
        "sub": "fc-nour",
        "given_name": "Nour Salma",
        "family_name": "MODELE",
        "preferred_username": "EXEMPLE-MODELE",
        # Nobody wrote down the day or the month.
        "birthdate": "1979-00-00",
        "email": "nour@exemple.test",
    },
)


@dataclass
class Fournisseur:
    """The provider. `retour` is the only address it sends people back to after a sign-in, `sortie` after a sign-out."""

    client_secret: str
    retour: str
    sortie: str
    personnes: tuple[dict[str, str], ...] = PERSONNES
    port: int = 0
    acr: str = "eidas1"
    algorithm: str = "ES256"
    userinfo_sub: str = ""
    alter: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Another name at each start: clients that kept the keys of before look again.
        self.kid = secrets.token_hex(8)
        self.key = ECKey.generate_key("P-256", private=True, parameters={"kid": self.kid, "alg": "ES256", "use": "sig"})
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, str] = {}
        self._sessions: dict[str, str] = {}
        self.server = make_server("127.0.0.1", self.port, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}{BASE}"

    def start(self) -> Fournisseur:
        """Serves in a thread."""
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def stop(self) -> None:
        """Closes the socket; a second call changes nothing."""
        if not self.thread.is_alive():
            return
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.add_url_rule(f"{BASE}/.well-known/openid-configuration", "metadata", self._metadata)
        app.add_url_rule(f"{BASE}/jwks", "jwks", lambda: jsonify(keys=[self.key.as_dict(private=False)]))
        app.add_url_rule(f"{BASE}/authorize", "authorize", self._authorize, methods=["GET", "POST"])
        app.add_url_rule(f"{BASE}/token", "token", self._token, methods=["POST"])
        app.add_url_rule(f"{BASE}/userinfo", "userinfo", self._userinfo)
        app.add_url_rule(f"{BASE}/session/end", "end", self._end)
        app.add_url_rule("/livez", "livez", lambda: "ok")
        return app

    def _metadata(self) -> Response:
        return jsonify(
            issuer=self.issuer,
            jwks_uri=f"{self.issuer}/jwks",
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            userinfo_endpoint=f"{self.issuer}/userinfo",
            end_session_endpoint=f"{self.issuer}/session/end",
            response_types_supported=["code"],
            id_token_signing_alg_values_supported=["ES256"],
            userinfo_signing_alg_values_supported=["ES256"],
            token_endpoint_auth_methods_supported=["client_secret_post"],
            acr_values_supported=["eidas1", "eidas2", "eidas3"],
            code_challenge_methods_supported=["S256"],
        )

    def _authorize(self) -> str | AnyResponse:
        """Asks who signs in, then sends her back with a code; somebody still signed in is sent back at once."""
        asked = request.args
        needed = ("state", "nonce", "code_challenge")
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != self.retour:
            abort(400)
        if asked.get("response_type") != "code" or not all(asked.get(name) for name in needed):
            abort(400)
        if asked.get("code_challenge_method") != "S256" or "openid" not in asked.get("scope", "").split():
            abort(400)
        sub = request.form.get("sub") or self._sessions.get(request.cookies.get(COOKIE, ""), "")
        if not any(person["sub"] == sub for person in self.personnes):
            return render_template("franceconnect.html", personnes=self.personnes)
        code, session = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._codes[code] = {"sub": sub, "nonce": asked["nonce"], "challenge": asked["code_challenge"]}
        self._sessions[session] = sub
        query = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        response = make_response(redirect(f"{self.retour}?{query}"))
        response.set_cookie(COOKIE, session, httponly=True, samesite="Lax")
        return response

    def _token(self) -> Response | tuple[Response, int]:
        """Gives tokens for a code: each code is used once, by the client that has the secret and the verifier."""
        form = request.form
        code = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = (
            form.get("client_id") == CLIENT_ID
            and hmac.compare_digest(form.get("client_secret", ""), self.client_secret)
            and form.get("redirect_uri") == self.retour
            and code is not None
            and hmac.compare_digest(proof, code["challenge"])
        )
        if not right or code is None:
            return jsonify(error="invalid_grant"), 400
        access = secrets.token_urlsafe(24)
        self._tokens[access] = code["sub"]
        claims = self._claims(code["sub"]) | {"nonce": code["nonce"], "acr": self.acr} | self.alter
        return jsonify(
            access_token=access,
            token_type="Bearer",  # noqa: S106
            id_token=self._signed(claims),
            expires_in=TOKEN_SECONDS,
        )

    def _userinfo(self) -> Response:
        sub = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), "")
        person = next((person for person in self.personnes if person["sub"] == sub), None)
        if person is None:
            abort(401)
        claims = {**person, **self._claims(self.userinfo_sub or sub)}
        return Response(self._signed(claims), content_type="application/jwt")

    def _end(self) -> AnyResponse:
        """Ends the session of this browser here, and goes back where it is allowed to."""
        back = request.args.get("post_logout_redirect_uri", "")
        jwt.decode(request.args.get("id_token_hint", ""), self.key, algorithms=["ES256"])
        if back != self.sortie:
            abort(400)
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        response = make_response(redirect(f"{back}?{urlencode({'state': request.args.get('state', '')})}"))
        response.delete_cookie(COOKIE)
        return response

    def _claims(self, sub: str) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        return {"iss": self.issuer, "aud": CLIENT_ID, "sub": sub, "iat": now, "exp": now + TOKEN_SECONDS}

    def _signed(self, claims: dict[str, Any]) -> str:
        key = OctKey.import_key(self.client_secret) if self.algorithm == "HS256" else self.key
        return jwt.encode({"alg": self.algorithm, "kid": self.kid}, claims, key, algorithms=[self.algorithm])


def main() -> int:
    """Serves until SIGTERM, with what the stack says in the environment."""
    env = os.environ
    public = env["PUBLIC_URL"]
    logs.configure("dev", "franceconnect")
    provider = Fournisseur(
        env["USAGERS_OIDC_CLIENT_SECRET"],
        f"{public}/deposit/franceconnect/retour",
        f"{public}/deposit/",
        port=int(env["FRANCECONNECT_PORT"]),
    )
    # `shutdown` waits for the serving loop, which is this thread's: another one has to ask.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=provider.server.shutdown).start())
    provider.server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
