"""What each partner's own text says of the attestations, and a note to show them (XCT-13)."""

from __future__ import annotations

from dataclasses import dataclass

from droit.catalogue.lecture import Lecture
from droit.dates import Citation, Dated

FILE = "partenaires.toml"


@dataclass(frozen=True)
class Partenaire:
    """A kind of partner; `nomme`: its text names the dematerialised attestations; `note`: plain words to show it."""

    code: str
    nom: str
    textes: tuple[str, ...]
    nomme: Dated[bool]
    note: str
    citation: Citation


def read_partenaires(lecture: Lecture) -> dict[str, Partenaire]:
    """Reads `partenaires.toml`."""
    fiche = lecture.open(FILE)
    partenaires: dict[str, Partenaire] = {}
    for code in fiche.names():
        entry = fiche.table(code)
        partenaires[code] = Partenaire(
            code,
            entry.text("nom"),
            entry.texte_keys("textes"),
            entry.dated("nomme", lambda bloc: bloc.flag("valeur")),
            entry.text("note"),
            entry.citation(),
        )
        entry.close()
    return partenaires
