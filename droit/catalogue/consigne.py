"""A rule given to the channels, or a text that helps: published, dated and versioned beside the law (XCT-23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePath

from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Citation


class Genre(StrEnum):
    """What it is for; the value is how a page calls it."""

    INSTRUCTION = "instruction"
    REGLE_TRANSITOIRE = "regle-transitoire"
    MODELE = "modele"
    FICHE_METIER = "fiche-metier"
    ELEMENTS_DE_LANGAGE = "elements-de-langage"
    AIDE = "aide"
    GUIDE = "guide"
    FAQ = "faq"
    KIT = "kit"
    DECLARATION = "declaration"


class Destinataire(StrEnum):
    """Who is told to follow it, or helped by it."""

    CCC = "ccc"
    PAN = "pan"
    PREFECTURE = "prefecture"
    USAGERS = "usagers"


@dataclass(frozen=True)
class Version:
    """Its words from a day on. `release` is the version of the service that they belong to."""

    depuis: date
    release: str
    citation: Citation
    texte: str


@dataclass(frozen=True)
class Consigne:
    """One text with all its versions, the first one first; `regles` are the national rules that it puts in words."""

    code: str
    genre: Genre
    titre: str
    responsable: str
    destinataires: tuple[Destinataire, ...]
    regles: tuple[str, ...]
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version | None:
        """The version in force on a day, or None before the first one."""
        return next((version for version in reversed(self.versions) if version.depuis <= day), None)

    def begun_on(self, depuis: str) -> Version | None:
        """The version that began on this day (ISO), in force or not any more."""
        return next((version for version in self.versions if version.depuis.isoformat() == depuis), None)


def read_consignes(lecture: Lecture, regles: Mapping[str, object]) -> dict[str, Consigne]:
    """Reads `consignes/<code>.toml`."""
    found: dict[str, Consigne] = {}
    for fiche in lecture.folder("consignes"):
        consigne = Consigne(
            code=fiche.text("code"),
            genre=fiche.choice("genre", Genre),
            titre=fiche.text("titre"),
            responsable=fiche.text("responsable"),
            destinataires=fiche.choices("destinataires", Destinataire),
            regles=fiche.texts("regles", ()),
            versions=tuple(_version(entry) for entry in fiche.tables("versions", required=True)),
        )
        if PurePath(fiche.file).stem != consigne.code:
            fiche.fault("code", "le fichier porte un autre nom que le code")
        for cle in consigne.regles:
            if cle not in regles:
                fiche.fault("regles", f"« {cle} » n'est pas dans national.toml")
        days = [version.depuis for version in consigne.versions]
        if days != sorted(set(days)):
            fiche.fault("versions", "les versions se suivent, une par jour, la plus ancienne d'abord")
        fiche.close()
        found[consigne.code] = consigne
    return found


def _version(fiche: Fiche) -> Version:
    version = Version(fiche.day("depuis"), fiche.text("release", ""), fiche.citation(), fiche.text("texte").strip())
    fiche.close()
    return version
