"""With certificates of one authority our processes speak TLS to one another; who has none gets no answer."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats.errors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from chassis import bus, reconciler, rpc, tls
from chassis.settings import Settings
from dev import broker, mongod
from dev.ports import Ports
from droit.decision import Refused
from sejour.chassis.v1 import faits_pb2
from tests.waiting import wait_until

Make = Callable[..., Settings]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """TLS_DIR of a process of ours, and of a stranger with an authority of his own."""
    return {name: _issue(tmp_path_factory.mktemp(name)) for name in ("ours", "stranger")}


def _issue(folder: Path) -> Path:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    ca = _certificate(ca_name, ca_name, ca_key.public_key(), ca_key, x509.BasicConstraints(ca=True, path_length=0))
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "process")])
    own = _certificate(name, ca_name, key.public_key(), ca_key, hosts)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / tls.AUTHORITY).write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / tls.CERTIFICATE).write_bytes(own.public_bytes(serialization.Encoding.PEM))
    (folder / tls.KEY).write_bytes(pem)
    # MongoDB reads both from one file.
    (folder / "both.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM) + pem)
    return folder


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: Any, signer: Any, extension: x509.ExtensionType
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
    builder = builder.not_valid_after(now + timedelta(days=1)).add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


def test_a_service_calls_another_by_certificates_of_one_authority(
    settings_of: Make, certificates: dict[str, Path], deposit: Any
) -> None:
    ours = settings_of("deposit", tls_dir=certificates["ours"])
    server, port = rpc.create_server(ours, {}, lambda _: (), {"deposit.essai.fait": frozenset({"ccc"})})
    server.start()
    calls = settings_of("ccc", rpc_addresses={"deposit": f"localhost:{port}"})

    def answered(settings: Settings) -> bool:
        client = rpc.Client(settings)
        asked = faits_pb2.ListFaitsRequest(subjects=["deposit.essai.fait"])
        try:
            client.call("deposit", reconciler.METHOD, asked, faits_pb2.ListFaitsResponse, deadline=5)
        except Refused as refused:
            assert refused.motif == rpc.INJOIGNABLE
            return False
        finally:
            client.close()
        return True

    assert answered(replace(calls, tls_dir=certificates["ours"]))
    assert not answered(replace(calls, tls_dir=certificates["stranger"]))
    assert not answered(calls)
    server.stop(grace=None).wait()


def test_the_broker_is_reached_by_tls(settings_of: Make, certificates: dict[str, Path], tmp_path: Path) -> None:
    port, folder = Ports(tmp_path / "ports.json").get("nats"), certificates["ours"]
    files = {"cert_file": folder / tls.CERTIFICATE, "key_file": folder / tls.KEY, "ca_file": folder / tls.AUTHORITY}
    config = {
        "listen": f"127.0.0.1:{port}",
        "tls": {name: str(path) for name, path in files.items()} | {"verify": True},
    }
    (tmp_path / "nats.conf").write_text(json.dumps(config))

    async def reached(settings: Settings) -> bool:
        connection = await bus.connect(settings)
        await connection.flush(timeout=5)
        await connection.close()
        return True

    async def refused(settings: Settings) -> None:
        await nats.connect(settings.nats_url, tls=tls.context(certificates["stranger"]), allow_reconnect=False)

    ours = settings_of("deposit", nats_url=f"tls://127.0.0.1:{port}", tls_dir=folder)
    with _running(str(broker.binary()), "-c", str(tmp_path / "nats.conf")):
        wait_until("the broker answers", lambda: _tries(lambda: asyncio.run(reached(ours))))
        with pytest.raises((nats.errors.Error, OSError)):
            asyncio.run(refused(ours))


def test_the_store_is_reached_by_tls(certificates: dict[str, Path], tmp_path: Path) -> None:
    port, folder = Ports(tmp_path / "ports.json").get("mongod"), certificates["ours"]
    (tmp_path / "data").mkdir()
    argv = [str(mongod.binary()), "--dbpath", str(tmp_path / "data"), "--port", str(port), "--bind_ip", "127.0.0.1"]
    argv += ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(folder / "both.pem")]
    argv += ["--tlsCAFile", str(folder / tls.AUTHORITY), "--nounixsocket", "--quiet"]

    def answers(name: str) -> bool:
        files = (
            f"tlsCAFile={certificates[name] / tls.AUTHORITY}&tlsCertificateKeyFile={certificates[name] / 'both.pem'}"
        )
        uri = f"mongodb://127.0.0.1:{port}/?tls=true&{files}&serverSelectionTimeoutMS=1000"
        with MongoClient[dict[str, Any]](uri) as client:
            return bool(client.admin.command("ping")["ok"])

    with _running(*argv):
        wait_until("the store answers", lambda: _tries(lambda: answers("ours")))
        with pytest.raises(PyMongoError):
            answers("stranger")


@contextmanager
def _running(*argv: str) -> Iterator[None]:
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _tries(answer: Callable[[], bool]) -> bool:
    try:
        return answer()
    except (nats.errors.Error, OSError, PyMongoError):
        return False
