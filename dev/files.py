"""A file of the stack is whole or absent, and only its owner reads it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_private(path: Path, content: str | bytes) -> None:
    """Writes by rename, mode 0600, and makes it durable: a reader or a crash never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content.encode() if isinstance(content, str) else content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.replace(path)


def remembered_secret(path: Path, size: int = 32) -> str:
    """The secret kept in `path`, made at first use; `size` is in bytes, the text is hexadecimal."""
    if not path.exists():
        write_private(path, secrets.token_hex(size))
    return path.read_text().strip()
