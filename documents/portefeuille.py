"""A statement as a verifiable credential: an SD-JWT VC (RFC 9901), signed by the key of our papers, for a wallet.

Each right and each line of identity is a disclosure of its own: whoever carries it shows a bank that she may stay and
not that she may work. The certificate goes with it (`x5c`): whoever holds the authority verifies it without us.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import ECKey

from documents.autorite import Autorite

TYPE, ALGORITHM, DIGEST = "dc+sd-jwt", "ES256", "sha-256"
_SALT_BYTES = 16


@dataclass(frozen=True)
class Attestation:
    """What is stated: by whom, of which type, from a day to a day; `toujours` is always shown, `choisi` by choice."""

    emetteur: str
    genre: str
    debut: date
    fin: date
    toujours: Mapping[str, Any]
    choisi: Mapping[str, Any]


def credential(attestation: Attestation, autorite: Autorite) -> str:
    """The signed text with every disclosure, as a wallet takes it. Raises Refused(AUTORITE_ABSENTE) without a key."""
    key, _issuer, _name = autorite.signer()
    assert autorite.certificate is not None  # `signer` has just refused without one
    disclosures = [_disclosure(name, value) for name, value in attestation.choisi.items()]
    claims = {
        "iss": attestation.emetteur,
        "vct": attestation.genre,
        "nbf": _instant(attestation.debut),
        "exp": _instant(attestation.fin + timedelta(days=1)),
        **attestation.toujours,
        "_sd_alg": DIGEST,
        # Sorted: the order of the digests must not tell which is which.
        "_sd": sorted(_digest(disclosure) for disclosure in disclosures),
    }
    der = autorite.certificate.public_bytes(serialization.Encoding.DER)
    header = {"alg": ALGORITHM, "typ": TYPE, "x5c": [base64.b64encode(der).decode()]}
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":"))
    signed = jws.serialize_compact(header, payload, ECKey.import_key(pem), algorithms=[ALGORITHM])
    return "~".join([signed, *disclosures, ""])


def _disclosure(name: str, value: Any) -> str:
    salt = _base64(secrets.token_bytes(_SALT_BYTES))
    return _base64(json.dumps([salt, name, value], ensure_ascii=False).encode())


def _digest(disclosure: str) -> str:
    return _base64(hashlib.sha256(disclosure.encode("ascii")).digest())


def _instant(day: date) -> int:
    return int(datetime.combine(day, time.min, tzinfo=UTC).timestamp())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
