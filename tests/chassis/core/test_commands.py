"""An order to another service is kept until it is answered, whatever dies between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from blocage.rules import BLOCAGE_TERMINE
from chassis import clock, commands, outbox, relay, rpc
from chassis.commands import Answer, Reply
from chassis.outbox import Command
from chassis.settings import Settings
from dev.ports import Ports
from droit.decision import Refused
from sejour.blocage.v1 import service_pb2, service_pb2_grpc
from tests import drain
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal
from tests.profiler import Profiled, profiled  # noqa: F401

LEVER = "sejour.blocage.v1.BlocageService/Lever"


class Callee(monde.OnlyLever):
    """Counts distinct orders, as a callee that remembers request ids does."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.for_whom: list[str] = []
        self.refuses = False

    def Lever(self, request: Any, context: grpc.ServicerContext) -> service_pb2.LeverResponse:
        self.asked.append(request.request_id)
        self.for_whom.append(rpc.caller().subject)
        if self.refuses:
            raise Refused(BLOCAGE_TERMINE)
        return service_pb2.LeverResponse(state="LEVE")


@pytest.fixture
def port(tmp_path: Any) -> int:
    """Where the callee listens when it is up."""
    return Ports(tmp_path / "ports.json").get("ccc")


@pytest.fixture
def client(settings_of: Callable[..., Settings], port: int) -> Iterator[rpc.Client]:
    """Deposit's client."""
    made = rpc.Client(settings_of("deposit", rpc_addresses={"ccc": f"127.0.0.1:{port}"}))
    yield made
    made.close()


@contextmanager
def up(callee: Callee, settings: Settings) -> Iterator[None]:
    """The callee, serving."""

    def add(server: grpc.Server) -> tuple[str, ...]:
        service_pb2_grpc.add_BlocageServiceServicer_to_server(callee, server)
        return ("sejour.blocage.v1.BlocageService",)

    server, _ = rpc.create_server(settings, {f"/{LEVER}": frozenset({"deposit"})}, add)
    server.start()
    yield
    server.stop(grace=None).wait()


def _order(db: Any, *, on_behalf: str = "") -> str:
    """An order written with the state of a jar, and moved out of its outbox."""
    request_id = clock.new_id()
    request = service_pb2.LeverRequest(request_id=request_id, blocage_id="b1")
    jar = Bocal(id=clock.new_id(), parcours_id="p", etiquette=request_id)
    outbox.insert(jar, monde.fact("0"), Command("ccc", LEVER, request, request_id, on_behalf))
    drain.empty(relay.Relay(db, (Bocal,), _taken, drain.in_a_thread))
    return str(jar.id)


async def _taken(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["event_id"] for entry in entries}


def _replies(answers: list[Answer]) -> dict[str, Reply]:
    return {LEVER: Reply(service_pb2.LeverRequest, service_pb2.LeverResponse, answers.append)}


def _again(db: Any) -> None:
    """The pause between two attempts is over."""
    waiting = {"state": commands.PENDING, "next_time": {"$gt": commands.EPOCH}}
    db["commandes"].update_many(waiting, {"$set": {"next_time": clock.now()}})


def test_an_order_to_a_dead_callee_waits_and_is_shown_as_pending(
    deposit: Any, client: rpc.Client, settings_of: Callable[..., Settings], port: int
) -> None:
    answers: list[Answer] = []
    jar = _order(deposit)
    assert commands.run_pending(deposit, client, _replies(answers)) == 1
    assert commands.run_pending(deposit, client, _replies(answers)) == 0, "attempts are spaced"
    assert [pending["method"] for pending in commands.pending(deposit, jar)] == [LEVER]
    assert commands.count_pending(deposit) == 1
    callee = Callee()
    with up(callee, settings_of("ccc", rpc_port=port)):
        for _ in range(40):
            _again(deposit)
            commands.run_pending(deposit, client, _replies(answers))
            if answers:
                break
            check: Any = client._targets["ccc"][0].unary_unary("/grpc.health.v1.Health/Check")
            check(b"", timeout=1, wait_for_ready=True)
    [answer] = answers
    assert (answer.aggregate, answer.response.state, answer.motif) == (jar, "LEVE", None)  # type: ignore[union-attr]
    assert commands.pending(deposit, jar) == []
    assert commands.count_pending(deposit) == 0


def test_a_refusal_is_an_answer(
    deposit: Any, client: rpc.Client, settings_of: Callable[..., Settings], port: int
) -> None:
    answers: list[Answer] = []
    callee = Callee()
    callee.refuses = True
    _order(deposit)
    with up(callee, settings_of("ccc", rpc_port=port)):
        commands.run_pending(deposit, client, _replies(answers))
        _again(deposit)
        commands.run_pending(deposit, client, _replies(answers))
    [answer] = answers
    assert (answer.response, answer.motif) == (None, BLOCAGE_TERMINE)
    assert deposit["commandes"].find_one({"_id": answer.request_id})["state"] == commands.REFUSED
    assert len(callee.asked) == 1


def test_the_callee_learns_for_whom_the_order_is(
    deposit: Any, client: rpc.Client, settings_of: Callable[..., Settings], port: int
) -> None:
    callee = Callee()
    _order(deposit, on_behalf="agent:a1")
    with up(callee, settings_of("ccc", rpc_port=port)):
        commands.run_pending(deposit, client, _replies([]))
    assert callee.for_whom == ["agent:a1"]


def test_an_answer_whose_effect_died_is_asked_again_with_the_same_request(
    deposit: Any, client: rpc.Client, settings_of: Callable[..., Settings], port: int
) -> None:
    tried: list[Answer] = []

    def dies_once(answer: Answer) -> None:
        tried.append(answer)
        if len(tried) == 1:
            raise RuntimeError("killed here")

    callee = Callee()
    _order(deposit)
    _order(deposit)
    replies = {LEVER: Reply(service_pb2.LeverRequest, service_pb2.LeverResponse, dies_once)}
    with up(callee, settings_of("ccc", rpc_port=port)):
        assert commands.run_pending(deposit, client, replies) == 2, "one that fails does not stop the others"
        _again(deposit)
        commands.run_pending(deposit, client, replies)
    assert len(tried) == 3
    assert tried[0].request_id == tried[2].request_id
    assert callee.asked[0] == callee.asked[2]
    assert commands.count_pending(deposit) == 0


def test_a_copy_of_an_order_changes_nothing(deposit: Any) -> None:
    jar = Bocal(id=clock.new_id(), parcours_id="p", etiquette="c")
    request = service_pb2.LeverRequest(request_id="r", blocage_id="b1")
    outbox.insert(jar, Command("ccc", LEVER, request, "r"), Command("ccc", LEVER, request, "r"))
    drain.empty(relay.Relay(deposit, (Bocal,), _taken, drain.in_a_thread))
    assert commands.count_pending(deposit) == 1


def test_every_query_uses_an_index(deposit: Any, client: rpc.Client, profiled: Profiled) -> None:  # noqa: F811
    jars = [_order(deposit) for _ in range(60)]
    commands.run_pending(deposit, client, _replies([]))
    commands.count_pending(deposit)
    for jar in jars[:5]:
        assert len(commands.pending(deposit, jar)) == 1
