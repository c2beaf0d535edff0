"""The key of one service opens what its table says and nothing else: each RPC, each log, each internal route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import grpc
import pytest
import requests
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor

from chassis import tokens
from chassis.settings import SERVICES, Settings
from dev.environment import REPOSITORY
from dev.parcours.monde import Monde
from dev.stack import Stack
from sejour.chassis.v1 import faits_pb2

LIST_FAITS = "/sejour.chassis.v1.FaitsService/ListFaits"
# A path of each internal route, with the services that may read it; what is not there is not there for them either.
INTERNAL: Mapping[str, frozenset[str]] = {
    **{f"/{each}/interne/messages/0": frozenset({"notify"}) for each in SERVICES if each != "notify"},
    **{f"/{each}/interne/documents/0.pdf": frozenset({"notify"}) for each in SERVICES if each != "notify"},
    "/ccc/interne/pieces/0/0": frozenset({"deposit"}),
    "/pan/interne/pieces/0/0": frozenset({"deposit"}),
    "/pan/interne/preuves/0/0": frozenset({"deposit"}),
    "/substitution/interne/fichiers/0": frozenset({"deposit"}),
}


@pytest.fixture(scope="module")
def settings(stack: Stack) -> dict[str, Settings]:
    """What each service signs with."""
    return {each: Settings.from_env(each, stack.env_for(each, "rpc")) for each in SERVICES}


def _server(monde: Monde, service: str) -> grpc.Channel:
    return grpc.insecure_channel(f"127.0.0.1:{monde.stack.port(service, 'rpc')}")


def _keys(settings: dict[str, Settings], service: str) -> list[tuple[str, str]]:
    """Each of the five with the token that its own key signs for this service."""
    return [(caller, tokens.sign(settings[caller], tokens.SERVICE, service, caller)) for caller in SERVICES]


def _code(channel: grpc.Channel, method: str, token: str, body: bytes = b"") -> grpc.StatusCode:
    call: Any = channel.unary_unary(method)
    try:
        call(body, timeout=10, metadata=(("authorization", f"Bearer {token}"),))
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code
    return grpc.StatusCode.OK


@pytest.mark.parametrize("service", SERVICES)
def test_each_rpc_is_called_by_those_of_its_table_alone(
    monde: Monde, settings: dict[str, Settings], service: str
) -> None:
    allowed: Mapping[str, frozenset[str]] = import_module(f"services.{service}.rpc").ALLOWED
    with _server(monde, service) as channel:
        for caller, token in _keys(settings, service):
            codes = {method: _code(channel, method, token) for method in allowed}
            odd = {method: _code(channel, method, token, _nonsense(method)) for method in allowed}
            refused = {method for method, code in codes.items() if code is grpc.StatusCode.PERMISSION_DENIED}
            assert refused == {method for method in allowed if caller not in allowed[method]}, caller
            assert [m for m in allowed if grpc.StatusCode.UNKNOWN in (codes[m], odd[m])] == [], caller


def _nonsense(method: str) -> bytes:
    """A request whose every field holds something that means nothing."""
    service, _, name = method[1:].partition("/")
    [asked] = [m.input_type for m in descriptor_pool.Default().FindServiceByName(service).methods if m.name == name]
    message = message_factory.GetMessageClass(asked)()
    for field in asked.fields:
        value = {FieldDescriptor.CPPTYPE_STRING: "zz", FieldDescriptor.CPPTYPE_ENUM: 99}.get(field.cpp_type)
        if value is not None and not field.is_repeated and field.type != FieldDescriptor.TYPE_BYTES:
            setattr(message, field.name, value)
    raw: bytes = message.SerializeToString()
    return raw


@pytest.mark.parametrize("service", SERVICES)
def test_each_log_is_read_by_those_who_handle_its_facts(
    monde: Monde, settings: dict[str, Settings], service: str
) -> None:
    readers: Mapping[str, frozenset[str]] = import_module(f"services.{service}.rpc").READERS
    with _server(monde, service) as channel:
        for caller, token in _keys(settings, service):
            for subject in (*readers, f"{service}.inconnu"):
                asked = faits_pb2.ListFaitsRequest(subjects=[subject], page_size=1).SerializeToString()
                granted = _code(channel, LIST_FAITS, token, asked) is grpc.StatusCode.OK
                assert granted == (caller in readers.get(subject, frozenset())), (caller, subject)


@pytest.mark.parametrize("path", INTERNAL)
def test_an_internal_route_asks_for_the_key_of_the_service_that_it_is_for(
    monde: Monde, settings: dict[str, Settings], path: str
) -> None:
    service = path.split("/")[1]
    for signer in SERVICES:
        for named in {signer, "notify", "deposit"}:
            token = tokens.sign(settings[signer], tokens.SERVICE, service, named)
            answer = requests.get(f"{monde.stack.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10)
            welcome = signer == named and named in INTERNAL[path]
            assert (answer.status_code != 403) == welcome, (signer, named)
            assert answer.status_code in (403, 404, 422)
    assert requests.get(f"{monde.stack.url}{path}", timeout=10).status_code in (401, 403)


def test_no_internal_route_is_missing_here() -> None:
    surface = (REPOSITORY / "tests/architecture/surface.txt").read_text().splitlines()
    routes = {line.split()[2] for line in surface if line.startswith("route ") and "/interne/" in line}
    assert {_shape(route) for route in routes} == {_shape(path) for path in INTERNAL}


def _shape(path: str) -> str:
    return re.sub(r"<\w+>|\b0+\b", "_", path)
