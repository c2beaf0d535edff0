"""Which démarches join the téléservice, and from which day people are told (NOT-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from droit.catalogue import Catalogue
from droit.catalogue.demarche import Demarche
from droit.catalogue.titre import Titre
from droit.dates import Position


@dataclass(frozen=True)
class Entree:
    """A démarche and the day on which it joins."""

    code: str
    libelle: str
    effet: date
    titre: bool


def entries(cat: Catalogue, today: date, lead_days: int, position: Position) -> list[Entree]:
    """What joins after `today` and within `lead_days`, as the dated data say it; what is there already is no news."""
    titres = _joining(cat.titres(), today, lead_days, position, titre=True)
    return [*titres, *_joining(cat.demarches(), today, lead_days, position, titre=False)]


def _joining(
    found: Iterable[Titre | Demarche], today: date, lead_days: int, position: Position, *, titre: bool
) -> list[Entree]:
    joining = []
    for each in found:
        for bloc in each.teleservice.blocs:
            ours = bloc.valeur and bloc.position in (None, position)
            before = bloc.depuis - timedelta(days=1)
            new = not (each.teleservice.is_known(before, position) and each.teleservice.at(before, position).value)
            if ours and new and today < bloc.depuis <= today + timedelta(days=lead_days):
                joining.append(Entree(each.code, each.libelle, bloc.depuis, titre))
    return joining
