"""A PDF that a court keeps is itself signed (PAdES baseline B): any PDF reader says who signed it and if it changed.

The key is the one that signs our documents. Our certificate travels in the signature; whoever trusts the authority
needs nothing else of ours.
"""

from __future__ import annotations

import io

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from documents.autorite import Autorite

FIELD = "Signature"


def sign_pdf(pdf: bytes, autorite: Autorite) -> bytes:
    """The same PDF, signed; any later change breaks it. Raises Refused(AUTORITE_ABSENTE) without a key.

    The hour inside the signature is the machine's, whatever the legal clock says: a signature proves when it was made.
    """
    # Here and not above: it takes half a second to load, with a client that fetches over the network, and few sign.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key, _issuer, name = autorite.signer()
    assert autorite.certificate is not None  # `signer` has just refused without one
    encoding, plain = serialization.Encoding.DER, serialization.NoEncryption()
    issuer = autorite.certificate.issuer
    issuers = SimpleCertificateStore.from_certs(_asn1(c) for c in autorite.chain if c.subject == issuer)
    signer = SimpleSigner(
        signing_cert=_asn1(autorite.certificate),
        signing_key=keys.PrivateKeyInfo.load(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)),
        cert_registry=issuers,
    )
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=name,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signed = io.BytesIO()
    PdfSigner(meta, signer, new_field_spec=SigFieldSpec(FIELD)).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), output=signed
    )
    return signed.getvalue()


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
