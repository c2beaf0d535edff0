"""The pages of deposit: request → action → page, by noun."""

from services.deposit.pages import blocage, pieces

BLUEPRINTS: list[object] = []

__all__ = ["BLUEPRINTS", "blocage", "pieces"]
