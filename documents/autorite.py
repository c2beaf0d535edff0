"""Who signs the documents: a certificate authority and one participant certificate per service, in the 2D-Doc form.

A folder holds `autorite.der` (the authority), `<service>.der` and `<service>.pem` (certificate and P-256 key of a
service; `participant.*` serves any service without its own), and `types.json` (the digit 6J of each document). In
production the State's own files are mounted there, and a service sees no key but its own; in development `create` makes
them.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from documents.motifs import AUTORITE_ABSENTE
from documents.nature import SIGNED, Nature
from documents.numero import SERVICE_DIGITS
from droit.decision import Refused

PARTICIPANT = "participant"
ISSUER_ID = "SJ00"  # a State's authorities are named FR..: ours can never be taken for one
CERTIFICATE_IDS = {
    "deposit": "DEP0",
    "ccc": "CCC0",
    "pan": "PAN0",
    "substitution": "SUB0",
    "notify": "NOT0",
    PARTICIPANT: "DEV0",
}

# The public description of the format names the field 6J and not its values: a setting, with a demonstration default.
TYPES_6J = {
    Nature.AD: "1",
    Nature.API: "2",
    Nature.ADF: "3",
    Nature.REG: "4",
    Nature.REC: "5",
    Nature.JUSTIFICATIF: "6",
}

_AUTHORITY, _TYPES = "autorite.der", "types.json"
# Wide and fixed: the legal clock of a simulation goes through years that the real one does not.
_VALID_FROM, _VALID_TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Autorite:
    """The chain that verifies every service's documents, and the key of one of them where this process has it."""

    chain: tuple[x509.Certificate, ...]
    certificate: x509.Certificate | None = None
    key: ec.EllipticCurvePrivateKey | None = field(default=None, repr=False)
    types_6j: Mapping[Nature, str] = field(default_factory=lambda: dict(TYPES_6J))

    @classmethod
    def load(cls, folder: Path | str, service: str = "") -> Autorite:
        """Reads the folder; with the key of `service`, else the shared one, else none (it can then only verify).

        Raises Refused(AUTORITE_ABSENTE) when the authority is missing or a file of it is not what it should be.
        """
        folder = Path(folder)
        try:
            chain = tuple(x509.load_der_x509_certificate(f.read_bytes()) for f in sorted(folder.glob("*.der")))
            types = _read_types(folder / _TYPES)
            if not (folder / _AUTHORITY).is_file():
                raise ValueError(f"{_AUTHORITY} is missing")
            for name in (service, PARTICIPANT):
                if name and (folder / f"{name}.pem").is_file():
                    return cls(chain, *_read_pair(folder, name), types)
        except (OSError, ValueError) as error:
            raise Refused(AUTORITE_ABSENTE, champ="documents", details={"cause": str(error)}) from error
        return cls(chain, types_6j=types)

    def signer(self) -> tuple[ec.EllipticCurvePrivateKey, str, str]:
        """The key with the names of its authority and certificate. Raises Refused(AUTORITE_ABSENTE) without a key."""
        if self.key is None or self.certificate is None:
            raise Refused(AUTORITE_ABSENTE, champ="documents")
        return self.key, common_name(self.certificate.issuer), common_name(self.certificate.subject)


def create(folder: Path | str, services: Iterable[str] = tuple(SERVICE_DIGITS)) -> Path:
    """Makes a development authority unless the folder holds one; whole or not at all, even when two start at once."""
    folder = Path(folder)
    if (folder / _AUTHORITY).is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_authority(draft, (*services, PARTICIPANT))
        draft.rename(folder)
    except OSError:
        # Another process was first: its authority is as good as ours, and is the one that signs.
        if not (folder / _AUTHORITY).is_file():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def common_name(name: x509.Name) -> str:
    """The four characters that name a certificate in a 2D-Doc; empty when there are none."""
    attributes = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else ""


def _write_authority(folder: Path, names: Iterable[str]) -> None:
    """The authority signs its participants once, then its own key is forgotten: nobody can add one later."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(ISSUER_ID, authority_key, ISSUER_ID, authority_key)
    _write(folder / _AUTHORITY, authority.public_bytes(serialization.Encoding.DER))
    for name in names:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(CERTIFICATE_IDS[name], key, ISSUER_ID, authority_key)
        _write(folder / f"{name}.der", certificate.public_bytes(serialization.Encoding.DER))
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(folder / f"{name}.pem", pem, mode=0o600)
    types = {nature.value: digit for nature, digit in TYPES_6J.items()}
    _write(folder / _TYPES, json.dumps(types, indent=2).encode())


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    def name(common: str) -> x509.Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sejour, autorite de developpement")
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    is_authority = key is issuer_key
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(_usage(is_authority), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _usage(is_authority: bool) -> x509.KeyUsage:
    """A participant signs what it cannot take back: readers of signed PDF ask for it."""
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_pair(folder: Path, name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate = x509.load_der_x509_certificate((folder / f"{name}.der").read_bytes())
    key = serialization.load_pem_private_key((folder / f"{name}.pem").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{name}.pem is not a P-256 key")
    if key.public_key() != certificate.public_key():
        raise ValueError(f"{name}.pem is not the key of {name}.der")
    return certificate, key


def _read_types(path: Path) -> dict[Nature, str]:
    if not path.is_file():
        return dict(TYPES_6J)
    read = {Nature(name): digit for name, digit in json.loads(path.read_text()).items()}
    # A file written before this nature was signed leaves it its default.
    types = {Nature.JUSTIFICATIF: TYPES_6J[Nature.JUSTIFICATIF]} | read
    digits = all(isinstance(d, str) and len(d) == 1 and d.isdigit() for d in types.values())
    if set(types) != SIGNED or not digits or len(set(types.values())) != len(types):
        raise ValueError(f"{path.name} gives one digit of its own to each of {', '.join(sorted(SIGNED))}")
    return types
