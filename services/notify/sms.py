"""SMS: a gateway of ours over HTTP. It takes a `reference` once, so that trying again sends nothing twice.

Contract: POST JSON {to, text, reference} → 2xx {id}. What became of it comes back to `/notify/api/v1/accuses/sms`,
signed (`X-Signature: sha256=<HMAC of the body>`): {id, reference, state: delivered|failed|read}.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

import requests

from services.notify.mailer import RemiseImpossible, RemiseRefusee

TIMEOUTS = (3.0, 10.0)
_LATER = (408, 425, 429)
SIGNATURE = "X-Signature"


class SmsGateway:
    """Hands text messages to the gateway at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url
        # Connections stay open: one that the gateway closed is met as a silence, tried again under the same reference.
        self._session = requests.Session()

    def send(self, to: str, text: str, reference: str) -> str:
        """Returns the gateway's own id. Raises RemiseImpossible (later) or RemiseRefusee (never)."""
        body = {"to": to, "text": text, "reference": reference}
        try:
            response = self._session.post(self._url, json=body, timeout=TIMEOUTS, allow_redirects=False)
        except requests.RequestException as error:
            raise RemiseImpossible("PASSERELLE_INJOIGNABLE") from error
        if response.ok:
            return _id_of(response)
        if 400 <= response.status_code < 500 and response.status_code not in _LATER:
            raise RemiseRefusee(f"SMS_{response.status_code}", adresse_morte=False)
        raise RemiseImpossible(f"SMS_{response.status_code}")


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether the gateway that shares our secret wrote this body; without a secret nothing is believed."""
    expected = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def _id_of(response: requests.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        return ""
    return str(answer.get("id", ""))[:100] if isinstance(answer, dict) else ""
