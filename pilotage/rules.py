"""An indicator is data with its definition; a fact gives measures; workload and gain are computed from their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from typing import NamedTuple


class Genre(StrEnum):
    """How the measures of a period become one figure."""

    NOMBRE = "nombre"
    MOYENNE = "moyenne"
    PART = "part"


@dataclass(frozen=True)
class Indicateur:
    """One figure that is published; `publie` is the official or survey figure that it lets anybody check."""

    code: str
    libelle: str
    definition: str
    genre: Genre = Genre.NOMBRE
    unite: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    publie: str = ""

    def figure(self, nombre: int, somme: float) -> float | None:
        """The figure of a period: a sum, a mean, or a share in percent; None where nothing was measured."""
        if self.genre is Genre.NOMBRE:
            return somme
        if not nombre:
            return None
        return somme / nombre * (100 if self.genre is Genre.PART else 1)


class Mesure(NamedTuple):
    """What one fact adds to an indicator: one by default, days for a mean, 0 or 1 for a share."""

    indicateur: str
    valeur: float = 1
    detail: str = ""


class Ligne(NamedTuple):
    """The measures of one period, préfecture, indicator and detail, added up."""

    periode: str
    prefecture: str
    indicateur: str
    detail: str
    nombre: int
    somme: float


@dataclass(frozen=True)
class Charge:
    """What came in and what was done in a month, before the agents who were there to do it (XCT-19)."""

    prefecture: str
    arrivees: int
    faites: int
    agents: int

    @property
    def par_agent(self) -> float | None:
        """What came in for each agent."""
        return self.arrivees / self.agents if self.agents else None

    @property
    def manque(self) -> int | None:
        """The agents who lack to do all that came in at the pace of that month; None where no pace is known."""
        if self.faites >= self.arrivees:
            return 0
        if not self.agents or not self.faites:
            return None
        return ceil(self.arrivees * self.agents / self.faites) - self.agents


@dataclass(frozen=True)
class Gain:
    """One démarche filed online, beside the same one filed otherwise: days for the person, acts for the agents."""

    demarche: str
    en_ligne: int
    autrement: int
    jours: float | None
    gestes: float | None

    @property
    def verdict(self) -> str:
        """What the figures allow to say, and never more."""
        if self.jours is None or self.gestes is None:
            return "Pas de gain démontré : il manque des dossiers décidés par l’une des deux voies pour comparer."
        said = {
            (True, True): "Gain mesuré pour les usagers et pour les agents.",
            (True, False): "Gain mesuré pour les usagers. Aucun gain pour les agents.",
            (False, True): "Gain mesuré pour les agents. Aucun gain pour les usagers.",
            (False, False): "Aucun gain mesuré, ni pour les usagers, ni pour les agents.",
        }
        return said[self.jours > 0, self.gestes > 0]


def added(lignes: Iterable[Ligne], periode: str | None = None) -> list[Ligne]:
    """The same measures added over days; `periode` names what they become."""
    sums: dict[tuple[str, str, str, str], tuple[int, float]] = {}
    for ligne in lignes:
        key = (periode if periode is not None else ligne.periode, *ligne[1:4])
        nombre, somme = sums.get(key, (0, 0.0))
        sums[key] = (nombre + ligne.nombre, somme + ligne.somme)
    return [Ligne(*key, *sums[key]) for key in sorted(sums)]


def total(lignes: Iterable[Ligne], indicateur: Indicateur, **where: str) -> tuple[int, float]:
    """How many measures, and their sum, where these columns have these values."""
    nombre, somme = 0, 0.0
    for ligne in lignes:
        if ligne.indicateur == indicateur.code and all(getattr(ligne, name) == value for name, value in where.items()):
            nombre, somme = nombre + ligne.nombre, somme + ligne.somme
    return nombre, somme


def workload(
    lignes: Sequence[Ligne], arrivees: Sequence[str], faites: Sequence[str], effectif: Mapping[str, int]
) -> list[Charge]:
    """Each préfecture of a month, the heaviest first; those who serve every préfecture stand under an empty code."""
    seen: dict[str, list[int]] = {prefecture: [0, 0] for prefecture in effectif}
    for ligne in lignes:
        counts = seen.setdefault(ligne.prefecture, [0, 0])
        counts[0] += int(ligne.somme) if ligne.indicateur in arrivees else 0
        counts[1] += int(ligne.somme) if ligne.indicateur in faites else 0
    found = [Charge(code, came, done, effectif.get(code, 0)) for code, (came, done) in seen.items()]
    return sorted(found, key=lambda charge: (-charge.arrivees, charge.prefecture))


# In the detail of an indicator, between the démarche and the way by which it was filed.
VOIE, EN_LIGNE, AUTREMENT = "|", "en-ligne", "autrement"


def gains(lignes: Sequence[Ligne], jours: str, gestes: str) -> list[Gain]:
    """For each démarche filed online: how much less it takes than otherwise, in days and in acts (XCT-20)."""
    means: dict[tuple[str, str, str], tuple[int, float]] = {}
    for ligne in lignes:
        demarche, _, voie = ligne.detail.partition(VOIE)
        nombre, somme = means.get((demarche, voie, ligne.indicateur), (0, 0.0))
        means[demarche, voie, ligne.indicateur] = (nombre + ligne.nombre, somme + ligne.somme)

    def less(demarche: str, code: str) -> float | None:
        there = [means.get((demarche, voie, code), (0, 0.0)) for voie in (AUTREMENT, EN_LIGNE)]
        if not all(nombre for nombre, _ in there):
            return None
        otherwise, online = (somme / nombre for nombre, somme in there)
        return otherwise - online

    online = sorted({demarche for demarche, voie, code in means if voie == EN_LIGNE and code == jours})
    return [
        Gain(
            demarche,
            means[demarche, EN_LIGNE, jours][0],
            means.get((demarche, AUTREMENT, jours), (0, 0.0))[0],
            less(demarche, jours),
            less(demarche, gestes),
        )
        for demarche in online
    ]
