"""The keys in CLES_DIR: one that signs, one that opens what was sealed for this service, and everybody's public ones.

A key is changed by a new file: each file is read again when its modification time changes. The public set may name
several keys of a service (`deposit`, `deposit.2`), so that the next one is known before it is used.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeySet

from chassis.settings import Settings

PUBLIC = "public.jwks.json"
SIGN, SEAL = "sig", "enc"
# The algorithm of each use, and what the name of its key adds to that of the service.
ALGORITHMS = {SIGN: "ES256", SEAL: "ECDH-ES"}
SUFFIXES = {SIGN: "", SEAL: ".secrets"}


def create(folder: Path, services: tuple[str, ...]) -> None:
    """Makes the development keys of each service and the public set, once; production mounts its own."""
    folder.mkdir(parents=True, exist_ok=True)
    public = []
    for service in services:
        for use, name in ((use, f"{service}{suffix}") for use, suffix in SUFFIXES.items()):
            path = folder / f"{name}.pem"
            if not path.exists():
                path.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
                path.chmod(0o600)
            key = ECKey.import_key(path.read_bytes())
            public.append(key.as_dict(private=False) | {"kid": name, "alg": ALGORITHMS[use], "use": use})
    (folder / PUBLIC).write_text(json.dumps({"keys": public}, indent=1))


def private_names(service: str) -> tuple[str, ...]:
    """The files that this service alone holds."""
    return tuple(f"{service}{suffix}.pem" for suffix in SUFFIXES.values())


def signing(settings: Settings) -> tuple[str, ECKey]:
    """The key with which this service signs, and the name that the public set gives it."""
    private, public = settings.cles_dir / f"{settings.service}.pem", settings.cles_dir / PUBLIC
    return _read_signing(*_now(private), *_now(public))


def verifying(settings: Settings) -> KeySet:
    """The public keys of all who sign."""
    return _read_verifying(*_now(settings.cles_dir / PUBLIC))


def sealing(settings: Settings, reader: str) -> ECKey:
    """The public key under which a secret for `reader` is sealed: the last one published."""
    return _read_sealing(*_now(settings.cles_dir / PUBLIC), reader)


def opening(settings: Settings) -> ECKey:
    """The key that opens what was sealed for this service."""
    return _read_private(*_now(settings.cles_dir / f"{settings.service}{SUFFIXES[SEAL]}.pem"))


def _now(path: Path) -> tuple[Path, int]:
    return path, path.stat().st_mtime_ns


def _published(path: Path, use: str) -> list[dict[str, Any]]:
    return [key for key in json.loads(path.read_text())["keys"] if key.get("use", SIGN) == use]


@lru_cache(maxsize=8)
def _read_private(path: Path, _modified: int) -> ECKey:
    return ECKey.import_key(path.read_bytes())


@lru_cache(maxsize=8)
def _read_signing(private: Path, modified: int, public: Path, published: int) -> tuple[str, ECKey]:
    key = _read_private(private, modified)
    same = (each for each in _read_verifying(public, published).keys if each.thumbprint() == key.thumbprint())
    return next((str(each.kid) for each in same), private.stem), key


@lru_cache(maxsize=8)
def _read_verifying(path: Path, _modified: int) -> KeySet:
    return KeySet.import_key_set({"keys": _published(path, SIGN)})


@lru_cache(maxsize=8)
def _read_sealing(path: Path, _modified: int, reader: str) -> ECKey:
    theirs = [key for key in _published(path, SEAL) if key["kid"].partition(".")[0] == reader]
    return ECKey.import_key(theirs[-1])
