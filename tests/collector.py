"""An OTLP collector: it keeps the spans that it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from werkzeug.wrappers import Request, Response

from webapp.sandbox.server import Server


@dataclass(frozen=True)
class Collector:
    """Its address, and the bodies of the requests to it."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def services(self) -> set[str]:
        """Whose spans they are."""
        return {
            attribute.value.string_value
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }

    def spans(self) -> list[Span]:
        """All of them, the first that ended first."""
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Span]:
        """Those of that name."""
        return [span for span in self.spans() if span.name == name]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Takes spans by HTTP, on a free port."""

    @Request.application
    def app(request: Request) -> Response:
        collector.bodies.append(request.get_data())
        return Response(status=200 if request.path == "/v1/traces" else 404, mimetype="application/x-protobuf")

    server = Server(app)
    collector = Collector(server.url)
    server.start()
    yield collector
    server.stop()


def attributes(span: Span) -> dict[str, str | int]:
    """What the span says."""
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
