"""Each legal or reporting text once: what it is, what the documents say of it, whether a rule rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from droit.catalogue.lecture import Lecture

FILE = "textes.toml"


class Nature(StrEnum):
    """What kind of text it is; only the first two can oblige."""

    TEXTE = "texte"
    DECISION = "decision"
    RAPPORT = "rapport"
    EVENEMENT = "evenement"
    SERVICE = "service"


@dataclass(frozen=True)
class Texte:
    """A text; `date` is written as the documents write it, empty when they give none."""

    cle: str
    titre: str
    nature: Nature
    date: str
    dit: str
    lu_dans: tuple[str, ...]
    verifie_par: str
    documentaire: bool


def read_textes(lecture: Lecture) -> dict[str, Texte]:
    """Reads `textes.toml` first: every other file may only cite what it holds."""
    fiche = lecture.open(FILE)
    textes: dict[str, Texte] = {}
    for cle in fiche.names():
        entry = fiche.table(cle)
        textes[cle] = Texte(
            cle=cle,
            titre=entry.text("titre"),
            nature=entry.choice("nature", Nature),
            date=entry.text("date", ""),
            dit=entry.text("dit"),
            lu_dans=entry.texts("lu_dans"),
            verifie_par=entry.text("verifie_par"),
            documentaire=entry.flag("documentaire", False),
        )
        entry.close()
        lecture.titres_de_textes[cle] = textes[cle].titre
    return textes


def check_use(lecture: Lecture, textes: dict[str, Texte]) -> None:
    """A text that no rule cites says so: it is there for the reader."""
    for cle, texte in textes.items():
        if cle not in lecture.cited and not texte.documentaire:
            lecture.fault(FILE, cle, "aucune règle ne le cite et il n'est pas marqué « documentaire »")
