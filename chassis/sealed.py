"""What is kept or sent so that only who has the key reads it, and nobody changes it unseen (AES-256-GCM).

A secret for another service is sealed to its public key, so that no fact, no message and no log holds it in clear (JWE,
RFC 7516); what a service keeps for itself is locked with a key of its own.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError

from chassis import keys
from chassis.settings import Settings

PREFIX = "scelle:"
_NONCE_BYTES = 12
_ALGORITHM, _CIPHER = keys.ALGORITHMS[keys.SEAL], "A256GCM"


class SealBroken(ValueError):
    """What was sealed or locked was so with another key, or was changed."""


def seal(settings: Settings, reader: str, secret: str) -> str:
    """The secret as only `reader` can open it; whoever sealed it cannot read it again."""
    key = keys.sealing(settings, reader)
    # Each its own header: the library writes the key of this message into it, and threads seal at once.
    header = {"alg": _ALGORITHM, "enc": _CIPHER}
    return PREFIX + jwe.encrypt_compact(header, secret.encode(), key, algorithms=[_ALGORITHM, _CIPHER])


def is_sealed(value: object) -> bool:
    """Whether a value is a sealed secret."""
    return isinstance(value, str) and value.startswith(PREFIX)


def unseal(settings: Settings, value: str) -> str:
    """The secret that was sealed for this service. Raises SealBroken."""
    token = value.removeprefix(PREFIX)
    try:
        opened = jwe.decrypt_compact(token, keys.opening(settings), algorithms=[_ALGORITHM, _CIPHER])
    except (JoseError, ValueError) as error:
        raise SealBroken(PREFIX) from error
    assert opened.plaintext is not None
    return opened.plaintext.decode()


def lock(key: bytes, content: bytes, bound_to: bytes = b"") -> bytes:
    """The content as only this key opens it, and only for what it is bound to."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def unlock(key: bytes, locked: bytes, bound_to: bytes = b"") -> bytes:
    """The content that was locked. Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("locked with another key, or changed") from error
