"""The other démarches of the téléservice, as data (requirements 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from droit.catalogue.canal import Canal, check_canaux
from droit.catalogue.issue import Issue, Question, check_effect, read_issue, read_questions
from droit.catalogue.lecture import Fiche, Lecture
from droit.catalogue.taxe import Taxe
from droit.catalogue.titre import Piece, read_pieces
from droit.dates import Citation, Dated

ID = re.compile(r"DEM-\d{2}")


class Module(StrEnum):
    """Which platform takes it: naturalisation has its own, and is counted apart (PAN-18)."""

    ANEF = "anef"
    NATALI = "natali"


@dataclass(frozen=True)
class Demarche:
    """One démarche; `pendant_instruction`: reported during an instruction, it joins all open demandes (DEP-16)."""

    id: str
    code: str
    libelle: str
    resume: str
    module: Module
    textes: tuple[str, ...]
    ouvert_par: Citation
    conditions: tuple[str, ...]
    canaux: tuple[str, ...]
    teleservice: Dated[bool]
    pendant_instruction: Dated[bool]
    pieces: Dated[tuple[Piece, ...]]
    pour_mineur: bool
    # Key of `taxes.toml`; empty: nothing is paid.
    taxe: str
    questions: tuple[Question, ...]
    issue: Issue
    a_completer: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether production may issue for it."""
        return not self.a_completer


def read_demarches(lecture: Lecture, canaux: Mapping[str, Canal], taxes: Mapping[str, Taxe]) -> dict[str, Demarche]:
    """Reads `demarches/<code>.toml`."""
    demarches: dict[str, Demarche] = {}
    for fiche in lecture.folder("demarches"):
        demarche = _read_demarche(fiche)
        if not ID.fullmatch(demarche.id):
            fiche.fault("id", "attendu DEM-nn")
        if PurePath(fiche.file).stem != demarche.code:
            fiche.fault("code", "le fichier porte un autre nom que le code")
        check_canaux(fiche, demarche.canaux, canaux)
        _check_taxe(fiche, demarche, taxes)
        shown = any(p.demonstration for b in demarche.pieces.blocs for p in b.valeur)
        if shown != ("pieces" in demarche.a_completer):
            fiche.fault("a_completer", "« pieces » y est si, et seulement si, une pièce est de démonstration")
        demarches[demarche.code] = demarche
    return demarches


def _check_taxe(fiche: Fiche, demarche: Demarche, taxes: Mapping[str, Taxe]) -> None:
    if demarche.taxe and demarche.taxe not in taxes:
        fiche.fault("taxe", f"« {demarche.taxe} » n'est pas dans taxes.toml")
        return
    shown = bool(demarche.taxe) and any(b.valeur.demonstration for b in taxes[demarche.taxe].montant.blocs)
    if shown != ("taxe" in demarche.a_completer):
        fiche.fault("a_completer", "« taxe » y est si, et seulement si, son montant est de démonstration")


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
        canaux=fiche.texts("canaux"),
        teleservice=fiche.dated("teleservice", lambda bloc: bloc.flag("valeur")),
        pendant_instruction=fiche.dated("pendant_instruction", lambda bloc: bloc.flag("valeur")),
        pieces=fiche.dated("pieces", read_pieces),
        pour_mineur=fiche.flag("pour_mineur", False),
        taxe=fiche.text("taxe", ""),
        questions=read_questions(fiche),
        issue=read_issue(fiche),
        a_completer=fiche.texts("a_completer", ()),
    )
    check_effect(fiche, demarche.issue, demarche.questions)
    fiche.close()
    return demarche
