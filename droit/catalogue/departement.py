"""Every French department by its official code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Citation

FILE = "departements.toml"
NOMBRE = 101


@dataclass(frozen=True)
class Departement:
    """A department; `collectivite` marks an overseas collectivity: not a department, but in the same list of codes.

    `fuseau` is its time zone, by its name in the tz database.
    """

    code: str
    nom: str
    collectivite: bool
    fuseau: str
    citation: Citation


def read_departements(lecture: Lecture) -> dict[str, Departement]:
    """Reads `departements.toml`; a department missing or added against the official list is bad data."""
    fiche = lecture.open(FILE)
    citation = fiche.citation()
    zones, default = _fuseaux(fiche.table("fuseaux"))
    departements: dict[str, Departement] = {}
    for section, collectivite in (("departements", False), ("collectivites", True)):
        table = fiche.table(section)
        for code in table.names():
            if code in departements:
                table.fault(code, "code répété")
            departements[code] = Departement(code, table.text(code), collectivite, zones.get(code, default), citation)
    for code in zones.keys() - departements.keys():
        fiche.fault(f"fuseaux.{code}", "ce code n'est pas dans la liste")
    fiche.close()
    found = sum(not d.collectivite for d in departements.values())
    if found != NOMBRE:
        fiche.fault("departements", f"{NOMBRE} départements attendus, {found} trouvés")
    return departements


def _fuseaux(fiche: Fiche) -> tuple[Mapping[str, str], str]:
    """The zones of the departments that name one, then the zone of all others."""
    fiche.citation()
    default = read_fuseau(fiche, "defaut")
    return {
        name: read_fuseau(fiche, name) for name in fiche.names() if name not in ("source", "section", "defaut")
    }, default


def read_fuseau(fiche: Fiche, name: str, default: str | None = None) -> str:
    """A time zone; a name that the tz database does not hold is bad data."""
    fuseau = fiche.text(name, default)
    if fuseau and fuseau not in _zones():
        fiche.fault(name, f"« {fuseau} » n'est pas un fuseau de la base tz")
    return fuseau


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
