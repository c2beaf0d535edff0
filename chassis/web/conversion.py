"""A photo that agents' browsers do not show becomes a JPEG: upright, with its colours, without the place where it was
taken nor anything else that was written in it.

`python -m chassis.web.conversion PICTURE` does it in a process of its own, bounded in memory and in time: a file made
to fill the memory of whoever reads it ends that process and no other. It ends with 3 when there are too many pixels.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

from PIL import Image, ImageOps

from droit.decision import Genre, Motif, Refused

# The photos of an iPhone have up to 48.8 million pixels, and take half a gibibyte while they are converted.
PIXELS_MAX = 50_000_000
_MEMORY_BYTES, _CPU_SECONDS, _SECONDS = 1024 * 1024 * 1024, 15, 25
_HEAD_BYTES, _TOO_LARGE = 16, 3
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"})
# One is converted while three wait; the others are told, so that eight threads of the worker stay free.
PLACES, _TURN = threading.BoundedSemaphore(4), threading.Lock()

FICHIER_INCOMPLET = Motif(
    "FICHIER_INCOMPLET",
    "regle-du-service",
    "Le fichier est abîmé, ou la fin manque : personne ne pourrait le lire.",
    "Ouvrez-le sur votre appareil pour voir s'il s'affiche. Sinon, téléchargez-le ou photographiez-le de nouveau, puis "
    "envoyez-le.",
    Genre.INVALIDE,
)
PHOTO_HEIC = Motif(
    "PHOTO_HEIC",
    "regle-du-service",
    "Cette photo est au format HEIC des iPhone, et celle-ci n'a pas pu être lue.",
    "Sur l'iPhone : Réglages, Appareil photo, Formats, « Le plus compatible », puis reprenez la photo. Ou ouvrez la "
    "photo, faites une capture de l'écran, et envoyez-la.",
    Genre.INVALIDE,
)
IMAGE_TROP_GRANDE = Motif(
    "IMAGE_TROP_GRANDE",
    "regle-du-service",
    "Cette image a trop de pixels pour être affichée.",
    "Réduisez-la, ou photographiez le document de nouveau, puis envoyez-la.",
    Genre.INVALIDE,
)
PHOTOS_EN_ATTENTE = Motif(
    "PHOTOS_EN_ATTENTE",
    "regle-du-service",
    "Trop de photos arrivent en même temps : celle-ci n'a pas pu être lue.",
    "Recommencez dans une minute, avec la même photo.",
    Genre.INDISPONIBLE,
)


def is_needed(path: Path) -> bool:
    """Whether this is a photo that must be converted: HEIC, AVIF or WebP."""
    head = _head(path)
    return _is_heif(head) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def to_jpeg(path: Path) -> None:
    """Puts a JPEG in the place of the photo. Raises Refused when it cannot be read, or not now."""
    if not PLACES.acquire(blocking=False):
        raise Refused(PHOTOS_EN_ATTENTE)
    try:
        with _TURN:
            command = [sys.executable, "-m", "chassis.web.conversion", str(path.resolve())]
            code = subprocess.run(command, timeout=_SECONDS, capture_output=True, check=False).returncode
    except subprocess.TimeoutExpired:
        code = 1
    finally:
        PLACES.release()
    if code == _TOO_LARGE:
        raise Refused(IMAGE_TROP_GRANDE)
    if code:
        raise Refused(PHOTO_HEIC if _is_heif(_head(path)) else FICHIER_INCOMPLET)


def _head(path: Path) -> bytes:
    with path.open("rb") as content:
        return content.read(_HEAD_BYTES)


def _is_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF


def _main(path: Path) -> int:
    """The exit code. Raises whatever the reader raises."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    # The decoders are loaded where they serve, not in each web process.
    import pillow_heif

    # Each thread would keep memory of its own under that limit.
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path, formats=("HEIF", "AVIF", "WEBP")) as image:
        if image.width * image.height > PIXELS_MAX:
            return _TOO_LARGE
        colours = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
        converted = path.with_name(f"{path.name}.jpg")
        with converted.open("wb") as target:
            _opaque(image).save(target, "JPEG", quality=90, icc_profile=colours)
            target.flush()
            os.fsync(target.fileno())
    converted.replace(path)
    return 0


def _opaque(image: Image.Image) -> Image.Image:
    """On white where one sees through it: what is written in black on nothing stays readable."""
    if image.mode == "RGB":
        return image
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
