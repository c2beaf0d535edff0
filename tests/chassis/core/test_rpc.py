"""gRPC between services: who may call is a table; time is bounded; a refusal crosses as it was raised."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pybreaker
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from pymongo.errors import ServerSelectionTimeoutError

from blocage.rules import BLOCAGE_TERMINE
from chassis import clock, rpc, tokens
from chassis.settings import Settings
from droit.decision import Genre, Motif, Refused
from sejour.blocage.v1 import service_pb2, service_pb2_grpc
from tests.chassis.core import monde

LEVER = "sejour.blocage.v1.BlocageService/Lever"
ALLOWED = {f"/{LEVER}": frozenset({"ccc"})}


class Servicer(monde.OnlyLever):
    """Does what the test put in `act`, and remembers who called."""

    def __init__(self) -> None:
        self.act: Callable[[Any], Any] = lambda request: None
        self.callers: list[rpc.Caller] = []
        self.seconds_left: list[float] = []

    def Lever(self, request: Any, context: grpc.ServicerContext) -> service_pb2.LeverResponse:
        self.callers.append(rpc.caller())
        self.seconds_left.append(context.time_remaining() or 0)
        self.act(request)
        return service_pb2.LeverResponse(state="LEVE")


@pytest.fixture
def servicer() -> Servicer:
    """What deposit serves."""
    return Servicer()


@pytest.fixture
def address(servicer: Servicer, deposit: Any, settings_of: Callable[..., Settings]) -> Iterator[str]:
    """Deposit's server."""

    def add(server: grpc.Server) -> tuple[str, ...]:
        service_pb2_grpc.add_BlocageServiceServicer_to_server(servicer, server)
        return ("sejour.blocage.v1.BlocageService",)

    server, port = rpc.create_server(settings_of("deposit"), ALLOWED, add)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


@pytest.fixture
def client_of(address: str, settings_of: Callable[..., Settings]) -> Iterator[Callable[[str], rpc.Client]]:
    """Clients of the other services."""
    made: list[rpc.Client] = []

    def make(service: str) -> rpc.Client:
        made.append(rpc.Client(settings_of(service, rpc_addresses={"deposit": address})))
        return made[-1]

    yield make
    for client in made:
        client.close()


def _lever(client: rpc.Client, **more: Any) -> Any:
    return client.call("deposit", LEVER, service_pb2.LeverRequest(blocage_id="b"), service_pb2.LeverResponse, **more)


@pytest.mark.parametrize(
    ("service", "welcome"),
    [("ccc", True), ("pan", False), ("substitution", False), ("notify", False), ("deposit", False)],
)
def test_only_the_services_of_the_table_may_call(
    client_of: Callable[[str], rpc.Client], servicer: Servicer, service: str, welcome: bool
) -> None:
    if welcome:
        assert _lever(client_of(service)).state == "LEVE"
        assert servicer.callers[0].service == service
        return
    with pytest.raises(Refused) as refused:
        _lever(client_of(service))
    assert refused.value.motif.code == tokens.APPEL_INTERDIT.code
    assert servicer.callers == []


def _forge(cles: Path, header: dict[str, Any], claims: dict[str, Any], key: Any = None) -> str:
    now = int(clock.now().timestamp())
    head = {"alg": "ES256", "typ": tokens.SERVICE, "kid": "ccc"} | header
    body = {"iss": "ccc", "sub": "ccc", "aud": "deposit", "iat": now, "exp": now + 60} | claims
    private = key or ECKey.import_key((cles / f"{head['kid']}.pem").read_bytes())
    return jwt.encode(head, body, private, algorithms=[head["alg"]])


def test_no_other_token_opens_the_door(address: str, servicer: Servicer, cles: Path) -> None:
    now = int(clock.now().timestamp())
    public = OctKey.import_key((cles / "public.jwks.json").read_bytes())
    good = _forge(cles, {}, {})
    forged = {
        "none": "",
        "garbage": "a.b.c",
        "wrong audience": _forge(cles, {}, {"aud": "pan"}),
        "wrong type": _forge(cles, {"typ": tokens.AGENT}, {}),
        "without beginning": _forge(cles, {}, {"iat": None}),
        "made tomorrow": _forge(cles, {}, {"iat": now + 86_400, "exp": now + 86_500}),
        "expired": _forge(cles, {}, {"exp": now - 1}),
        "without end": _forge(cles, {}, {"exp": None}),
        "alg none": _forge(cles, {"alg": "none"}, {}, OctKey.generate_key()),
        "alg HS256 by the public keys": _forge(cles, {"alg": "HS256"}, {}, public),
        "unknown key": _forge(cles, {}, {}, ECKey.generate_key("P-256")),
        "another's name": _forge(cles, {"kid": "pan"}, {}),
        "another's subject": _forge(cles, {"kid": "pan"}, {"iss": "pan"}),
        "cut": good[:-4],
    }
    request = service_pb2.LeverRequest(blocage_id="b").SerializeToString()
    with grpc.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(f"/{LEVER}")
        for name, token in forged.items():
            with pytest.raises(grpc.RpcError) as refused:
                call(request, timeout=2, metadata=(("authorization", f"Bearer {token}"),))
            expected = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
            assert refused.value.code() in expected, name
        assert servicer.callers == []
        call(request, timeout=2, metadata=(("authorization", f"Bearer {good}"),))
    assert len(servicer.callers) == 1


def test_the_callee_learns_for_whom_it_is(client_of: Callable[[str], rpc.Client], servicer: Servicer) -> None:
    client = client_of("ccc")
    _lever(client, on_behalf=client.on_behalf_of("deposit", "agent:a1", role="ccc"))
    assert (servicer.callers[0].subject, servicer.callers[0].claims["role"]) == ("agent:a1", "ccc")


