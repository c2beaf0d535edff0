"""A document is drawn on demand from its immutable data: the same data give the same bytes, on any day and machine.

PDF/UA-1 and PDF/A-2a, in French. No name, message or reason that a person typed can stop a document from existing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from functools import cache
from threading import Lock
from typing import Any

import typst
import zxingcpp
from babel import Locale

from documents.contenu import Contenu, Personne, is_moment
from documents.exigences import EXTRA, Entree, Forme
from documents.glyphes import MODELES, STANDARDS, can_draw, fonts, is_glyph_missing, is_sure
from documents.nature import Nature
from documents.texte import BREAK_HERE, SQUARE, clean, in_words, lines, moment_in_words
from droit.dates import under_heading

_locks = {nature: Lock() for nature in Nature}


def render(contenu: Contenu, payload: str = "") -> bytes:
    """The PDF. `payload` is the stored text of `code2d.sign`, empty for a document that carries the reference alone."""
    try:
        return _compile(contenu, view(contenu, payload, can_draw))
    except typst.TypstError as error:
        # Characters that can each be drawn may fail together: then only the Latin alphabet is kept.
        if not is_glyph_missing(error):
            raise
        return _compile(contenu, view(contenu, payload, is_sure))


def view(contenu: Contenu, payload: str, can_draw: Callable[[str], bool]) -> dict[str, Any]:
    """What the template prints: clean text, days in words, the code as a drawing."""

    def ink(text: str) -> str:
        return clean(text, can_draw)

    printed = {
        "titre": contenu.nature.libelle,
        "numero": contenu.numero,
        "reference": contenu.reference,
        "emetteur": ink(contenu.emetteur),
        "prefecture": ink(contenu.prefecture),
        "emis": in_words(contenu.emis_date),
        "depot": in_words(contenu.depot_date),
        "debut": in_words(contenu.debut_date),
        "fin": in_words(contenu.fin_date),
        "personne": _personne(contenu.personne, ink) if contenu.personne else None,
        "titre_libelle": ink(contenu.titre_libelle),
        "article": ink(contenu.article),
        "fondement": ink(contenu.fondement),
        "travail": ink(contenu.travail_mention),
        "droits": [{"libelle": ink(d.libelle), "texte": ink(d.texte), "source": ink(d.source)} for d in contenu.droits],
        "mentions": [ink(mention) for mention in contenu.mentions],
        "regle": ink(under_heading(contenu.regle)),
        "paragraphes": [ink(line) for text in contenu.paragraphes for line in lines(text)],
        "adresse": [ink(line) for line in contenu.adresse if line.strip()],
        "url": ink(contenu.verification_url).replace(BREAK_HERE, ""),
        "exemple": bool(contenu.extra.get("developpement")),
        "extra": {
            name: _entry(contenu.extra[name], entry, ink)
            for name, entry in EXTRA.get(contenu.nature, {}).items()
            if contenu.extra.get(name)
        },
    }
    typed = json.dumps(contenu.to_dict(), ensure_ascii=False)
    printed["carres"] = SQUARE in json.dumps(printed, ensure_ascii=False) and SQUARE not in typed
    printed["code"] = data_matrix(payload) if payload else ""
    return printed


def _compile(contenu: Contenu, printed: Mapping[str, Any]) -> bytes:
    issued = datetime.combine(contenu.emis_date, time.min, tzinfo=UTC)
    # A Compiler takes one job at a time.
    with _locks[contenu.nature]:
        pdf = _compiler(contenu.nature).compile(
            sys_inputs={"document": json.dumps(printed, ensure_ascii=False)},
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=issued,
        )
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _compiler(nature: Nature) -> typst.Compiler:
    return typst.Compiler(MODELES / nature.modele, root=MODELES, font_paths=fonts(), ignore_system_fonts=True)


@cache
def _countries() -> Mapping[str, str]:
    return Locale("fr").territories


def _personne(personne: Personne, ink: Callable[[str], str]) -> dict[str, Any]:
    """A name is printed in what can be drawn of it, never in squares; `nom_coupe` then makes the paper say what to do.

    The name in its own script is whole or absent: its Latin spelling stands above.
    """
    nom, prenoms, origine = map(ink, (personne.nom, personne.prenoms, personne.nom_origine))
    return {
        "nom": _without_squares(nom),
        "prenoms": _without_squares(prenoms),
        "nom_coupe": SQUARE in nom + prenoms,
        "nom_origine": "" if SQUARE in origine else origine,
        "naissance": in_words(personne.naissance_date),
        "nationalite": ink(_countries().get(personne.nationalite, personne.nationalite)),
        "numero_etranger": ink(personne.numero_etranger),
    }


def _without_squares(name: str) -> str:
    return " ".join(name.replace(SQUARE, " ").replace(BREAK_HERE + " ", " ").split())


def _entry(value: Any, entry: Entree, ink: Callable[[str], str]) -> Any:
    if entry.forme is Forme.LIGNES:
        return [{column: _cell(row.get(column, ""), ink) for column in entry.colonnes} for row in value]
    if entry.forme in (Forme.LISTE, Forme.JOURS):
        return [_cell(item, ink) for item in value]
    return _cell(value, ink) if entry.forme is Forme.JOUR else ink(value)


def _cell(text: str, ink: Callable[[str], str]) -> str:
    return moment_in_words(text) if is_moment(text) else ink(text)


def data_matrix(payload: str, scale: int = 1) -> str:
    """The 2D-Doc as an SVG drawing, which begins with « DC » as its readers expect it.

    Bytes would be written after a mark of their alphabet (ECI), which readers built on libdmtx take for content.
    """
    return zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.DataMatrix).to_svg(scale=scale)
