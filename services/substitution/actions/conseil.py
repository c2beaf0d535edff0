"""The channel adviser, over the ways of the person's préfecture."""

from __future__ import annotations

from services.substitution import inputs
from services.substitution.actions.prefectures import modalites
from services.substitution.rules import conseil as rules
from services.substitution.rules.conseil import Canal


def advise(said: inputs.Situation) -> tuple[str, tuple[Canal, ...]]:
    """The reason and the ways, in the order that fits; the same answer on a screen, by telephone and for an agent."""
    ways = modalites(said.prefecture).moyens
    return rules.advise(rules.Situation(**said.model_dump(exclude={"prefecture"}), ouverts=ways))
