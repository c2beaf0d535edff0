"""A secret for one reader: sealed to the public key of the service that must say it, so that no fact, no message and
no log holds it in clear (JWE, RFC 7516).
"""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError

from chassis import keys
from chassis.settings import Settings

PREFIX = "scelle:"
_HEADER = {"alg": keys.ALGORITHMS[keys.SEAL], "enc": "A256GCM"}


class SealBroken(ValueError):
    """What was sealed was sealed to another key, or was changed."""


def seal(settings: Settings, reader: str, secret: str) -> str:
    """The secret as only `reader` can open it; whoever sealed it cannot read it again."""
    key = keys.sealing(settings, reader)
    return PREFIX + jwe.encrypt_compact(_HEADER, secret.encode(), key, algorithms=list(_HEADER.values()))


def is_sealed(value: object) -> bool:
    """Whether a value is a sealed secret."""
    return isinstance(value, str) and value.startswith(PREFIX)


def unseal(settings: Settings, value: str) -> str:
    """The secret that was sealed for this service. Raises SealBroken."""
    token = value.removeprefix(PREFIX)
    try:
        opened = jwe.decrypt_compact(token, keys.opening(settings), algorithms=list(_HEADER.values()))
    except (JoseError, ValueError) as error:
        raise SealBroken(PREFIX) from error
    assert opened.plaintext is not None
    return opened.plaintext.decode()
