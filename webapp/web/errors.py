"""Errors: what happened, what did not, what to do; as a page, or as a message in the page that htmx has open."""

from dataclasses import dataclass, replace

import structlog
from flask import Flask, Response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, TooManyRequests

from webapp.history.events import AccessRefused, StytchFailure
from webapp.stytch import errors as stytch
from webapp.web import frames, htmx
from webapp.web.record import record

_log = structlog.get_logger()


@dataclass(frozen=True)
class Problem:
    """An error in words. `retry_after` is in seconds; `reference` is Stytch's request id; `onward` the way on, as a
    URL and the words of its link, where it is another than looking at what holds now.
    """

    status: int
    title: str
    text: str
    reference: str = ""
    retry_after: int = 0
    onward: tuple[str, str] | None = None
    in_new_tab: bool = False


_PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(400, "That request was not complete", "Nothing was changed. Go back, reload the page and try again."),
        Problem(401, "You are not signed in", "Nothing was changed. Sign in to go on."),
        Problem(
            403, "You can't do that", "Nothing was changed. An administrator of your organization can give you access."
        ),
        Problem(404, "There is no such page", "The address may be mistyped, or what it showed is gone."),
        Problem(
            405, "That page can't be used that way", "Nothing was changed. Go back to the connections and start there."
        ),
        Problem(409, "It has changed meanwhile", "Nothing was changed by you. Reload the page to see what holds now."),
        Problem(413, "That was too much", "What you sent is larger than this console takes. Nothing was changed."),
        Problem(422, "Something in the form is not right", "Nothing was changed. Go back, correct it and try again."),
        Problem(429, "Too many tries", "Nothing was changed. Wait a little, then try again."),
        Problem(
            500, "This console made a mistake", "It is recorded. Reload the page to see what holds before you go on."
        ),
        Problem(502, "Stytch can't be reached", "Nothing was changed by this. Try again in a moment."),
        Problem(503, "Not available right now", "Nothing was changed by this. Try again in a moment."),
    )
}
_CROSS_SITE = replace(
    _PROBLEMS[403],
    title="That did not come from this console",
    text="The request was sent by another site or from another address, so nothing was changed. "
    "Open the console itself and start there.",
)
_CONNECTION_GONE = replace(
    _PROBLEMS[404],
    title="Your organization has no such connection",
    text="It was deleted, or the address is that of another organization's.",
)
_NO_HISTORY = replace(
    _PROBLEMS[503],
    title="The history is out of reach",
    text="Nothing is done here that is not written down first, so nothing was changed by this. "
    "Try again in a moment; if it lasts, whoever runs this console has to look at its database.",
)
_STALE_FORM = replace(
    _PROBLEMS[400],
    title="This page is out of date",
    text="It was opened before you signed in again, or cookies are switched off. Nothing was changed. "
    "If a new token is on the page, copy it first; then reload the page and try again.",
)
_NO_COOKIE = replace(
    _STALE_FORM,
    title="This browser keeps no cookie here",
    text="While the console is inside of another page, this browser keeps nothing for it, so nothing was changed. "
    "In a tab of its own it works.",
    in_new_tab=True,
)


def init_app(app: Flask) -> None:
    """Shows every error in the product's own look."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(stytch.StytchError, _stytch_error)
    app.register_error_handler(SQLAlchemyError, _history_error)


def _history_error(error: SQLAlchemyError) -> Response:
    # Its text holds the statement's values: the kind is enough.
    _log.error("history_unavailable", kind=type(error).__name__, path=request.path)
    return answer(_NO_HISTORY)


def answer(problem: Problem) -> Response:
    """The problem as a page, or as a message that htmx puts into the page, beside what is on it."""
    if htmx.wants_fragment():
        response = htmx.fragment(render_template("errors/_problem_partial.html", problem=problem), problem.status)
    else:
        response = Response(render_template("errors/problem.html", problem=problem), problem.status)
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def problem_of(error: stytch.StytchError) -> Problem:
    """What to say when a call to Stytch failed before anything was changed."""
    problem = replace(_PROBLEMS[502], reference=error.request_id)
    if isinstance(error, stytch.NotTrusted):
        return replace(
            problem,
            title="The connection to Stytch can't be trusted",
            text="What answers in Stytch's place has no valid certificate, so nothing was sent, nothing was changed. "
            "Whoever runs this console has to look into it.",
        )
    if isinstance(error, stytch.NotSent):
        return replace(
            problem, text="No connection to Stytch could be made, so nothing was changed. Try again in a moment."
        )
    if isinstance(error, stytch.BadCredentials):
        return replace(
            problem,
            title="This console is not set up right",
            text="Stytch does not accept the console's own credentials. Nothing was changed. "
            "Whoever runs this console has to correct its settings; signing in again does not help.",
        )
    if isinstance(error, stytch.RateLimited):
        wait = f"{error.retry_after} seconds" if error.retry_after else "a minute"
        return replace(
            problem,
            status=503,
            title="Stytch is busy",
            text=f"It takes no more requests right now. Nothing was changed. Try again in {wait}.",
            retry_after=error.retry_after,
        )
    if isinstance(error, stytch.Forbidden):
        return replace(
            problem,
            status=403,
            title="Your roles do not allow that",
            text="Stytch refused it, so nothing was changed. An administrator can give you access.",
        )
    if isinstance(error, stytch.Refused):
        return replace(
            problem, title="Stytch refused that", text="Nothing was changed. Reload the page to see what holds."
        )
    return replace(
        problem,
        title="Stytch did not answer",
        text="Nothing was changed by this. Try again in a moment.",
    )


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    problem = _PROBLEMS.get(status) or replace(_PROBLEMS[500 if status >= 500 else 400], status=status)
    if isinstance(error, CSRFError):
        onward = (url_for("connections.index"), "Open in a new tab")
        problem = replace(_NO_COOKIE, onward=onward) if frames.lacks_cookie() else _STALE_FORM
    elif error.description == "cross_site":
        problem = _CROSS_SITE
    elif isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        minutes = -(-error.retry_after // 60)
        wait = f"Wait {minutes} minute{'' if minutes == 1 else 's'}, then try again."
        problem = replace(problem, text=f"Nothing was changed. {wait}", retry_after=error.retry_after)
    elif error.description == "connection_gone":
        problem = _CONNECTION_GONE
    response = answer(problem)
    if status == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _stytch_error(error: stytch.StytchError) -> Response:
    problem = problem_of(error)
    _log.warning(
        "stytch_error",
        kind=type(error).__name__,
        error_type=error.error_type,
        status=error.status,
        stytch_request_id=error.request_id,
        path=request.path,
    )
    what = request.endpoint or ""
    if isinstance(error, stytch.Forbidden):
        record(AccessRefused, "refused", request_id=error.request_id, what=what)
    else:
        kind = error.error_type or type(error).__name__
        record(StytchFailure, "failed", request_id=error.request_id, what=what, error_type=kind)
    return answer(problem)
