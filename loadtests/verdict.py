"""The thresholds, and what a run is worth: held, not held, or not valid when the generator itself did not keep up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Mesures:
    """What a run measured. `backlog_seconds` is None when something still waited when we stopped looking."""

    erreurs: int
    manquees: int
    sorties: float
    debit: float
    generateur_cpu: float
    lectures_p95_ms: float
    commandes_p95_ms: float
    faits_p95_seconds: float
    faits: int
    backlog_seconds: float | None
    rejets: int
    messages: float
    demandes: int


class Sens(StrEnum):
    """On which side of the limit a measure is good."""

    AU_PLUS = "au plus"
    AU_MOINS = "au moins"


@dataclass(frozen=True)
class Seuil:
    """One threshold. `valide` means that beyond it the run says nothing about the system."""

    mesure: str
    libelle: str
    sens: Sens
    limite: float
    unite: str = ""
    valide: bool = False

    def holds(self, value: float | None) -> bool:
        """Whether a measure is within the limit; nothing measured is not."""
        if value is None:
            return False
        return value <= self.limite if self.sens is Sens.AU_PLUS else value >= self.limite


SEUILS = (
    Seuil("sorties", "arrivées lancées à temps par le générateur, en part", Sens.AU_MOINS, 0.99, valide=True),
    Seuil("generateur_cpu", "processeur du générateur", Sens.AU_PLUS, 90, "%", valide=True),
    Seuil("debit", "débit tenu, en part du débit voulu", Sens.AU_MOINS, 0.99),
    Seuil("manquees", "arrivées manquées", Sens.AU_PLUS, 0),
    Seuil("erreurs", "erreurs", Sens.AU_PLUS, 0),
    Seuil("rejets", "faits mis de côté", Sens.AU_PLUS, 0),
    Seuil("lectures_p95_ms", "lectures, p95", Sens.AU_PLUS, 250, "ms"),
    Seuil("commandes_p95_ms", "commandes, p95", Sens.AU_PLUS, 500, "ms"),
    Seuil("faits_p95_seconds", "de l’acte à son effet ailleurs, p95", Sens.AU_PLUS, 2, "s"),
    Seuil("backlog_seconds", "plus rien n’attend après la fin", Sens.AU_PLUS, 10, "s"),
    Seuil("messages", "messages préparés, en part du mélange", Sens.AU_MOINS, 1.0),
    Seuil("demandes", "demandes dans la base", Sens.AU_MOINS, 100_000),
)


class Issue(StrEnum):
    """What the run is worth."""

    TENU = "tenu"
    NON_TENU = "non tenu"
    NON_VALABLE = "non valable"


@dataclass(frozen=True)
class Ligne:
    """A threshold with what was measured."""

    seuil: Seuil
    valeur: float | None
    tenu: bool


@dataclass(frozen=True)
class Verdict:
    """Every threshold, and the issue."""

    lignes: tuple[Ligne, ...]

    @property
    def issue(self) -> Issue:
        """Not valid wins over not held: a generator that lags measures itself."""
        broken = [ligne for ligne in self.lignes if not ligne.tenu]
        if any(ligne.seuil.valide for ligne in broken):
            return Issue.NON_VALABLE
        return Issue.NON_TENU if broken else Issue.TENU


def judge(mesures: Mesures, seuils: Sequence[Seuil] = SEUILS) -> Verdict:
    """Holds each measure against its threshold."""
    return Verdict(
        tuple(Ligne(seuil, value, seuil.holds(value)) for seuil in seuils for value in [getattr(mesures, seuil.mesure)])
    )
