"""Pictures and PDFs that real programs wrote, made on the spot: a file that only begins like one is refused."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image
from pyhanko.pdf_utils.writer import PdfFileWriter

# The first bytes of a photo of an iPhone: all that is read of it.
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)


def picture(kind: str = "PNG", width: int = 8, height: int = 8, **how: int) -> bytes:
    """Noise of this size as a PNG, JPEG or WEBP; `how` goes to the encoder."""
    content = io.BytesIO()
    noise = random.Random(1).randbytes(width * height * 3)
    Image.frombytes("RGB", (width, height), noise).save(content, kind, **how)
    return content.getvalue()


def locked_pdf(user_password: str) -> bytes:
    """A PDF that asks `user_password` to open; an empty one only forbids printing."""
    # pyHanko has no types here.
    writer: Any = PdfFileWriter()  # type: ignore[no-untyped-call]
    content = io.BytesIO()
    writer.encrypt(owner_pass="proprietaire", user_pass=user_password)
    writer.write(content)
    return content.getvalue()
