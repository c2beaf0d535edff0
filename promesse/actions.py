"""A channel promises something to a person: kept where it was said, and made a task of her préfecture by deposit.

The order to deposit is stored in the same write as the promise: with deposit down it waits, shown as such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis import clock, outbox
from chassis.commands import Answer, Reply
from chassis.mongo import Aggregate, find
from chassis.outbox import Command
from chassis.web.who import Who
from droit.decision import Refused
from promesse import rules
from promesse.inputs import Parole
from promesse.rules import EN_ATTENTE, NOTEE, REFUSEE, TENUE
from promesse.store import Promesse
from sejour.deposit.v1 import deposit_pb2

NOTER = "sejour.deposit.v1.DepositService/NoterPromesse"
TENIR = "sejour.deposit.v1.DepositService/TenirPromesse"
GENRES = rules.GENRES
KEPT = 20


@dataclass(frozen=True)
class Concerne:
    """To whom it is promised, about which demande, in which préfecture when she has none."""

    usager_id: str
    demande_id: str = ""
    prefecture: str = ""


def promise(keeper: Any, parole: Parole, concerne: Concerne, who: Who, *, request_id: str) -> Any:
    """Promises, in the write of `keeper`, which has a list `promesses`. Raises Refused for no kind, day or dossier."""
    if outbox.already(keeper, request_id):
        return keeper
    rules.may_promise(parole.genre, parole.jour, clock.today()).or_refuse()
    if not concerne.usager_id:
        raise Refused(rules.PROMESSE_SANS_DOSSIER)
    said = Promesse(id=request_id, genre=parole.genre, echeance_date=parole.jour, texte=parole.texte, par=who.subject)
    keeper.promesses = [*keeper.promesses, said][-KEPT:]
    request = deposit_pb2.NoterPromesseRequest(
        request_id=request_id,
        usager_id=concerne.usager_id,
        demande_id=concerne.demande_id,
        genre=parole.genre,
        echeance_date=parole.jour.isoformat(),
        texte=parole.texte,
        prefecture=concerne.prefecture,
    )
    order = Command("deposit", NOTER, request, request_id, on_behalf=who.subject)
    return outbox.update(keeper, order, request_id=request_id)


def keep(keeper: Any, promesse_id: str, who: Who, *, request_id: str) -> Any:
    """Says that a promise of `keeper` was kept: the task ends, and nobody is told that it was missed."""
    if outbox.already(keeper, request_id):
        return keeper
    said = next((made for made in keeper.promesses if promesse_id and made.promesse_id == promesse_id), None)
    if said is None:
        raise Refused(rules.GENRE_INCONNU)
    said.state = TENUE
    request = deposit_pb2.TenirPromesseRequest(request_id=request_id, promesse_id=promesse_id)
    order = Command("deposit", TENIR, request, request_id, on_behalf=who.subject)
    return outbox.update(keeper, order, request_id=request_id)


def replies(document: type[Aggregate]) -> dict[str, Reply]:
    """What a service does with the answers of deposit: its lines of `replies` in `__main__`."""
    noted = Reply(deposit_pb2.NoterPromesseRequest, deposit_pb2.NoterPromesseResponse, _noted(document))
    kept = Reply(deposit_pb2.TenirPromesseRequest, deposit_pb2.TenirPromesseResponse, _answer_handler(document))
    return {NOTER: noted, TENIR: kept}


def _noted(document: type[Aggregate]) -> Callable[[Answer], None]:
    @outbox.retry_conflicts
    def noted(answer: Answer) -> None:
        """The task exists, or the reason why not is shown to whoever promised."""
        keeper, said = _promesse(document, answer, lambda made: made.id == answer.request_id)
        if said is None or said.state != EN_ATTENTE:
            return
        if isinstance(answer.response, deposit_pb2.NoterPromesseResponse) and answer.motif is None:
            said.state, said.promesse_id = NOTEE, answer.response.promesse_id
        else:
            said.state, said.phrase = REFUSEE, _words(answer)
        outbox.update(keeper, request_id=f"promesse:{answer.request_id}")

    return noted


def _answer_handler(document: type[Aggregate]) -> Callable[[Answer], None]:
    @outbox.retry_conflicts
    def take_answer(answer: Answer) -> None:
        """Refused, the promise is again to be kept, with the reason."""
        asked = answer.request
        assert isinstance(asked, deposit_pb2.TenirPromesseRequest)
        keeper, said = _promesse(document, answer, lambda made: made.promesse_id == asked.promesse_id)
        if said is None or answer.motif is None:
            return
        said.state, said.phrase = NOTEE, _words(answer)
        outbox.update(keeper, request_id=f"promesse:{answer.request_id}")

    return take_answer


def _promesse(
    document: type[Aggregate], answer: Answer, wanted: Callable[[Promesse], bool]
) -> tuple[Any, Promesse | None]:
    keeper: Any = find(document, id=answer.aggregate)
    return keeper, next((made for made in keeper.promesses if wanted(made)), None) if keeper else None


def _words(answer: Answer) -> str:
    return f"{answer.motif.phrase} {answer.motif.suite}" if answer.motif else ""
