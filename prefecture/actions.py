"""What a préfecture says on a day: the rules that it published, else those shipped with droit, samples apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

import mongoengine as me

from chassis.settings import Settings
from droit.catalogue import Catalogue
from droit.catalogue.prefecture import Prefecture
from prefecture import store
from prefecture.modalites import Modalites, unpublished
from prefecture.modalites import published as of_rules

# Each préfecture has a version in force, and some a next one.
VERSIONS_KEPT = 256


class Frame(Protocol):
    """What these readers need of their process: its settings, the catalogue, and whether samples are refused."""

    @property
    def settings(self) -> Settings: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def production(self) -> bool: ...


def shipped(frame: Frame) -> tuple[Prefecture, ...]:
    """The rules that this deployment starts with. The only guard of samples: production has none of them."""
    return frame.catalogue.prefectures(exemples=not frame.production)


def rules_in_force(published: type[me.Document], code: str, day: date, frame: Frame) -> Prefecture | None:
    """The rules of a préfecture on a day; None where it has written none, and the national rules then hold alone."""
    return of_version(store.last_begun(published, code, day), code, frame)


def of_version(version: dict[str, Any] | None, code: str, frame: Frame) -> Prefecture | None:
    """The same, of the last version begun as it was read; None where none was published."""
    if version is None:
        return next((prefecture for prefecture in shipped(frame) if prefecture.code == code), None)
    rules = _read(version["regles"], frame.catalogue.prefecture_from_json)
    return None if rules.exemple and frame.production else rules


@lru_cache(maxsize=VERSIONS_KEPT)
def _read(text: str, read: Callable[[str], Prefecture]) -> Prefecture:
    """Kilobytes of JSON that every act on a demande asks for, and that change a few times a year."""
    return read(text)


def modalites(published: type[me.Document], code: str, day: date, frame: Frame) -> Modalites:
    """The ways of a préfecture in words.

    There is always one: where it has no rules, that is said, with where to ask.
    """
    return describe(code, rules_in_force(published, code, day, frame), frame)


def describe(
    code: str, rules: Prefecture | None, frame: Frame, fermes: frozenset[str] = frozenset(), *, heures: bool = True
) -> Modalites:
    """The ways that these rules open; `fermes` are the codes of places that closed since, `heures` whether their hours
    are recent enough to be shown.
    """
    if rules is not None:
        return of_rules(rules, fermes, heures=heures)
    return unpublished(code, name(code, None, frame), frame.catalogue.fuseau(code), frame.settings.public_url)


def name(code: str, rules: Prefecture | None, frame: Frame) -> str:
    """How a préfecture calls itself; else by its département, where that is known."""
    if rules is not None:
        return rules.nom
    named = next((d.nom for d in frame.catalogue.departements() if d.code == code), "")
    return f"Préfecture : {named}" if named else "Préfecture de votre lieu de résidence"
