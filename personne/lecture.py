"""Who opens a person's dossier in a channel is written down by deposit, where she reads it (XCT-07)."""

from __future__ import annotations

from collections.abc import Mapping

from chassis import clock, outbox
from chassis.commands import Answer, Reply
from chassis.mongo import Aggregate, find
from chassis.outbox import Command
from chassis.web.who import Who
from droit.decision import Genre, Refused
from sejour.deposit.v1 import deposit_pb2

GET = "sejour.deposit.v1.DepositService/GetSituation"
_SILENT = (Genre.INDISPONIBLE, Genre.TROP)


def note_later(document: type[Aggregate], keeper_id: str, usager_id: str, who: Who, refused: Refused) -> None:
    """Deposit did not answer the agent who opened the dossier that `document` keeps: it is asked again until it has
    written her reading down, once a day. Any other refusal is an answer, and deposit wrote nothing to write.
    """
    if refused.motif.genre in _SILENT:
        _ask_again(document, keeper_id, usager_id, who)


@outbox.retry_conflicts
def _ask_again(document: type[Aggregate], keeper_id: str, usager_id: str, who: Who) -> None:
    keeper = find(document, id=keeper_id)
    request_id = outbox.id_for(f"{keeper_id}:{who.subject}:{clock.today().isoformat()}", "lecture")
    if keeper is None or outbox.already(keeper, request_id):
        return
    request = deposit_pb2.GetSituationRequest(usager_id=usager_id)
    outbox.update(keeper, Command("deposit", GET, request, request_id, on_behalf=who.subject), request_id=request_id)


def _answer_late(answer: Answer) -> None:
    """What deposit tells of the person comes too late for the agent who asked: that she asked is all that counts."""


REPLIES: Mapping[str, Reply] = {
    GET: Reply(deposit_pb2.GetSituationRequest, deposit_pb2.GetSituationResponse, _answer_late)
}
