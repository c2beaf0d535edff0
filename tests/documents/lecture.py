"""How the tests read a paper: its text as a person reads it, its code as a telephone does."""

from __future__ import annotations

import pypdfium2
import zxingcpp


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
