"""What makes a demande under way a ghost, open on paper only; a living one is never called forgotten (DEP-27). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse

PAS_FANTOME = Motif(
    "PAS_UNE_ANCIENNE_DEMANDE",
    "regle-du-service",
    "Cette demande n’est pas une ancienne demande oubliée : elle est en cours.",
    "Une demande en cours se ferme dans son dossier, avec un motif et les voies de recours, par la préfecture qui l’a.",
    Genre.CONFLIT,
)


@dataclass(frozen=True)
class Ouverte:
    """A demande under way: whether an older application brought it as open on paper only, what it asks, since when;
    `fin_titre` is the last day of the title that it follows.
    """

    reprise: bool
    titre_code: str
    depot: date
    fin_titre: date | None = None


@dataclass(frozen=True)
class Remis:
    """A title handed over to the person; `fin` is its last day, where it is known."""

    titre_code: str
    jour: date
    fin: date | None = None


def is_ghost(demande: Ouverte, remis: Collection[Remis], today: date, age_jours: int) -> bool:
    """Taken over as such, or answered by a title of the same kind handed over since, or older than any living one."""
    if demande.reprise or demande.depot + timedelta(days=age_jours) < today:
        return True
    return any(_answers(titre, demande) for titre in remis)


def _answers(titre: Remis, demande: Ouverte) -> bool:
    """The title that the demande renews does not answer it, however late that one was handed over."""
    renewed = titre.fin is not None and demande.fin_titre is not None and titre.fin <= demande.fin_titre
    return titre.titre_code == demande.titre_code and titre.jour > demande.depot and not renewed


def may_close(*, fantome: bool) -> Decision:
    """Any préfecture closes a ghost; a living demande is closed by its own, with its notice (DEP-39)."""
    return accept() if fantome else refuse(PAS_FANTOME)
