"""A way to file, as data: its words and the page where it is used (DEP-21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from droit.catalogue.lecture import Fiche, Lecture

FILE = "canaux.toml"


@dataclass(frozen=True)
class Canal:
    """A way to file; `lien` is the page where it is used, with « {code} » for the code of the entry."""

    code: str
    libelle: str
    lien: str

    def page(self, code: str) -> str:
        """Where this entry is asked for by this way."""
        return self.lien.replace("{code}", code)


def read_canaux(lecture: Lecture) -> Mapping[str, Canal]:
    """Reads `canaux.toml`, in the order of the file."""
    fiche = lecture.open(FILE)
    canaux = {}
    for code in fiche.names():
        entry = fiche.table(code)
        canaux[code] = Canal(code, entry.text("libelle"), entry.text("lien"))
        if not canaux[code].lien.startswith(("/", "https://")):
            entry.fault("lien", "attendu une page d'ici (« / ») ou une adresse en https")
        entry.close()
    return canaux


def check_canaux(fiche: Fiche, codes: tuple[str, ...], canaux: Mapping[str, Canal]) -> None:
    """Each way that an entry names is described."""
    for code in codes:
        if code not in canaux:
            fiche.fault("canaux", f"« {code} » n'est pas dans {FILE}")
