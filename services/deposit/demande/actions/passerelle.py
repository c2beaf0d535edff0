"""Payment: a gateway of ours over HTTP. It takes a `reference` once, so that trying again never pays twice.

Contract, each request with `Authorization: Bearer <PAIEMENT_JETON>`:
POST <url>/paiements {reference, centimes, libelle, retour} → 2xx {id, page}: the page where the person pays, which
leads back to `retour`. GET <url>/paiements/<id> → 2xx {etat: paye|attente|echec, recu, jour}.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import pybreaker
import requests

from services.deposit.options import Paiement

TIMEOUTS = (3.0, 10.0)
# After so many silences in a row it is left alone for a while: what else is due does not wait for it.
SILENCES, REST_SECONDS = 5, 60


class Muette(Exception):
    """The gateway does not answer, or not as its contract says."""


@dataclass(frozen=True)
class Etat:
    """What became of a payment: `recu` is the gateway's receipt, once it is paid; `echec`: it will never be."""

    paye: bool
    recu: str
    echec: bool


class Passerelle:
    """Opens payments at the gateway of the deployment, and asks what became of them."""

    def __init__(self, paiement: Paiement) -> None:
        self._paiement = paiement

    def open(self, reference: str, centimes: int, libelle: str, retour: str) -> tuple[str, str]:
        """The gateway's id and the page where the person pays. Raises Muette."""
        body = {"reference": reference, "centimes": centimes, "libelle": libelle, "retour": retour}
        answer = self._call("POST", "/paiements", json=body)
        found, page = str(answer.get("id", ""))[:100], str(answer.get("page", ""))[:2000]
        if not found or not page.startswith(("https://", "http://")):
            raise Muette
        return found, page

    def read(self, paiement_id: str) -> Etat:
        """What became of it. Raises Muette."""
        answer = self._call("GET", f"/paiements/{quote(paiement_id, safe='')}")
        paid = answer.get("etat") == "paye" and bool(answer.get("recu"))
        return Etat(paid, str(answer.get("recu", ""))[:100], answer.get("etat") == "echec")

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._paiement.jeton}"}
        try:
            url = f"{self._paiement.url.rstrip('/')}{path}"
            with _breaker(self._paiement.url).calling():
                response = requests.request(
                    method, url, headers=headers, timeout=TIMEOUTS, allow_redirects=False, **more
                )
            answer = response.json() if response.ok else None
        except (requests.RequestException, pybreaker.CircuitBreakerError, ValueError) as error:
            raise Muette from error
        if not isinstance(answer, dict):
            raise Muette
        return answer


@cache
def _breaker(url: str) -> pybreaker.CircuitBreaker:
    return pybreaker.CircuitBreaker(fail_max=SILENCES, reset_timeout=REST_SECONDS)
