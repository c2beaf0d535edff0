"""The other démarches of the téléservice, as data (requirements 3.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from droit.catalogue.lecture import Fiche, Lecture
from droit.catalogue.titre import Canal, Piece, read_pieces
from droit.dates import Citation, Dated

ID = re.compile(r"DEM-\d{2}")


class Module(StrEnum):
    """Which platform holds it: naturalisation has its own, and is counted apart (PAN-18)."""

    ANEF = "anef"
    NATALI = "natali"


@dataclass(frozen=True)
class Demarche:
    """One démarche; `pendant_instruction`: reported while a demande is examined, and joins all open ones (DEP-16)."""

    id: str
    code: str
    libelle: str
    resume: str
    module: Module
    textes: tuple[str, ...]
    ouvert_par: Citation
    conditions: tuple[str, ...]
    canaux: tuple[Canal, ...]
    teleservice: Dated[bool]
    pendant_instruction: Dated[bool]
    pieces: Dated[tuple[Piece, ...]]
    pour_mineur: bool
    a_completer: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether production may issue for it."""
        return not self.a_completer


def read_demarches(lecture: Lecture) -> dict[str, Demarche]:
    """Reads `demarches/<code>.toml`."""
    demarches: dict[str, Demarche] = {}
    for fiche in lecture.folder("demarches"):
        demarche = _read_demarche(fiche)
        if not ID.fullmatch(demarche.id):
            fiche.fault("id", "attendu DEM-nn")
        if PurePath(fiche.file).stem != demarche.code:
            fiche.fault("code", "le fichier porte un autre nom que le code")
        shown = any(p.demonstration for b in demarche.pieces.blocs for p in b.valeur)
        if shown != ("pieces" in demarche.a_completer):
            fiche.fault("a_completer", "« pieces » y est si, et seulement si, une pièce est de démonstration")
        demarches[demarche.code] = demarche
    return demarches


def _read_demarche(fiche: Fiche) -> Demarche:
    ouverture = fiche.table("ouverture")
    ouvert_par = ouverture.citation()
    ouverture.close()
    demarche = Demarche(
        id=fiche.text("id"),
        code=fiche.text("code"),
        libelle=fiche.text("libelle"),
        resume=fiche.text("resume"),
        module=fiche.choice("module", Module),
        textes=fiche.texte_keys("textes"),
        ouvert_par=ouvert_par,
        conditions=fiche.texts("conditions"),
        canaux=fiche.choices("canaux", Canal),
        teleservice=fiche.dated("teleservice", lambda bloc: bloc.flag("valeur")),
        pendant_instruction=fiche.dated("pendant_instruction", lambda bloc: bloc.flag("valeur")),
        pieces=fiche.dated("pieces", read_pieces),
        pour_mineur=fiche.flag("pour_mineur", False),
        a_completer=fiche.texts("a_completer", ()),
    )
    fiche.close()
    return demarche
