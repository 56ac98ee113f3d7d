"""Traces by OpenTelemetry, whose packages are the extra `tracing`. Until `start` nothing of them is imported.

What an exception says may be anything, so that spans hold none.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_tracer: "Tracer | None" = None


def start(endpoint: str) -> None:
    """Sends spans to an OTLP collector by HTTP; `endpoint` is its whole address for them.

    The SDK reads its other environment variables itself. Once for each process, after it was forked: a thread sends.
    """
    global _tracer
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "scim-console"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    _tracer = provider.get_tracer("scim-console")


def request(name: str, traceparent: str) -> "AbstractContextManager[Span | None]":
    """Around a request, None when nothing is traced. By its header `traceparent` it belongs to a proxy's trace."""
    if _tracer is None:
        return nullcontext()
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    return _tracer.start_as_current_span(
        name, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    )


def call(name: str) -> "AbstractContextManager[Span | None]":
    """Around a call to somebody else, who is not told of the trace; None when nothing is traced."""
    if _tracer is None:
        return nullcontext()
    from opentelemetry.trace import SpanKind

    return _tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
    )


def end(span: "Span | None", attributes: dict[str, str | int], *, failed: bool) -> None:
    """Says what came of it; does nothing when nothing is traced."""
    if span is None:
        return
    from opentelemetry.trace import StatusCode

    span.set_attributes(attributes)
    if failed:
        span.set_status(StatusCode.ERROR)
