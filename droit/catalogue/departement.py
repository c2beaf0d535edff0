"""Every French department by its official code."""

from __future__ import annotations

from dataclasses import dataclass

from droit.catalogue.lecture import Lecture
from droit.dates import Citation

FILE = "departements.toml"
NOMBRE = 101


@dataclass(frozen=True)
class Departement:
    """A department; `collectivite` marks an overseas collectivity, which is none but has a code of the same list."""

    code: str
    nom: str
    collectivite: bool
    citation: Citation


def read_departements(lecture: Lecture) -> dict[str, Departement]:
    """Reads `departements.toml`; a department more or less than the official list is bad data."""
    fiche = lecture.open(FILE)
    citation = fiche.citation()
    departements: dict[str, Departement] = {}
    for section, collectivite in (("departements", False), ("collectivites", True)):
        table = fiche.table(section)
        for code in table.names():
            if code in departements:
                table.fault(code, "code répété")
            departements[code] = Departement(code, table.text(code), collectivite, citation)
    fiche.close()
    found = sum(not d.collectivite for d in departements.values())
    if found != NOMBRE:
        fiche.fault("departements", f"{NOMBRE} départements attendus, {found} trouvés")
    return departements
