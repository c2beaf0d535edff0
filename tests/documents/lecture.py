"""How the tests read a paper: its text as a person reads it, its code as a telephone does."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pypdfium2
import zxingcpp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext


def text_of(pdf: bytes) -> str:
    """All the text of the pages, on one line; marks that only let a word break are left out."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[i].get_textpage().get_text_range() for i in range(len(document))]
    return " ".join(" ".join(pages).replace("\u200b", "").replace("\ufffe", "").split())


def code_of(pdf: bytes, dpi: int) -> bytes:
    """What the Data Matrix of the first page holds, read from a picture of the page."""
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil()
    codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix))
    assert len(codes) == 1, f"{len(codes)} codes on the page"
    content: bytes = codes[0].bytes
    return content


def signature_of(pdf: bytes, chain: Iterable[x509.Certificate]) -> PdfSignatureStatus:
    """What a reader of PDF says of the one signature, who trusts this authority alone and asks no network."""
    certificates = [asn1.Certificate.load(c.public_bytes(Encoding.DER)) for c in chain]
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    trusted = ValidationContext(trust_roots=[c for c in certificates if c.ca], allow_fetching=False)
    return validate_pdf_signature(signature, trusted)
