"""What the rooms of a life share: the person, her demandes as they stand, and how an act is drawn and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from tests.deposit.conftest import Deposit
from tests.deposit.oracle import DEPOT, SITUATIONS, Situation
from tests.deposit.vie import Vie

DEBUT = date(2027, 1, 4)
DEMANDES_MAX = 5
OUVERTES = etats.EN_INSTRUCTION
RENOUVELEES = tuple(situation for situation in SITUATIONS if situation.stade == "renouvellement")
DES_LE_DEPOT = tuple(situation for situation in SITUATIONS if situation.des == DEPOT)
TOUTES = st.sampled_from(SITUATIONS)

Regle = Callable[..., None]
Condition = Callable[[Any], bool]


@dataclass
class Bilan:
    """What the lives of a run were made of, and the days without document that the texts leave, by cause."""

    vies: int = 0
    jours: int = 0
    actes: Counter[str] = field(default_factory=Counter)
    trous: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        acts = "\n".join(f"{count:6d}  {name}" for name, count in self.actes.most_common())
        return f"{self.vies} lives, {self.jours} days\n{acts}"


class Scene(RuleBasedStateMachine):
    """One life."""

    def __init__(self, deposit: Deposit, *, reglee: bool, bilan: Bilan) -> None:
        super().__init__()
        self.vie, self.bilan = Vie(deposit, DEBUT, reglee), bilan
        self.hers: list[Demande] = []

    def look(self) -> None:
        """Her demandes, in the order of filing, as the last act left them."""
        stored = {d.id: d for d in self.vie.stored(*etats.FOLLOWING)}
        self.hers = [stored[demande_id] for demande_id in self.vie.demandes]

    def among(self, *states: str) -> list[Demande]:
        """Her demandes in these states; in any when none is named."""
        return [d for d in self.hers if not states or d.state in states]

    @property
    def can_file(self) -> bool:
        """Whether another demande keeps the life readable."""
        return len(self.vie.demandes) < DEMANDES_MAX

    def end(self, situation: Situation, jours: int) -> date | None:
        """The last day of the title held, so many days from today."""
        return self.vie.today + timedelta(days=jours) if situation.avec_titre else None


def always(scene: Scene) -> bool:
    """No condition."""
    return True


def settled(scene: Scene) -> bool:
    """Only in the position of the recommendations: the texts in force do not answer what this brings."""
    return scene.vie.reglee


def acte(si: Condition = always, **drawn: st.SearchStrategy[Any]) -> Callable[[Regle], Regle]:
    """An act that may happen when `si` holds; each time is counted."""

    def of(act: Regle) -> Regle:
        def counted(scene: Scene, **values: Any) -> None:
            scene.bilan.actes[act.__name__] += 1
            act(scene, **values)

        counted.__name__ = act.__name__
        drawn_act: Regle = rule(**drawn)(counted)  # type: ignore[call-overload]
        return precondition(si)(drawn_act)

    return of


def on_demande(*states: str, si: Condition = always, **drawn: st.SearchStrategy[Any]) -> Callable[[Regle], Regle]:
    """An act on one of her demandes in these states."""

    def of(act: Regle) -> Regle:
        def chosen(scene: Scene, n: int, **values: Any) -> None:
            among = scene.among(*states)
            act(scene, among[n % len(among)], **values)

        chosen.__name__ = act.__name__
        return acte(lambda scene: si(scene) and bool(scene.among(*states)), n=st.integers(0, 3), **drawn)(chosen)

    return of
