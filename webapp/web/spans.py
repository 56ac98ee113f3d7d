"""A span for each request, where traces are wanted; `stytch/exchanges.py` adds those of its calls to Stytch."""

from contextlib import ExitStack

import structlog
from flask import Flask, Response, g, request

from webapp import tracing
from webapp.settings import Settings
from webapp.web.probes import PROBES


def init_app(app: Flask, settings: Settings) -> None:
    """Begins to trace, if the settings say where to. Comes after `logs.py`, whose lines then carry the trace's id."""
    if not settings.traces_to:
        return
    tracing.start(settings.traces_to)

    @app.before_request
    def begin() -> None:
        if request.endpoint in PROBES:
            return
        g.trace = ExitStack()
        name = f"{request.method} {request.url_rule or ''}".rstrip()
        g.span = g.trace.enter_context(tracing.request(name, request.headers.get("traceparent", "")))
        structlog.contextvars.bind_contextvars(trace_id=f"{g.span.get_span_context().trace_id:032x}")

    @app.after_request
    def end(response: Response) -> Response:
        if "span" in g:
            # The route alone: paths have ids in them, queries tokens.
            told = {
                "http.request.method": request.method,
                "http.route": str(request.url_rule or ""),
                "http.response.status_code": response.status_code,
                "scim_console.request_id": g.request_id,
            }
            tracing.end(g.span, told, failed=response.status_code >= 500)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("trace_id")
        g.pop("trace", ExitStack()).close()
