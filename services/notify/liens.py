"""Addresses that name one sending and that nobody can make up: where bounces return, the link that says « read »."""

from __future__ import annotations

import base64
import hmac
import re
import uuid
from hashlib import sha256

RETOUR, LECTURE = "retour", "lu"
LIEN = "{LIEN}"
# Where a secret will stand, by the name of its field: the words that are kept never hold it.
PLACE = re.compile(r"\{SECRET\.(\w+)\}")
_TOKEN = re.compile(r"([0-9a-f]{32})-([a-z2-7]{26})")
_LOCAL = re.compile(r"r-([0-9a-f]{32}-[a-z2-7]{26})", re.IGNORECASE)


def place_of(champ: str) -> str:
    """What stands for the secret of this field in the words that are kept."""
    return f"{{SECRET.{champ}}}"


def token(secret: bytes, usage: str, envoi_id: str) -> str:
    """The token of a sending for one usage: its identifier and a keyed mark."""
    name = uuid.UUID(envoi_id).hex
    return f"{name}-{_mark(secret, usage, name)}"


def read_token(secret: bytes, usage: str, text: str) -> str | None:
    """The sending named by a token, or None when it is not ours."""
    found = _TOKEN.fullmatch(text)
    if found is None or not hmac.compare_digest(found[2], _mark(secret, usage, found[1])):
        return None
    return str(uuid.UUID(found[1]))


def return_address(secret: bytes, envoi_id: str, domain: str) -> str:
    """The envelope sender of one sending: whatever bounces says which one it was."""
    return f"r-{token(secret, RETOUR, envoi_id)}@{domain}"


def read_return_address(secret: bytes, address: str) -> str | None:
    """The sending that an address of ours stands for, or None for any other address."""
    local = _LOCAL.fullmatch(address.strip("<> ").partition("@")[0])
    return read_token(secret, RETOUR, local[1].lower()) if local else None


def _mark(secret: bytes, usage: str, name: str) -> str:
    digest = hmac.new(secret, f"notify\n{usage}\n{name}".encode(), sha256).digest()
    # 128 bits of it: what stands before the @ of an address has at most 64 letters.
    return base64.b32encode(digest[:16]).decode().rstrip("=").lower()
