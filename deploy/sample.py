"""Makes the keys, passwords and rights that compose and the dev overlay need, once, outside Git.

`python -m deploy.sample out/deploy --smtp smtp://… --sms https://…`. What exists is kept: a second run changes
nothing but the two gateways. The same keys and the same rights of the broker as the embedded stack.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
from pathlib import Path
from typing import Any

from chassis.settings import SERVICES
from dev.broker import WAKER, users_of
from dev.files import remembered_secret, write_private
from dev.keys import make_keys

MONGODB = "mongodb-0.mongodb:27017"
NATS = "nats:4222"
PUBLIC_URL = "http://localhost:8080"
IMAGE_UID = 10001


def write(folder: Path, smtp_url: str, sms_url: str) -> None:
    """Everything under `folder`: the keys and environment files of each service, the stores' own, the Secrets."""
    make_keys(folder / "cles", SERVICES)
    for service in SERVICES:
        _keep_own_key(folder / "cles" / service / "documents", service)
    for service in SERVICES:
        write_private(folder / "env" / f"{service}.env", _env(MONGODB_URI=mongodb_uri(folder, service)))
        write_private(folder / "env" / f"{service}.broker.env", _env(NATS_URL=nats_url(folder, service)))
        waker = nats_url(folder, WAKER.format(service=service))
        write_private(folder / "env" / f"{service}.reveil.env", _env(REVEIL_URL=waker))
    write_private(folder / "env" / "notify.gateways.env", _env(SMTP_URL=smtp_url, SMS_URL=sms_url))
    write_private(folder / "env" / "notify.sms.env", _env(SMS_SECRET=sms_secret(folder)))
    choices = folder / "env" / "exploitant.env"
    if not choices.exists():
        write_private(choices, "# NAME=value: optional variables of docs/architecture.md, section 1\n")
    write_private(folder / "mongodb" / "users.js", mongodb_users(folder))
    remembered_secret(folder / "mongodb" / "keyfile", 64)
    write_private(folder / "nats" / "nats.conf", nats_config(folder))
    for own in ["data/mongodb", "data/nats", *(f"pieces/{service}" for service in SERVICES)]:
        (folder / own).mkdir(parents=True, exist_ok=True)
    write_private(folder / "compose.env", _compose_env(folder))
    write_private(folder / "secrets.json", json.dumps(secrets_list(folder, smtp_url, sms_url), indent=1))


def mongodb_uri(folder: Path, service: str) -> str:
    """The address of MongoDB for one service, which sees its own database alone."""
    return f"mongodb://{service}:{_password(folder, 'mongodb', service)}@{MONGODB}/?authSource=admin&replicaSet=sejour"


def nats_url(folder: Path, user: str) -> str:
    """The address of the broker for one user of a service."""
    return f"nats://{user}:{_password(folder, 'nats', user)}@{NATS}"


def sms_secret(folder: Path) -> str:
    """What the SMS gateway must sign its callbacks with; the operator gives it to the gateway."""
    return remembered_secret(folder / "comptes" / "sms")


def mongodb_users(folder: Path) -> str:
    """The script that the image of MongoDB runs on an empty volume."""
    lines = []
    for service in SERVICES:
        user = {
            "user": service,
            "pwd": _password(folder, "mongodb", service),
            "roles": [{"role": "readWrite", "db": f"sejour_{service}"}],
        }
        lines.append(f"db.getSiblingDB('admin').createUser({json.dumps(user)});")
    return "\n".join(lines) + "\n"


def nats_config(folder: Path) -> str:
    """Each message is synced before it is acknowledged; each service has its own subjects and durables."""
    users = [
        {"user": user, "password": _password(folder, "nats", user), "permissions": allowed}
        for service in SERVICES
        for user, allowed in users_of(service, SERVICES).items()
    ]
    config = {
        "listen": "0.0.0.0:4222",
        "http": "0.0.0.0:8222",
        "server_name": "sejour",
        "jetstream": {"store_dir": "/data", "sync_interval": "always"},
        "authorization": {"users": users},
    }
    return json.dumps(config, indent=1)


def secrets_list(folder: Path, smtp_url: str, sms_url: str) -> dict[str, Any]:
    """The Secrets that the dev overlay refers to, for `kubectl apply --namespace sejour -f`."""
    found: dict[str, dict[str, bytes]] = {
        "mongodb": {
            "password": _password(folder, "mongodb", "exploitant").encode(),
            "keyfile": remembered_secret(folder / "mongodb" / "keyfile", 64).encode(),
            "users.js": mongodb_users(folder).encode(),
        },
        "nats": {"nats.conf": nats_config(folder).encode()},
    }
    for service in SERVICES:
        found[service] = {
            "MONGODB_URI": mongodb_uri(folder, service).encode(),
            "NATS_URL": nats_url(folder, service).encode(),
            "REVEIL_URL": nats_url(folder, WAKER.format(service=service)).encode(),
        }
        found[f"{service}-cles"] = _files(folder / "cles" / service)
        found[f"{service}-documents"] = _files(folder / "cles" / service / "documents")
    gateways = {"SMTP_URL": smtp_url, "SMS_URL": sms_url, "SMS_SECRET": sms_secret(folder)}
    found["notify"] |= {name: value.encode() for name, value in gateways.items()}
    return {"apiVersion": "v1", "kind": "List", "items": [_secret(name, data) for name, data in found.items()]}


def _secret(name: str, files: dict[str, bytes]) -> dict[str, Any]:
    data = {key: base64.b64encode(content).decode() for key, content in files.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def _files(folder: Path) -> dict[str, bytes]:
    """The files of one folder by name, not those of its folders (each is a mount of its own)."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}


def _keep_own_key(folder: Path, service: str) -> None:
    """A service signs documents with its own key; to check the others' it needs their certificates alone."""
    for key in folder.glob("*.pem"):
        if key.stem != service:
            key.unlink()


def _password(folder: Path, store: str, user: str) -> str:
    return remembered_secret(folder / "comptes" / f"{store}.{user}")


def _compose_env(folder: Path) -> str:
    # Containers run as who owns these files; an image started as root would undo the rest.
    owner = (os.getuid(), os.getgid()) if os.getuid() else (IMAGE_UID, IMAGE_UID)
    return _env(
        SEJOUR_STATE=str(folder.resolve()),
        SEJOUR_UID=str(owner[0]),
        SEJOUR_GID=str(owner[1]),
        PUBLIC_URL=PUBLIC_URL,
        REGLES="recommandation",
        MONGODB_PASSWORD=_password(folder, "mongodb", "exploitant"),
    )


def _env(**values: str) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _give(folder: Path) -> None:
    """Made by root, the files go to the user of the image, which could not read them."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, IMAGE_UID, IMAGE_UID)


def main() -> None:
    """Reads the two gateways, which are the operator's to name, and writes the rest."""
    parser = argparse.ArgumentParser(prog="python -m deploy.sample", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--smtp", required=True, help="where notify hands e-mails: smtp://user:password@host:port")
    parser.add_argument("--sms", required=True, help="where notify hands SMS: https://…")
    options = parser.parse_args()
    write(options.folder, options.smtp, options.sms)
    if os.getuid() == 0:
        _give(options.folder)
    print(f"{options.folder}: keys, passwords, rights; compose.env for compose, secrets.json for the dev overlay")


if __name__ == "__main__":
    main()
