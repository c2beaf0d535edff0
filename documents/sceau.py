"""The seal of a record: its SHA-256, signed with the key that signs our documents (ECDSA P-256).

Whoever holds the record computes the fingerprint again and checks the signature with our public certificate: neither
needs this service.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from documents.autorite import Autorite, common_name


@dataclass(frozen=True)
class Sceau:
    """The fingerprint of a record (hexadecimal), its signature (base 64, DER) and the name of the certificate."""

    empreinte: str
    signature: str
    certificat: str


def seal(text: str, autorite: Autorite) -> Sceau:
    """Seals a record. Raises Refused(AUTORITE_ABSENTE) without a key."""
    key, _issuer, certificate = autorite.signer()
    data = text.encode()
    signature = key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return Sceau(sha256(data).hexdigest(), base64.b64encode(signature).decode("ascii"), certificate)


def is_sealed(text: str, sceau: Sceau, chain: Iterable[x509.Certificate]) -> bool:
    """Whether this very record was sealed by the certificate of the chain that the seal names."""
    named = next((c for c in chain if common_name(c.subject) == sceau.certificat), None)
    public = named.public_key() if named is not None else None
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return False
    try:
        public.verify(base64.b64decode(sceau.signature), text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
