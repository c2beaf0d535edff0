"""A feature tried in some places and for some subjects before it is for all, as the service that decides said it last.

Where nothing is known of it, it is off: what protects a right is never tried, it is there from its first day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import mongoengine as me
from pymongo.database import Database

from chassis import mongo

if TYPE_CHECKING:
    from chassis.inbox import Meta

OPEN, GENERAL, STOPPED = "OUVERTE", "GENERALISEE", "ARRETEE"
ALL = "*"
COLLECTION = "essais"
COUNTED_MAX = 1000


@dataclass(frozen=True)
class Trial:
    """Where, for what and since when a feature is tried; places and subjects by code, `*` for every one."""

    id: str
    state: str
    places: tuple[str, ...]
    subjects: tuple[str, ...]
    begun: date

    def shows(self, places: Collection[str], subjects: Collection[str], day: date) -> bool:
        """Whether the feature shows on that day for one of these places and one of these subjects."""
        if self.state == GENERAL:
            return True
        within = ALL in self.places or not set(places).isdisjoint(self.places)
        about = ALL in self.subjects or not set(subjects).isdisjoint(self.subjects)
        return self.state == OPEN and self.begun <= day and within and about

    @property
    def asks_opinion(self) -> bool:
        """Whether people are asked if it is useful: until it is general."""
        return self.state == OPEN


@dataclass(frozen=True)
class Count:
    """A number that a feature shows while it is tried; `more` when counting stopped there."""

    trial: Trial
    number: int
    more: bool


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """A trial is read by its feature, at each showing."""
    db[COLLECTION].create_index([("feature", 1), ("state", 1)])


def learn_as(service: str) -> Callable[[Any, Meta], None]:
    """What this service does with the fact that a trial was opened, made general or stopped: it keeps the last one."""

    def learn(event: Any, meta: Meta) -> None:
        values = {
            "feature": event.fonction,
            "state": event.state,
            "places": list(event.prefectures),
            "subjects": list(event.titres),
            "begun": event.debut_date,
        }
        mongo.move_forward(mongo.database(service)[COLLECTION], event.experimentation_id, meta.version, values)

    return learn


def running(service: str, feature: str, places: Collection[str], subjects: Collection[str], day: date) -> Trial | None:
    """The trial by which this feature shows on `day` for one of these places and subjects; None when it is off."""
    found = mongo.database(service)[COLLECTION].find_one({"feature": feature, "state": {"$in": [OPEN, GENERAL]}})
    # An older release told neither where nor since when.
    if found is None or not found["begun"]:
        return None
    begun = date.fromisoformat(found["begun"])
    trial = Trial(found["_id"], found["state"], tuple(found["places"]), tuple(found["subjects"]), begun)
    return trial if trial.shows(places, subjects, day) else None


def count(trial: Trial, document: type[me.Document], criteria: dict[str, Any]) -> Count:
    """How many of these documents there are, no further than a page can say usefully."""
    number = mongo.collection_of(document).count_documents(criteria, limit=COUNTED_MAX)
    return Count(trial, number, number == COUNTED_MAX)
