"""Pictures and PDFs that real programs wrote, made on the spot: a file that only begins like one is refused."""

from __future__ import annotations

import io
import random
from typing import Any

import pillow_heif
from PIL import Image
from pyhanko.pdf_utils.writer import PdfFileWriter

# A photo of an iPhone of which the first bytes alone arrived.
CUT_HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)
ORIENTATION, GPS = 0x0112, 0x8825


def heic(width: int = 40, height: int = 30) -> bytes:
    """A photo as an iPhone takes it: red on its left, the telephone held upright, with the place where it was taken."""
    pillow_heif.register_heif_opener()
    taken = Image.new("RGB", (width, height), "white")
    taken.paste("red", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[2] = (48.0, 51.0, 24.0)
    content = io.BytesIO()
    taken.save(content, "HEIF", exif=exif.tobytes(), xmp=b"<x:xmpmeta>48,51.4N</x:xmpmeta>")
    return content.getvalue()


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
