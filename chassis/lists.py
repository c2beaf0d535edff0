"""Lists that cost the same however long they are: a page begins where the one before ended, counts stop at a bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo.collection import Collection

# Beyond it a count says « as many, or more »: nobody acts otherwise for one more.
COUNT_MAX = 1000
CURSOR_MAX = 200
_BETWEEN = "~"
Document = dict[str, Any]


def page(
    collection: Collection[Document],
    criteria: Mapping[str, Any],
    order: str,
    after: str,
    size: int,
    read: Callable[[str], Any] = str,
) -> tuple[list[Document], str]:
    """One page by `order`, then by id, and where the next one begins: empty at the end. `read` reads what `str` wrote.

    The index that finds `criteria` ends by `order` and the id, so that each page is read from its first line.
    """
    wanted = dict(criteria)
    if after:
        written, _, last = after.rpartition(_BETWEEN)
        value = read(written)
        wanted[order] = {**wanted.get(order, {}), "$gte": value}
        wanted["$or"] = [{order: {"$gt": value}}, {"_id": {"$gt": last}}]
    rows = list(collection.find(wanted).sort([(order, 1), ("_id", 1)]).limit(size + 1))
    if len(rows) <= size:
        return rows, ""
    end = rows[size - 1]
    return rows[:size], f"{end[order]}{_BETWEEN}{end['_id']}"


def count(collection: Collection[Document], criteria: Mapping[str, Any], index: Sequence[str]) -> int:
    """How many documents match, up to COUNT_MAX, by the keys of this index alone: MongoDB may prefer another one whose
    documents it would then read.
    """
    return collection.count_documents(criteria, limit=COUNT_MAX, hint=[(name, 1) for name in index])


def in_words(counted: int) -> str:
    """A count as a page shows it."""
    return f"{COUNT_MAX}+" if counted >= COUNT_MAX else str(counted)
