"""A file is judged by what it holds when it arrives: who sent it hears at once what an agent would find weeks later.

What a reader mends by itself is taken; what nobody could open is refused, with what to do.
"""

from __future__ import annotations

import mmap
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from chassis.web.conversion import FICHIER_INCOMPLET, IMAGE_TROP_GRANDE, PHOTO_HEIC
from droit.decision import Genre, Motif, Refused

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
# What a page lets people choose: `conversion` makes a JPEG of the last four.
CHOSEN = (PDF, JPEG, PNG, "image/heic", "image/heif", "image/avif", "image/webp")
# The largest sensors of telephones have 200 million pixels.
PIXELS_MAX = 250_000_000
PAGES_MAX = 2_000
_HEADER_BYTES = 1024
_LOCK_SECONDS, _LOCKED = 20, 3
_IMAGES = ("JPEG", "PNG")
_WHOLE_LENGTH = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d{1,12})")
_PAGE_COUNT = re.compile(rb"/Count\s+(\d{1,9})\b")
# Its own limit would refuse the photos of large telephones with an error; ours is asked before any pixel is read.
Image.MAX_IMAGE_PIXELS = None

TYPE_NON_ADMIS = Motif(
    "TYPE_NON_ADMIS",
    "regle-du-service",
    "Ce type de fichier n'est pas accepté, ou le fichier est abîmé.",
    "Envoyez un PDF ou une photo (JPEG, PNG, HEIC, WebP). Ce qui était déjà enregistré est gardé.",
    Genre.INVALIDE,
)
FICHIER_VIDE = Motif(
    "FICHIER_VIDE",
    "regle-du-service",
    "Le fichier est vide.",
    "Choisissez le fichier de nouveau, puis envoyez-le.",
    Genre.INVALIDE,
)
PDF_VERROUILLE = Motif(
    "PDF_VERROUILLE",
    "regle-du-service",
    "Ce PDF demande un mot de passe pour s'ouvrir : l'agent ne pourrait pas le lire.",
    "Ouvrez-le avec son mot de passe, imprimez-le « en PDF » ou photographiez-le, puis envoyez ce nouveau fichier.",
    Genre.INVALIDE,
)
TROP_DE_PAGES = Motif(
    "TROP_DE_PAGES",
    "regle-du-service",
    "Ce PDF a trop de pages.",
    "Coupez-le en plusieurs fichiers, puis envoyez-les.",
    Genre.INVALIDE,
)


# What is said of a file that was not taken.
MOTIFS = (
    TYPE_NON_ADMIS, FICHIER_VIDE, FICHIER_INCOMPLET, PDF_VERROUILLE, PHOTO_HEIC, IMAGE_TROP_GRANDE, TROP_DE_PAGES,
)  # fmt: skip


def inspect(path: Path, types: tuple[str, ...]) -> str:
    """The media type told by the content, whatever the name says. Raises Refused with what to do when nobody could
    read it, or when it is not one of `types`.
    """
    if path.stat().st_size == 0:
        raise Refused(FICHIER_VIDE)
    with path.open("rb") as content:
        head = content.read(_HEADER_BYTES)
    media_type = _pdf(path) if b"%PDF-" in head else _image(path)
    if media_type not in types:
        raise Refused(TYPE_NON_ADMIS)
    return media_type


def _pdf(path: Path) -> str:
    """Readers mend much: only what none can show is refused."""
    with path.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as content:
        whole = _WHOLE_LENGTH.search(content, 0, _HEADER_BYTES)
        if content.rfind(b"%%EOF") < 0 or (whole is not None and int(whole[1]) > len(content)):
            raise Refused(FICHIER_INCOMPLET)
        if any(int(count) > PAGES_MAX for count in _PAGE_COUNT.findall(content)):
            raise Refused(TROP_DE_PAGES)
        encrypted = content.find(b"/Encrypt") >= 0
    if encrypted and _asks_password(path):
        raise Refused(PDF_VERROUILLE)
    return PDF


def _asks_password(path: Path) -> bool:
    """Whether nothing of it can be read without a password; one that only forbids printing opens."""
    command = [sys.executable, "-m", "chassis.web.pdf_lock", str(path.resolve())]
    # Its own process: a file made to fill the memory of whoever reads it ends that process and no other.
    try:
        done = subprocess.run(command, timeout=_LOCK_SECONDS, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == _LOCKED


def _image(path: Path) -> str:
    try:
        with Image.open(path, formats=_IMAGES) as image:
            width, height = image.size
            if width * height > PIXELS_MAX:
                raise Refused(IMAGE_TROP_GRANDE)
            if image.format == "PNG":
                image.verify()
                return PNG
            # An eighth of the size is enough to meet the end of the file.
            image.draft("L", (width // 8, height // 8))
            image.load()
            return JPEG
    except UnidentifiedImageError as error:
        raise Refused(TYPE_NON_ADMIS) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Refused(FICHIER_INCOMPLET) from error
