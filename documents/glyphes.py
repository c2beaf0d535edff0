"""Can the fonts draw this character? Typst itself is asked, once for each: no table to keep in step with its fonts."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import typst

STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]

MODELES = Path(__file__).parent / "modeles"

# How Typst says that a character, and not the template, is at fault.
_AT_FAULT = ("could not be displayed", "contains the codepoint")
_LAST_SURE = "\u024f"  # Basic Latin to Latin Extended-B: every font that Typst carries draws them
_lock = Lock()


@cache
def fonts() -> typst.Fonts:
    """The fonts inside the Typst wheel and no other: the same paper on every machine."""
    return typst.Fonts(include_system_fonts=False)


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(MODELES / "sonde.typ", root=MODELES, font_paths=fonts(), ignore_system_fonts=True)


def is_sure(char: str) -> bool:
    """Is it a printable letter of the Latin alphabet, digit or sign that needs no question?"""
    return char <= _LAST_SURE and char.isprintable()


@lru_cache(maxsize=8192)
def can_draw(char: str) -> bool:
    """Is there a glyph for it, in body, bold and title?"""
    if is_sure(char):
        return True
    with _lock:
        try:
            _compiler().compile(sys_inputs={"t": char}, format="pdf", pdf_standards=STANDARDS)
        except typst.TypstError as error:
            if is_glyph_missing(error):
                return False
            raise
    return True


def is_glyph_missing(error: typst.TypstError) -> bool:
    """Did this compilation fail for a character that cannot be drawn or archived?"""
    return any(words in str(error) for words in _AT_FAULT)
