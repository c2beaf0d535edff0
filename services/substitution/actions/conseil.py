"""The channel adviser, over the ways of the person's préfecture."""

from __future__ import annotations

from services.substitution.actions.prefectures import modalites
from services.substitution.rules import conseil as rules
from services.substitution.rules.conseil import Canal, Situation

__all__ = ["Canal", "Situation", "advise"]


def advise(prefecture: str, situation: Situation) -> tuple[str, tuple[Canal, ...]]:
    """The reason and the ways, in the order that fits; the same answer on a screen, by telephone and for an agent."""
    ways = modalites(prefecture).moyens
    told = Situation(**{**situation.__dict__, "ouverts": ways})
    return rules.advise(told)
