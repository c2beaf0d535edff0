"""What is paid, as a named and dated table: a tax of a démarche, the fee of a late demande (DEP-22, DEP-25)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Dated

FILE = "taxes.toml"
DROITS_DE_REGULARISATION = "droits-de-regularisation"


@dataclass(frozen=True)
class Montant:
    """An amount in cents of euro; `demonstration` when no source gives it."""

    centimes: int
    demonstration: bool

    @property
    def en_mots(self) -> str:
        """The amount as people read it."""
        euros, cents = divmod(self.centimes, 100)
        said = f"{euros} €" if not cents else f"{euros},{cents:02} €"
        return f"{said} (montant de démonstration)" if self.demonstration else said


@dataclass(frozen=True)
class Taxe:
    """Something to pay, by its name."""

    code: str
    libelle: str
    montant: Dated[Montant]


def read_taxes(lecture: Lecture) -> Mapping[str, Taxe]:
    """Reads `taxes.toml`."""
    fiche = lecture.open(FILE)
    taxes = {}
    for code in fiche.names():
        entry = fiche.table(code)
        taxes[code] = Taxe(code, entry.text("libelle"), entry.dated("montant", _montant))
        entry.close()
    if DROITS_DE_REGULARISATION not in taxes:
        fiche.fault(DROITS_DE_REGULARISATION, "table obligatoire absente")
    return taxes


def _montant(bloc: Fiche) -> Montant:
    return Montant(bloc.number("centimes", minimum=1), bloc.flag("demonstration", False))
