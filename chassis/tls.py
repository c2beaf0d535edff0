"""TLS between our own processes, by certificates of one authority of the operator; off while TLS_DIR is not set.

TLS_DIR holds `ca.crt`, `tls.crt` and `tls.key`, as a cluster mounts them. gRPC asks both sides for a certificate; the
broker is reached by `tls://` in NATS_URL with this one; MongoDB’s own is in MONGODB_URI (`tls=true&tlsCAFile=…`).
"""

from __future__ import annotations

import ssl
from pathlib import Path

import grpc

AUTHORITY, CERTIFICATE, KEY = "ca.crt", "tls.crt", "tls.key"


def credentials_to_serve(folder: Path) -> grpc.ServerCredentials:
    """What a gRPC server shows, and asks of who calls."""
    ca, certificate, key = _read(folder)
    return grpc.ssl_server_credentials([(key, certificate)], root_certificates=ca, require_client_auth=True)


def credentials_to_call(folder: Path) -> grpc.ChannelCredentials:
    """What a gRPC client shows, and asks of whom it calls."""
    ca, certificate, key = _read(folder)
    return grpc.ssl_channel_credentials(root_certificates=ca, private_key=key, certificate_chain=certificate)


def context(folder: Path) -> ssl.SSLContext:
    """The same for a client of the broker."""
    made = ssl.create_default_context(cafile=str(folder / AUTHORITY))
    made.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    return made


def _read(folder: Path) -> tuple[bytes, bytes, bytes]:
    ca, certificate, key = ((folder / name).read_bytes() for name in (AUTHORITY, CERTIFICATE, KEY))
    return ca, certificate, key
