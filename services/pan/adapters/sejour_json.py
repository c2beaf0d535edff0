"""Our own JSON contract, for systems that can hold and book: availability, book, move, cancel, signed webhooks.

`GET /creneaux?lieu=…&objet=…&du=…&au=…` → `{"creneaux": [{"id", "lieu_id", "debut_time", "duree_minutes", "places"}]}`
`debut_time` is RFC 3339; without an offset it is the hour of the place.
`PUT /reservations/<our id>` with `{"creneau_id", "nom"}` → 200 or 201 `{"id"}`, 409 when taken; repeatable
`nom` is what to call out, the reference of the appointment: no name of a person is ever sent.
`DELETE /reservations/<our id>` → 200, 204, 404 or 410. A move is a PUT of the new one, then a DELETE of the old one.
Token: `Authorization: Bearer`. Webhook to us: `Sejour-Signature: sha256=<HMAC of the body>`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import requests

from chassis import hours
from droit.decision import Refused
from services.pan.adapters.contrat import CreneauExterne, Muet, fetch
from services.pan.rules.agenda import CRENEAU_PRIS

SIGNATURE = "Sejour-Signature"


def sign(secret: str, body: bytes) -> str:
    """The value of the signature header for a webhook."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether a webhook comes from who shares the secret; an empty secret signs nothing."""
    return bool(secret) and hmac.compare_digest(sign(secret, body).encode(), signature.encode("utf-8", "replace"))


class SejourJson:
    """One préfecture's system that speaks our contract."""

    peut_reserver = True

    def __init__(self, base: str, token: str, fuseaux: Mapping[str, str]) -> None:
        self._base, self._headers = base.rstrip("/"), {"Authorization": f"Bearer {token}"}
        self._fuseaux = fuseaux

    def list(self, lieu_ids: Sequence[str], objet: str, du: date, au: date) -> list[CreneauExterne]:
        params = [("lieu", lieu_id) for lieu_id in lieu_ids]
        params += [("objet", objet), ("du", du.isoformat()), ("au", au.isoformat())]
        answer = self._json(fetch("GET", f"{self._base}/creneaux", params=params, headers=self._headers), 200)
        try:
            return [
                CreneauExterne(
                    str(slot["id"]),
                    str(slot["lieu_id"]),
                    hours.local(datetime.fromisoformat(slot["debut_time"]), self._fuseaux[slot["lieu_id"]]),
                    int(slot["duree_minutes"]),
                    places=int(slot.get("places", 1)),
                )
                for slot in answer["creneaux"]
                if slot["lieu_id"] in lieu_ids
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise Muet("not the contract") from error

    def book(self, cle: str, rendez_vous_id: str, reference: str) -> str:
        body = {"creneau_id": cle, "nom": reference}
        response = fetch("PUT", self._reservation(rendez_vous_id), json=body, headers=self._headers)
        if response.status_code == 409:
            raise Refused(CRENEAU_PRIS)
        return str(self._json(response, 200, 201).get("id", rendez_vous_id))

    def cancel(self, reservation: str) -> None:
        response = fetch("DELETE", self._reservation(reservation), headers=self._headers)
        if response.status_code not in (200, 204, 404, 410):
            raise Muet(f"HTTP {response.status_code}")

    def _reservation(self, rendez_vous_id: str) -> str:
        return f"{self._base}/reservations/{quote(rendez_vous_id, safe='')}"

    @staticmethod
    def _json(response: requests.Response, *wanted: int) -> Any:
        if response.status_code not in wanted:
            raise Muet(f"HTTP {response.status_code}")
        try:
            return response.json()
        except ValueError as error:
            raise Muet("not JSON") from error
