"""The 2D-Doc of a document: its main data, signed, in a code that anybody reads without asking us.

Text form of the France Titres specification 3.3.8, version 04, document type 13 « Document étranger » (perimeter 01,
FR): header of 26 characters, fields (a shorter one ends with GS, a truncated one with RS), US, then the ECDSA P-256
signature of what precedes in base 32. It is deterministic (RFC 6979): the same content gives the same code.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from documents.autorite import Autorite, common_name
from documents.contenu import Contenu, Personne
from documents.motifs import CODE_ILLISIBLE, NON_SIGNE
from documents.texte import fold
from droit.decision import Refused

GS, RS, US = "\x1d", "\x1e", "\x1f"
NO_NAME = "X"  # a name without one letter of the Latin alphabet: the code cannot carry it, and may not leave it empty

_EPOCH = date(2000, 1, 1)
_HEADER = re.compile(r"DC04([A-Z0-9]{4})([A-Z0-9]{4})([0-9A-F]{4})([0-9A-F]{4})1301FR")
_HEADER_LENGTH = 26
_HALF = 32  # bytes of r, then of s

_LETTERS, _DIGITS, _MIXED = r"[A-Z ]", r"[0-9]", r"[A-Z0-9]"


@dataclass(frozen=True)
class Field:
    """One field of the type 13: its length in characters, what may stand in it, what it holds."""

    code: str
    shortest: int
    longest: int
    pattern: str
    value: Callable[[Contenu, Autorite], str]


def _personne(contenu: Contenu) -> Personne:
    assert contenu.personne is not None, "every signed nature requires its person"
    return contenu.personne


def _country(contenu: Contenu, _: Autorite) -> str:
    code = _personne(contenu).nationalite
    return code if re.fullmatch(r"[A-Z]{2}", code) else ""


def _number(contenu: Contenu, _: Autorite) -> str:
    return re.sub(r"[^A-Z0-9]", "", _personne(contenu).numero_etranger.upper())


def _day(day: date | None) -> str:
    return day.strftime("%d%m") + f"{day.year:04d}" if day else ""


FIELDS = (
    Field("6G", 1, 38, _LETTERS, lambda c, _: fold(_personne(c).nom) or NO_NAME),
    Field("60", 0, 60, _LETTERS, lambda c, _: fold(_personne(c).prenoms)),
    Field("69", 8, 8, _DIGITS, lambda c, _: _day(_personne(c).naissance_date)),
    Field("67", 2, 2, r"[A-Z]", _country),
    Field("6J", 1, 1, _DIGITS, lambda c, a: a.types_6j[c.nature]),
    Field("6K", 19, 19, _DIGITS, lambda c, _: c.numero),
    Field("6L", 8, 8, _DIGITS, lambda c, _: _day(c.depot_date)),
    Field("6M", 0, 40, _LETTERS, lambda c, _: fold(c.titre_libelle)),
    Field("6N", 8, 8, _DIGITS, lambda c, _: _day(c.debut_date)),
    Field("6O", 8, 8, _DIGITS, lambda c, _: _day(c.fin_date)),
    Field("6P", 0, 40, _LETTERS, lambda c, _: fold(c.travail_mention)),
    Field("6Q", 0, 10, _MIXED, _number),
)
_BY_CODE = {f.code: f for f in FIELDS}


class Verdict(StrEnum):
    """What the signature says; the state of the document (replaced, ended) is another question."""

    AUTHENTIQUE = "authentique"
    FALSIFIE = "falsifie"
    AUTORITE_INCONNUE = "autorite-inconnue"


@dataclass(frozen=True)
class Lecture:
    """A code that was read: the verdict, and the fields by code (« document lu » is not « personne vérifiée »)."""

    verdict: Verdict
    fields: dict[str, str] = field(default_factory=dict)
    emis_date: date | None = None

    @property
    def is_authentic(self) -> bool:
        """Is what was read exactly what the authority signed?"""
        return self.verdict is Verdict.AUTHENTIQUE

    @property
    def numero(self) -> str:
        """The number of the document, by which its state is asked."""
        return self.fields.get("6K", "")


def sign(contenu: Contenu, autorite: Autorite) -> str:
    """The signed text that the Data Matrix of this document carries.

    Raises Refused: NON_SIGNE for a nature that carries the reference alone, AUTORITE_ABSENTE without a key.
    """
    if not contenu.nature.is_signed:
        raise Refused(NON_SIGNE, champ="nature")
    key, issuer, certificate = autorite.signer()
    emission = f"{(contenu.emis_date - _EPOCH).days:04X}"
    data = f"DC04{issuer}{certificate}{emission}{emission}1301FR"
    data += "".join(_encode(f, f.value(contenu, autorite)) for f in FIELDS)
    der = key.sign(data.encode("ascii"), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    signature = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    return data + US + base64.b32encode(signature).decode("ascii").rstrip("=")


def verify(payload: str | bytes, chain: Iterable[x509.Certificate]) -> Lecture:
    """Reads a code and says whether an authority of `chain` vouches for every character of it.

    The authority itself must be in the chain: a certificate alone vouches for nothing. Raises Refused(CODE_ILLISIBLE)
    when the text is not a 2D-Doc of type 13.
    """
    try:
        text = payload.decode("ascii") if isinstance(payload, bytes) else payload
        data, _, signature = text.partition(US)
        header = _HEADER.fullmatch(data[:_HEADER_LENGTH])
        if header is None:
            raise ValueError("header")
        fields = _decode(data[_HEADER_LENGTH:])
        raw = base64.b32decode(signature + "=" * (-len(signature) % 8))
        signed = data.encode("ascii")
        emis = _EPOCH + timedelta(days=int(header[3], 16))
        signe = _EPOCH + timedelta(days=int(header[4], 16))
    except (ValueError, UnicodeError, OverflowError):
        raise Refused(CODE_ILLISIBLE, champ="code") from None
    certificate = _trusted(tuple(chain), header[1], header[2], signe)
    if certificate is None:
        return Lecture(Verdict.AUTORITE_INCONNUE, fields, emis)
    public_key = certificate.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        return Lecture(Verdict.AUTORITE_INCONNUE, fields, emis)
    r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    try:
        if len(raw) != 2 * _HALF:
            raise InvalidSignature
        public_key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return Lecture(Verdict.FALSIFIE, fields, emis)
    return Lecture(Verdict.AUTHENTIQUE, fields, emis)


def _trusted(chain: tuple[x509.Certificate, ...], issuer: str, subject: str, day: date) -> x509.Certificate | None:
    """The certificate of that name, valid that day, that an authority of the chain really signed."""
    authorities = [c for c in chain if common_name(c.subject) == issuer and _is_authority(c)]
    for certificate in chain:
        if common_name(certificate.issuer) != issuer or common_name(certificate.subject) != subject:
            continue
        if not certificate.not_valid_before_utc.date() <= day <= certificate.not_valid_after_utc.date():
            continue
        if any(_is_issued_by(certificate, authority) for authority in authorities):
            return certificate
    return None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _encode(spec: Field, value: str) -> str:
    """One field; an empty one is left out, a long one is cut and says so."""
    if not value:
        return ""
    if spec.shortest == spec.longest:
        return spec.code + value
    if len(value) > spec.longest:
        return spec.code + value[: spec.longest] + RS
    return spec.code + value + (GS if len(value) < spec.longest else "")


def _decode(data: str) -> dict[str, str]:
    """The fields of a message, in any order. Raises ValueError for an unknown, repeated or malformed one."""
    fields: dict[str, str] = {}
    while data:
        spec = _BY_CODE.get(data[:2])
        if spec is None or spec.code in fields:
            raise ValueError("field")
        matched = re.match(f"({spec.pattern}{{{spec.shortest},{spec.longest}}})([{GS}{RS}]?)", data[2:])
        if matched is None or (len(matched[1]) < spec.longest and data[2 + len(matched[1]) :] and not matched[2]):
            raise ValueError("field")
        fields[spec.code] = matched[1]
        data = data[2 + matched.end() :]
    return fields
