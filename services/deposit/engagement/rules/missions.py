"""The same title asked for in the same situation is treated alike everywhere, or somebody goes to see why (XCT-22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from droit.decision import Decision, Genre, Motif, accept, refuse

PROPOSEE, DECIDEE, EN_COURS, TERMINEE, ECARTEE = "PROPOSEE", "DECIDEE", "EN_COURS", "TERMINEE", "ECARTEE"
ETATS: Mapping[str, str] = {
    PROPOSEE: "Proposée par la mesure",
    DECIDEE: "Décidée",
    EN_COURS: "En cours dans la préfecture",
    TERMINEE: "Terminée",
    ECARTEE: "Écartée, avec sa raison",
}
FOLLOWING: Mapping[str, tuple[str, ...]] = {
    PROPOSEE: (DECIDEE, ECARTEE),
    DECIDEE: (EN_COURS, ECARTEE),
    EN_COURS: (TERMINEE,),
    TERMINEE: (),
    ECARTEE: (),
}
OPEN_STATES = (PROPOSEE, DECIDEE, EN_COURS)

MISSION_INCONNUE = Motif(
    "MISSION_INCONNUE",
    "regle-du-service",
    "Cette mission d’appui n’existe pas.",
    "Revenez à la liste des missions.",
    Genre.INTROUVABLE,
)
SUITE_IMPOSSIBLE = Motif(
    "MISSION_SUITE_IMPOSSIBLE",
    "regle-du-service",
    "Cette suite ne convient pas à l’état de la mission, ou rien n’est écrit.",
    "Choisissez une suite de la liste, et écrivez ce qui est décidé ou ce qui a été vu.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Issues:
    """What became of the demandes of one préfecture for one title in one situation."""

    prefecture: str
    objet: str
    nombre: int
    favorables: int


@dataclass(frozen=True)
class Ecart:
    """One préfecture beside all the others together: shares of favourable ends, in percent."""

    prefecture: str
    objet: str
    nombre: int
    part: float
    part_ailleurs: float
    seuil: int

    @property
    def points(self) -> float:
        """The points between the two; below zero, fewer favourable ends here."""
        return self.part - self.part_ailleurs

    @property
    def diverge(self) -> bool:
        """Whether the difference is one that a mission looks into."""
        return abs(self.points) >= self.seuil


def compare(issues: Iterable[Issues], minimum: int, seuil: int) -> list[Ecart]:
    """Each préfecture with at least `minimum` ends, where the others have as many together; the widest gap first."""
    known = [each for each in issues if each.prefecture]
    found = []
    for here in known:
        others = [each for each in known if each.objet == here.objet and each.prefecture != here.prefecture]
        elsewhere = sum(each.nombre for each in others)
        if here.nombre < minimum or elsewhere < minimum:
            continue
        part_ailleurs = sum(each.favorables for each in others) / elsewhere * 100
        part = here.favorables / here.nombre * 100
        found.append(Ecart(here.prefecture, here.objet, here.nombre, part, part_ailleurs, seuil))
    return sorted(found, key=lambda gap: (-abs(gap.points), gap.objet, gap.prefecture))


def may_become(state: str, next_state: str, mot: str) -> Decision:
    """Forward only, and each step says why or what was seen."""
    allowed = next_state in FOLLOWING[state] and bool(mot.strip())
    return accept() if allowed else refuse(SUITE_IMPOSSIBLE, champ="mot" if not mot.strip() else "state")
