"""An OpenID provider of our own, over a socket: code flow with PKCE, signed identity and signed userinfo."""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as AnyResponse

from chassis import clock

CLIENT, SECRET = "sejour", "0123456789abcdef0123456789abcdef"


@dataclass
class Fournisseur:
    """Says who is `email`. `alter` changes the identity token's claims, `algorithm` how it is signed."""

    email: str = "camille@prefecture.example"
    algorithm: str = "ES256"
    alter: dict[str, Any] = field(default_factory=dict)
    issuer: str = ""

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", private=True, parameters={"kid": "k1", "alg": "ES256", "use": "sig"})
        self.asked: dict[str, str] = {}
        self.server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        """Closes the socket."""
        self.server.shutdown()
        self.thread.join()

    def _claims(self) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "s1", "iat": now, "exp": now + 60}
        return {**claims, "nonce": self.asked["nonce"], **self.alter}

    def _signed(self, claims: dict[str, Any], algorithm: str) -> str:
        key = OctKey.import_key(SECRET) if algorithm == "HS256" else self.key
        return jwt.encode({"alg": algorithm, "kid": "k1"}, claims, key, algorithms=[algorithm])

    def _app(self) -> Flask:
        app = Flask(__name__)

        @app.get("/.well-known/openid-configuration")
        def metadata() -> Response:
            names = ("authorization", "token", "userinfo")
            return jsonify(
                issuer=self.issuer,
                jwks_uri=f"{self.issuer}/jwks",
                # A provider that announces too much must not widen what we accept.
                id_token_signing_alg_values_supported=["ES256", "HS256", "none"],
                **{f"{name}_endpoint": f"{self.issuer}/{name}" for name in names},
            )

        @app.get("/jwks")
        def jwks() -> Response:
            return jsonify(keys=[self.key.as_dict(private=False)])

        @app.get("/authorization")
        def authorization() -> AnyResponse:
            self.asked = dict(request.args)
            return redirect(f"{self.asked['redirect_uri']}?code=c1&state={self.asked['state']}")

        @app.post("/token")
        def token() -> Response | tuple[str, int]:
            digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.asked["code_challenge"]:
                return "", 400
            return jsonify(
                access_token="a1", token_type="Bearer", id_token=self._signed(self._claims(), self.algorithm)
            )

        @app.get("/userinfo")
        def userinfo() -> Response:
            body = self._signed({"sub": "s1", "email": self.email, "aud": CLIENT, "iss": self.issuer}, "ES256")
            return Response(body, content_type="application/jwt")

        return app
