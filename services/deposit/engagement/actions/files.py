"""The queues of what is owed by a day: one page of them in one state, with the count of each state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chassis.mongo import Aggregate, collection_of
from chassis.web.who import Who
from services.deposit.dossier.store.usager import Usager
from services.deposit.instruction.actions.file_attente import prefectures_of

PAGE = 20

T = TypeVar("T", bound=Aggregate)


@dataclass(frozen=True)
class File(Generic[T]):
    """One page of a queue, the counts of all its states, and whether there is a next page; `noms` are by usager id."""

    lignes: list[T]
    noms: dict[str, str]
    comptes: dict[str, int]
    suite: bool


def read(document: type[T], who: Who, state: str, page: int, states: Iterable[str]) -> File[T]:
    """What an agent's préfectures owe in one state, the earliest day first."""
    found = document.objects(prefecture__in=prefectures_of(who), state=state).order_by("echeance_date")
    rows = list(found.skip(PAGE * max(page, 0)).limit(PAGE + 1))
    people = Usager.objects(id__in=[row.usager_id for row in rows]).only("nom", "prenoms")
    return File(
        lignes=rows[:PAGE],
        noms={u.id: f"{u.prenoms} {u.nom}".strip() for u in people},
        comptes={code: count(document, who, code) for code in states},
        suite=len(rows) > PAGE,
    )


def count(document: type[T], who: Who, state: str) -> int:
    """How much an agent's préfectures owe in one state."""
    return collection_of(document).count_documents({"prefecture": {"$in": prefectures_of(who)}, "state": state})