def test_an_on_behalf_token_of_another_service_is_refused(
    client_of: Callable[[str], rpc.Client], servicer: Servicer
) -> None:
    stolen = client_of("pan").on_behalf_of("deposit", "agent:a1")
    with pytest.raises(Refused) as refused:
        _lever(client_of("ccc"), on_behalf=stolen)
    assert refused.value.motif.code == tokens.APPEL_INTERDIT.code
    assert servicer.callers == []


@pytest.mark.parametrize("genre", list(Genre))
def test_a_refusal_crosses_as_it_was_raised(
    client_of: Callable[[str], rpc.Client], servicer: Servicer, genre: Genre
) -> None:
    motif = Motif("ESSAI", "regle-du-service", "Une phrase accentuée.", "Une suite.", genre)

    def act(request: Any) -> None:
        raise Refused(motif, champ="blocage_id")

    servicer.act = act
    with pytest.raises(Refused) as refused:
        _lever(client_of("ccc"))
    assert (refused.value.motif, refused.value.champ) == (motif, "blocage_id")


def test_the_deadline_is_kept_by_the_caller_and_told_to_the_callee(
    client_of: Callable[[str], rpc.Client], servicer: Servicer
) -> None:
    released = threading.Event()
    servicer.act = lambda request: released.wait(5)
    start = clock.monotonic()
    with pytest.raises(Refused) as refused:
        _lever(client_of("ccc"), deadline=0.5)
    assert clock.monotonic() - start < 2
    released.set()
    assert refused.value.motif == rpc.INJOIGNABLE
    assert servicer.seconds_left[0] <= 0.5


def test_a_store_that_is_down_is_silence_and_not_a_refusal(
    client_of: Callable[[str], rpc.Client], servicer: Servicer
) -> None:
    def act(request: Any) -> None:
        raise ServerSelectionTimeoutError("down")

    servicer.act = act
    with pytest.raises(Refused) as refused:
        _lever(client_of("ccc"))
    assert refused.value.motif.genre == Genre.INDISPONIBLE


def test_calls_to_one_target_do_not_wait_for_one_another(
    client_of: Callable[[str], rpc.Client], servicer: Servicer
) -> None:
    together = threading.Barrier(4)
    servicer.act = lambda request: together.wait(3)
    client = client_of("ccc")
    with ThreadPoolExecutor(4) as pool:
        assert [done.state for done in pool.map(lambda _: _lever(client, deadline=5), range(4))] == ["LEVE"] * 4


def test_silence_opens_the_breaker_and_an_answer_closes_it(
    client_of: Callable[[str], rpc.Client], servicer: Servicer
) -> None:
    client = client_of("ccc")

    def silent(request: Any) -> None:
        raise Refused(rpc.INJOIGNABLE)

    servicer.act = silent
    for _ in range(5):
        with pytest.raises(Refused):
            _lever(client)
    heard = len(servicer.callers)
    with pytest.raises(Refused):
        _lever(client)
    assert len(servicer.callers) == heard, "an open breaker asks nothing"
    servicer.act = lambda request: None
    breaker = client._targets["deposit"][1]
    breaker.reset_timeout = 0
    assert _lever(client).state == "LEVE"
    assert breaker.current_state == pybreaker.STATE_CLOSED


def test_refusals_never_open_the_breaker(client_of: Callable[[str], rpc.Client], servicer: Servicer) -> None:
    def act(request: Any) -> None:
        raise Refused(BLOCAGE_TERMINE)

    servicer.act = act
    client = client_of("ccc")
    for _ in range(12):
        with pytest.raises(Refused) as refused:
            _lever(client)
        assert refused.value.motif == BLOCAGE_TERMINE


def test_health_answers_anybody_and_reflection_one_of_us(address: str, settings_of: Callable[..., Settings]) -> None:
    token = tokens.sign(settings_of("pan"), tokens.SERVICE, "deposit", "pan")
    with grpc.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        health = stub.Check(health_pb2.HealthCheckRequest(), timeout=2)
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        mirror: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            list(mirror.ServerReflectionInfo(iter([]), timeout=2))
        [answer] = mirror.ServerReflectionInfo(asked, timeout=2, metadata=(("authorization", f"Bearer {token}"),))
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    names = {service.name for service in answer.list_services_response.service}
    assert {"sejour.blocage.v1.BlocageService", "sejour.chassis.v1.FaitsService", "grpc.health.v1.Health"} <= names


def test_a_graceful_stop_finishes_what_is_served(servicer: Servicer, deposit: Any, settings_of: Any) -> None:
    def add(server: grpc.Server) -> tuple[str, ...]:
        service_pb2_grpc.add_BlocageServiceServicer_to_server(servicer, server)
        return ("sejour.blocage.v1.BlocageService",)

    server, port = rpc.create_server(settings_of("deposit"), ALLOWED, add)
    server.start()
    inside, released = threading.Event(), threading.Event()

    def act(request: Any) -> None:
        inside.set()
        released.wait(5)

    servicer.act = act
    client = rpc.Client(settings_of("ccc", rpc_addresses={"deposit": f"127.0.0.1:{port}"}))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_lever, client, deadline=8)
        assert inside.wait(5)
        stopped = server.stop(grace=5)
        released.set()
        assert answer.result(8).state == "LEVE"
        assert stopped.wait(5)
    client.close()


def test_an_unknown_target_is_unreachable(settings_of: Callable[..., Settings]) -> None:
    with pytest.raises(Refused) as refused:
        _lever(rpc.Client(settings_of("ccc")))
    assert refused.value.motif == rpc.INJOIGNABLE
