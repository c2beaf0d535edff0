"""Metrics and traces: names declared once; traces cross HTTP, gRPC and NATS by their headers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)

http_seconds = Histogram(
    "sejour_http_seconds", "HTTP requests by route template", ["route", "method", "status"], buckets=BUCKETS
)
shed = Counter("sejour_http_shed_total", "HTTP requests refused before any work, for want of time", ["rank"])
in_flight = Gauge("sejour_http_in_flight", "HTTP requests that hold a thread now")
rpc_seconds = Histogram("sejour_rpc_seconds", "gRPC calls served", ["method", "code"], buckets=BUCKETS)
call_seconds = Histogram("sejour_call_seconds", "gRPC calls made", ["target", "method", "code"], buckets=BUCKETS)
published = Counter("sejour_faits_published_total", "Facts acknowledged by the broker", ["subject"])
consumed = Counter("sejour_faits_consumed_total", "Facts handled", ["subject", "outcome"])
event_lag_seconds = Histogram(
    "sejour_event_lag_seconds",
    "From the act to its effect in this consumer",
    ["subject"],
    buckets=(*BUCKETS, 30, 60, 300),
)
outbox_depth = Gauge("sejour_outbox_depth", "Aggregates with unsent facts")
due_depth = Gauge("sejour_due_depth", "Aggregates whose work is due")
due_failing = Gauge("sejour_due_failing", "Aggregates whose due work failed the last time it was tried")
consumer_lag = Gauge("sejour_consumer_lag", "Facts not yet delivered or acknowledged", ["stream"])
rejected = Counter("sejour_rejets_total", "Messages set aside", ["subject"])
reconciled = Counter("sejour_reconciled_total", "Facts found without receipt and handled", ["source"])
broker_up = Gauge("sejour_broker_up", "1 while the worker is connected to the broker")


# Makes the ids of traces where nobody exports them: a span that is recorded costs each request ten times as much.
_ids: list[RandomIdGenerator] = []


def configure(service: str, process: str) -> None:
    """Starts trace export when an OTLP endpoint is set; trace ids are made and carried in any case."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        _ids.append(RandomIdGenerator())
        return
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"sejour-{service}", "sejour.process": process})
    )
    # The exporter costs 0.3 s of import and a thread: only where somebody listens.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, carrier: Mapping[str, str] | None = None, **attributes: str) -> Iterator[trace.Span]:
    """A span that continues the trace of `carrier` (HTTP, gRPC or NATS headers) where there is one."""
    context = extract(dict(carrier)) if carrier else None
    if _ids:
        with trace.use_span(_identified(_ids[0], context), end_on_exit=False, record_exception=False) as bare:
            yield bare
        return
    with trace.get_tracer("sejour").start_as_current_span(name, context=context, attributes=attributes) as current:
        yield current


def _identified(ids: RandomIdGenerator, context: Context | None) -> trace.Span:
    """A span that bears the ids that logs and headers carry, and records nothing."""
    before = trace.get_current_span(context).get_span_context()
    trace_id = before.trace_id if before.is_valid else ids.generate_trace_id()
    return trace.NonRecordingSpan(trace.SpanContext(trace_id, ids.generate_span_id(), is_remote=False))


def trace_id() -> str:
    """The current trace's id in hexadecimal, or an empty string."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""
