"""Plays the queued faults on the Stytch API: before the call changes anything, or on the way back."""

import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, g, jsonify, make_response, request

from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.faults import Fault
from webapp.sandbox.identifiers import new_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Cut(Response):
    """No answer at all: raising ConnectionError has the server close the connection without a byte."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:  # noqa: ARG002
        raise ConnectionAbortedError


def before_request() -> Response | None:
    """Meet the request with its fault, if one is queued; a Response stands in for the call, which is not made."""
    fault = world().take_fault(request.method, request.path)
    g.fault = fault
    if fault is None:
        return None
    if fault.fault == "latency":
        time.sleep(fault.seconds)
    elif fault.fault == "drop_before_commit":
        return Cut()
    elif fault.fault == "status":
        return _with_status(fault)
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
        case "malformed_json":
            response.set_data(body.rstrip().removesuffix(b"}") + b',"broken')
        case "truncated_body":
            # Set after the length is known, so that Content-Length still promises all of it.
            response.response = _cut_off(body)
        case "slow_drip":
            response.response = _dripped(body, fault.seconds)
    return response


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


def _cut_off(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


def _dripped(body: bytes, seconds: float) -> Iterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        time.sleep(seconds / len(body))
