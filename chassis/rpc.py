"""gRPC between services: who may call, deadlines, breaker, retry budget, and refusals as rich statuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import grpc
import pybreaker
import pymongo
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status
from opentelemetry.propagate import inject
from pymongo.errors import PyMongoError

from chassis import clock, event_log, logs, mongo, telemetry, tls, tokens
from chassis.partial_day import PartialDay
from chassis.settings import Settings
from chassis.typed import possible_day
from droit.decision import Genre, Motif, Refused
from sejour.chassis.v1 import faits_pb2, faits_pb2_grpc

DEADLINE_SECONDS = 2.0
LONGEST_SECONDS = 10.0
THREADS = 8
DOMAIN = "sejour"

CODES: Mapping[Genre, grpc.StatusCode] = {
    Genre.INVALIDE: grpc.StatusCode.INVALID_ARGUMENT,
    Genre.NON_AUTHENTIFIE: grpc.StatusCode.UNAUTHENTICATED,
    Genre.INTERDIT: grpc.StatusCode.PERMISSION_DENIED,
    Genre.INTROUVABLE: grpc.StatusCode.NOT_FOUND,
    Genre.CONFLIT: grpc.StatusCode.ABORTED,
    Genre.PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Genre.TROP: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Genre.TROP_GROS: grpc.StatusCode.OUT_OF_RANGE,
    Genre.INDISPONIBLE: grpc.StatusCode.UNAVAILABLE,
}
GENRES = {code: genre for genre, code in CODES.items()}

CHAMP_ILLISIBLE = Motif(
    "CHAMP_ILLISIBLE",
    "regle-du-service",
    "Un champ de cet appel manque ou ne se lit pas.",
    "Corrigez-le, puis recommencez.",
    Genre.INVALIDE,
)
INJOIGNABLE = Motif(
    "SERVICE_INJOIGNABLE",
    "regle-du-service",
    "Un autre service ne répond pas : cela n’a pas pu être vérifié.",
    "Rien n’est perdu. Réessayez dans quelques minutes.",
    Genre.INDISPONIBLE,
)

# The retry budget is the channel's: at most one retry for ten successes. A command carries its request_id, so that a
# retry of one that did reach the callee changes nothing.
_SERVICE_CONFIG = """{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "0.5s",
    "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}],
  "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}
}"""

# gRPC waits up to two minutes before it connects again to a callee that was down: longer than people wait.
_CHANNEL = [
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 3000),
]

# Full method name -> the services that may call it. What is not in the table is refused.
Allowed = Mapping[str, frozenset[str]]
# Subject of a fact of this service -> the services that may read it in its log. What is not in the table is refused.
Readers = Mapping[str, frozenset[str]]
_OPEN = "/grpc.health.v1.Health/"
_REFLECTION = "/grpc.reflection."
_LIST_FAITS = "/sejour.chassis.v1.FaitsService/ListFaits"


def _no_stream(_request: Any, context: grpc.ServicerContext) -> None:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "no stream is served")


def _no_token(_requests: Any, context: grpc.ServicerContext) -> None:
    context.abort(grpc.StatusCode.UNAUTHENTICATED, tokens.JETON_REFUSE.code)


class Caller:
    """Who calls: the service by its token, and the person or agent it is for by the on-behalf token."""

    def __init__(self, service: str, subject: str = "", claims: Mapping[str, Any] | None = None) -> None:
        self.service, self.subject, self.claims = service, subject, claims or {}


_caller = threading.local()


def caller() -> Caller:
    """The caller of the RPC being served in this thread."""
    found: Caller = _caller.value
    return found


class _Guard(grpc.ServerInterceptor):
    """Lets in who the table allows, bounds the time, turns refusals into statuses, and logs one line a call."""

    def __init__(self, settings: Settings, allowed: Allowed) -> None:
        self._settings, self._allowed = settings, allowed

    def intercept_service(self, continuation: Callable[..., Any], details: Any) -> Any:
        handler = continuation(details)
        if handler is None or details.method.startswith(_OPEN):
            return handler
        if details.method.startswith(_REFLECTION):
            return self._for_one_of_us(handler, details)
        if handler.unary_unary is None:
            # No stream is served, so none can pass beside the table.
            return grpc.unary_unary_rpc_method_handler(_no_stream)
        metadata = dict(details.invocation_metadata)
        method: str = details.method

        def serve(request: Message, context: grpc.ServicerContext) -> Any:
            start = clock.monotonic()
            code = "UNKNOWN"
            with telemetry.span(method, metadata):
                try:
                    response = self._serve(handler.unary_unary, request, context, method, metadata)
                    code = "OK"
                    return response
                except Refused as refused:
                    code = CODES[refused.motif.genre].name
                    context.abort_with_status(rpc_status.to_status(_rich(refused)))
                except PyMongoError as error:
                    code = "UNAVAILABLE"
                    logs.get().error("rpc.store_unavailable", method=method, error=type(error).__name__)
                    context.abort_with_status(rpc_status.to_status(_rich(Refused(INJOIGNABLE))))
                finally:
                    telemetry.rpc_seconds.labels(method, code).observe(clock.monotonic() - start)
                    logs.get().info("rpc.call", method=method, code=code, ms=round((clock.monotonic() - start) * 1000))

        return grpc.unary_unary_rpc_method_handler(serve, handler.request_deserializer, handler.response_serializer)

    def _for_one_of_us(self, handler: Any, details: Any) -> Any:
        """What a service offers is described to who has the key of one."""
        token = dict(details.invocation_metadata).get("authorization", "").removeprefix("Bearer ")
        try:
            tokens.calling_service(self._settings, token)
        except Refused:
            return grpc.stream_stream_rpc_method_handler(_no_token)
        return handler

    def _serve(
        self,
        behaviour: Callable[..., Any],
        request: Message,
        context: grpc.ServicerContext,
        method: str,
        metadata: Mapping[str, str],
    ) -> Any:
        """The servicer's answer. Nothing outlives the caller's deadline: the store is not asked after it."""
        _caller.value = self._identify(method, metadata)
        given = context.time_remaining()
        left = LONGEST_SECONDS if given is None else min(given, LONGEST_SECONDS)
        if left <= 0:
            raise Refused(INJOIGNABLE)
        check_dates(request)
        with pymongo.timeout(left):
            return behaviour(request, context)

    def _identify(self, method: str, metadata: Mapping[str, str]) -> Caller:
        token = metadata.get("authorization", "").removeprefix("Bearer ")
        service = tokens.calling_service(self._settings, token, self._allowed.get(method, frozenset()))
        behalf = metadata.get("sejour-on-behalf", "")
        if not behalf:
            return Caller(service)
        for_whom = tokens.verify(self._settings, tokens.ON_BEHALF, self._settings.service, behalf)
        if for_whom["iss"] != service:
            raise Refused(tokens.APPEL_INTERDIT)
        return Caller(service, str(for_whom["sub"]), for_whom)


def check_dates(request: Message, *required: str) -> None:
    """What a field named `…_date` holds is an ISO date, `…_time` an ISO instant; those in `required` are there.

    Raises Refused naming the field. Enclosed messages are read too.
    """
    missing = next((name for name in required if not getattr(request, name)), None)
    if missing is not None:
        raise Refused(CHAMP_ILLISIBLE, champ=missing)
    for field, value in request.ListFields():
        values = value if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else [value]
        for each in values:
            if isinstance(each, Message):
                check_dates(each)
            elif field.name.endswith(("_date", "_time")) and isinstance(each, str):
                _check_moment(field.name, each)


# Papers leave out the day of a birth, and of nothing else.
_MAY_BE_PARTIAL = frozenset({"naissance_date"})


def _check_moment(name: str, text: str) -> None:
    try:
        day = possible_day(text) if name.endswith("_date") else datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(CHAMP_ILLISIBLE, champ=name) from error
    if isinstance(day, PartialDay) and name not in _MAY_BE_PARTIAL:
        raise Refused(CHAMP_ILLISIBLE, champ=name)


class _Facts(faits_pb2_grpc.FaitsServiceServicer):
    def __init__(self, service: str, readers: Readers) -> None:
        self._service, self._readers = service, readers

    def ListFaits(
        self, request: faits_pb2.ListFaitsRequest, context: grpc.ServicerContext
    ) -> faits_pb2.ListFaitsResponse:
        if any(caller().service not in self._readers.get(subject, frozenset()) for subject in request.subjects):
            raise Refused(tokens.APPEL_INTERDIT)
        after = datetime.fromisoformat(request.after_time) if request.after_time else None
        page = event_log.since(
            mongo.database(self._service), list(request.subjects), after, min(max(request.page_size, 1), event_log.PAGE)
        )
        return faits_pb2.ListFaitsResponse(faits=[_fait(entry) for entry in page])


def _fait(entry: dict[str, Any]) -> faits_pb2.Fait:
    return faits_pb2.Fait(
        event_id=entry["_id"],
        subject=entry["subject"],
        type=entry["type"],
        payload=entry["payload"],
        aggregate=entry["aggregate"],
        version=entry["version"],
        parcours=entry["parcours"],
        day=entry["day"],
        time=entry["time"].astimezone(UTC).isoformat(),
        log_time=entry["copie_time"].astimezone(UTC).isoformat(),
    )


def create_server(
    settings: Settings,
    allowed: Allowed,
    add: Callable[[grpc.Server], tuple[str, ...]],
    readers: Readers = MappingProxyType({}),
) -> tuple[grpc.Server, int]:
    """A server with health and its log of facts; `add` registers the servicers and returns their full names.

    Returns the server, not started, and the port it is bound to (RPC_PORT 0 takes a free one).
    """
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="rpc"),
        interceptors=[_Guard(settings, {**allowed, _LIST_FAITS: frozenset().union(*readers.values())})],
        maximum_concurrent_rpcs=THREADS * 8,
        options=[("grpc.max_connection_age_ms", 300_000), ("grpc.so_reuseport", 0)],
    )
    names = (*add(server), "sejour.chassis.v1.FaitsService", health.SERVICE_NAME, reflection.SERVICE_NAME)
    faits_pb2_grpc.add_FaitsServiceServicer_to_server(_Facts(settings.service, readers), server)
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection(names, server)
    server.health = servicer  # type: ignore[attr-defined]
    address = f"{settings.host}:{settings.rpc_port}"
    if settings.tls_dir is None:
        return server, int(server.add_insecure_port(address))
    return server, int(server.add_secure_port(address, tls.credentials_to_serve(settings.tls_dir)))


class Client:
    """Calls to the other services: one channel per target, a deadline on every call, a breaker per target.

    Built after any fork. `call` raises Refused with the callee's Motif, or INJOIGNABLE when nothing answered.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._targets: dict[str, tuple[grpc.Channel, pybreaker.CircuitBreaker, tokens.ServiceToken]] = {}

    def call(
        self,
        target: str,
        method: str,
        request: Message,
        response: type[Message],
        *,
        on_behalf: str = "",
        deadline: float = DEADLINE_SECONDS,
    ) -> Any:
        """Calls `method` ("package.Service/Method") of `target`; `on_behalf` is a token made by `on_behalf_of`."""
        channel, breaker, token = self._target(target)
        metadata = {"authorization": f"Bearer {token.value()}"}
        if on_behalf:
            metadata["sejour-on-behalf"] = on_behalf
        inject(metadata)
        stub = channel.unary_unary(
            f"/{method}", request_serializer=type(request).SerializeToString, response_deserializer=response.FromString
        )
        start, code = clock.monotonic(), "OK"
        try:
            # `breaker.call` would hold the breaker's lock for the whole call, and calls would wait for one another.
            with breaker.calling():
                return stub(request, timeout=deadline, metadata=tuple(metadata.items()))
        except pybreaker.CircuitBreakerError as error:
            code = "OPEN"
            raise Refused(INJOIGNABLE, details={"service": target}) from error
        except grpc.RpcError as error:
            code = error.code().name
            raise _refused(error, target) from error
        finally:
            telemetry.call_seconds.labels(target, method, code).observe(clock.monotonic() - start)

    def on_behalf_of(self, target: str, subject: str, **claims: Any) -> str:
        """A token that says to `target` for whom this service acts; the callee judges."""
        return tokens.sign(self._settings, tokens.ON_BEHALF, target, subject, **claims)

    def close(self) -> None:
        """Closes every channel."""
        for channel, _, _ in self._targets.values():
            channel.close()

    def _channel(self, uri: str) -> grpc.Channel:
        if self._settings.tls_dir is None:
            return grpc.insecure_channel(uri, options=_CHANNEL)
        return grpc.secure_channel(uri, tls.credentials_to_call(self._settings.tls_dir), options=_CHANNEL)

    def _target(self, target: str) -> tuple[grpc.Channel, pybreaker.CircuitBreaker, tokens.ServiceToken]:
        with self._lock:
            if target not in self._targets:
                address = (self._settings.rpc_addresses or {}).get(target)
                if not address:
                    raise Refused(INJOIGNABLE, details={"service": target})
                uri = address if "://" in address else f"dns:///{address}"
                channel = self._channel(uri)
                # A refusal is an answer: only silence opens the breaker.
                breaker = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=5, exclude=[_answered])
                self._targets[target] = (channel, breaker, tokens.ServiceToken(self._settings, target))
            return self._targets[target]


_SILENCE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}


def _answered(error: BaseException) -> bool:
    return isinstance(error, grpc.RpcError) and error.code() not in _SILENCE


def _rich(refused: Refused) -> status_pb2.Status:
    motif = refused.motif
    info = any_pb2.Any()
    info.Pack(
        error_details_pb2.ErrorInfo(
            reason=motif.code,
            domain=DOMAIN,
            metadata={"source": motif.source, "suite": motif.suite, "champ": refused.champ},
        )
    )
    code: int = getattr(code_pb2, CODES[motif.genre].name)
    return status_pb2.Status(code=code, message=motif.phrase, details=[info])


def _refused(error: grpc.RpcError, target: str) -> Refused:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN:
            genre = GENRES.get(error.code(), Genre.PRECONDITION)
            motif = Motif(info.reason, info.metadata["source"], status.message, info.metadata["suite"], genre)
            return Refused(motif, champ=info.metadata["champ"])
    return Refused(INJOIGNABLE, details={"service": target, "code": error.code().name})
