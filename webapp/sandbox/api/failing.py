"""Plays the queued faults on the Stytch API: before the call changes anything, or on the way back."""

import contextvars
import io
import select
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from flask import Response, current_app, g, json, jsonify, make_response, request

from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.faults import Fault, LateCommit
from webapp.sandbox.identifiers import new_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Marks the environ of a request that comes late: it meets no fault, and was logged when it was made.
ARRIVES_LATE = "sandbox.arrives_late"
_SILENT_SECONDS = 30


class Cut(Response):
    """No answer at all: raising ConnectionError has the server close the connection without a byte."""

    closes_by: ClassVar[type[ConnectionError]] = ConnectionAbortedError

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:  # noqa: ARG002
        raise self.closes_by


class Reset(Cut):
    """The same by a TCP RST."""

    closes_by = ConnectionResetError


class Silence(Cut):
    """No answer until the client goes away, or half a minute has passed."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        select.select([environ["werkzeug.socket"]], [], [], _SILENT_SECONDS)
        return super().__call__(environ, start_response)


def before_request() -> Response | None:
    """Meet the request with its fault, if one is queued; a Response stands in for the call, which is not made."""
    late = ARRIVES_LATE in request.environ
    fault = g.fault = None if late else world().take_fault(request.method, request.path)
    if fault is None:
        return None
    match fault.fault:
        case "latency":
            time.sleep(fault.seconds)
        case "drop_before_commit":
            return Cut()
        case "rst_before_commit":
            return Reset()
        case "timeout_before_commit":
            return Silence()
        case "late_commit":
            _hold_back(fault)
            return Cut() if fault.cut else Silence()
        case "status" if not fault.after_commit:
            return _with_status(fault)
        case "redirect":
            return _redirected()
        case "contradicting":
            with world().lock:
                g.connections_before = {
                    connection.connection_id: connection.to_json(world().public_url, world().variants)
                    for connection in world().connections.values()
                }
    return None


def after_request(response: Response) -> Response:
    """Spoil the answer to a call that was made, as its fault says."""
    fault: Fault | None = g.fault
    if fault is None:
        return response
    body = response.get_data()
    match fault.fault:
        case "drop_after_commit":
            return Cut()
        case "rst_after_commit":
            return Reset()
        case "timeout_after_commit":
            return Silence()
        case "status" if fault.after_commit:
            return _with_status(fault)
        case "malformed_json":
            response.set_data(body.rstrip().removesuffix(b"}") + b',"broken')
        case "truncated_body":
            # Set after the length is known, so that Content-Length still promises all of it.
            response.response = _cut_off(body)
        case "slow_drip":
            response.response = _dripped(body, fault.seconds)
        case "wrong_shape" if response.status_code < HTTPStatus.BAD_REQUEST:
            envelope = {key: value for key, value in json.loads(body).items() if key in ("status_code", "request_id")}
            response.set_data(json.dumps(envelope))
        case "contradicting":
            answer = json.loads(body)
            if connection := answer.get("connection"):
                answer["connection"] = g.connections_before.get(connection["connection_id"], connection)
                response.set_data(json.dumps(answer))
    return response


def _hold_back(fault: Fault) -> None:
    # The app itself, as the request will be gone by then.
    app = current_app.wsgi_app
    environ = {**request.environ, ARRIVES_LATE: True, "wsgi.input": io.BytesIO(request.get_data())}

    def arrive() -> None:
        # In a context of its own: within another request, Flask would have both share one `g`.
        contextvars.Context().run(Response.from_app, app, environ)

    due_at = world().clock.now() + timedelta(seconds=fault.seconds)
    with world().lock:
        world().late_commits.append(LateCommit(request.method, request.path, due_at, arrive))


def _with_status(fault: Fault) -> Response:
    if fault.body == "html":
        title = f"{fault.status} {HTTPStatus(fault.status).phrase if fault.status in set(HTTPStatus) else 'Unknown'}"
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        response = make_response(page, fault.status)
    else:
        error = ApiError(fault.error_type, fault.status)
        response = make_response(jsonify(error.to_json(new_id("request-id"))), fault.status)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _redirected() -> Response:
    """To the same path at another host, which is this sandbox again: its log shows who follows."""
    host, _, port = request.host.partition(":")
    elsewhere = "localhost" if host != "localhost" else "127.0.0.1"
    response = make_response("", HTTPStatus.FOUND)
    response.headers["Location"] = f"{request.scheme}://{elsewhere}:{port}{request.path}"
    return response


def _cut_off(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


def _dripped(body: bytes, seconds: float) -> Iterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        time.sleep(seconds / len(body))
