"""Errors: what happened, what did not, what to do; as a page, or as a message in the page that htmx has open."""

from dataclasses import dataclass, replace

import structlog
from flask import Flask, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, TooManyRequests

from webapp.history.events import AccessRefused, StytchFailure
from webapp.stytch import errors as stytch
from webapp.web import frames, htmx
from webapp.web.record import record
from webapp.web.words import said

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

    @property
    def said(self) -> str:
        """What is read out."""
        return said(self.title, self.text)


def _of_status(status: int) -> Problem:
    """Of a status with no more to say: made when it is answered, in the language of whoever reads it."""
    nothing_changed = _("Nothing was changed by this. Try again in a moment.")
    problems = (
        Problem(
            400,
            _("That request was not complete"),
            _("Nothing was changed. Go back, reload the page and try again."),
        ),
        Problem(401, _("You are not signed in"), _("Nothing was changed. Sign in to go on.")),
        Problem(
            403,
            _("You can't do that"),
            _("Nothing was changed. An administrator of your organization can give you access."),
        ),
        Problem(404, _("There is no such page"), _("The address may be mistyped, or what it showed is gone.")),
        Problem(
            405,
            _("That page can't be used that way"),
            _("Nothing was changed. Go back to the connections and start there."),
        ),
        Problem(
            409,
            # Translators: a title: “it” is whatever was to be changed
            _("It has changed meanwhile"),
            _("Nothing was changed by you. Reload the page to see what holds now."),
        ),
        Problem(
            413, _("That was too much"), _("What you sent is larger than this console takes. Nothing was changed.")
        ),
        Problem(
            422,
            _("Something in the form is not right"),
            _("Nothing was changed. Go back, correct it and try again."),
        ),
        Problem(429, _("Too many tries"), _("Nothing was changed. Wait a little, then try again.")),
        Problem(
            500,
            _("This console made a mistake"),
            # Translators: “it” is the mistake
            _("It is recorded. Reload the page to see what holds before you go on."),
        ),
        Problem(502, _("Stytch can't be reached"), nothing_changed),
        Problem(503, _("Not available right now"), nothing_changed),
    )
    found = {problem.status: problem for problem in problems}
    return found.get(status) or replace(found[500 if status >= 500 else 400], status=status)


def _cross_site() -> Problem:
    return Problem(
        403,
        _("That did not come from this console"),
        _(
            "The request was sent by another site or from another address, so nothing was changed. "
            "Open the console itself and start there."
        ),
    )


def _connection_gone() -> Problem:
    return Problem(
        404,
        _("Your organization has no such connection"),
        # Translators: “it” is the connection
        _("It was deleted, or the address is that of another organization's."),
    )


def _no_history() -> Problem:
    return Problem(
        503,
        _("The history is out of reach"),
        _(
            "Nothing is done here that is not written down first, so nothing was changed by this. "
            "Try again in a moment; if it lasts, whoever runs this console has to look at its database."
        ),
    )


def _stale_form() -> Problem:
    return Problem(
        400,
        _("This page is out of date"),
        # Translators: “it” is this page
        _(
            "It was opened before you signed in again, or cookies are switched off. Nothing was changed. "
            "If a new token is on the page, copy it first; then reload the page and try again."
        ),
    )


def _no_cookie() -> Problem:
    return Problem(
        400,
        _("This browser keeps no cookie here"),
        _(
            "While the console is inside of another page, this browser keeps nothing for it, so nothing was changed. "
            "In a tab of its own it works."
        ),
        onward=(url_for("connections.index"), _("Open in a new tab")),
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
    return answer(_no_history())


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
    problem = replace(_of_status(502), reference=error.request_id)
    if isinstance(error, stytch.NotTrusted):
        return replace(
            problem,
            title=_("The connection to Stytch can't be trusted"),
            text=_(
                "What answers in Stytch's place has no valid certificate, so nothing was sent, nothing was changed. "
                "Whoever runs this console has to look into it."
            ),
        )
    if isinstance(error, stytch.NotSent):
        text = _("No connection to Stytch could be made, so nothing was changed. Try again in a moment.")
        return replace(problem, text=text)
    if isinstance(error, stytch.BadCredentials):
        return replace(
            problem,
            title=_("This console is not set up right"),
            text=_(
                "Stytch does not accept the console's own credentials. Nothing was changed. "
                "Whoever runs this console has to correct its settings; signing in again does not help."
            ),
        )
    if isinstance(error, stytch.RateLimited):
        return replace(
            problem,
            status=503,
            title=_("Stytch is busy"),
            text=_busy(error.retry_after),
            retry_after=error.retry_after,
        )
    if isinstance(error, stytch.Forbidden):
        return replace(
            problem,
            status=403,
            title=_("Your roles do not allow that"),
            text=_("Stytch refused it, so nothing was changed. An administrator can give you access."),
        )
    if isinstance(error, stytch.Refused):
        text = _("Nothing was changed. Reload the page to see what holds.")
        return replace(problem, title=_("Stytch refused that"), text=text)
    return replace(problem, title=_("Stytch did not answer"))


def _busy(seconds: int) -> str:
    if not seconds:
        # Translators: “it” is Stytch
        return _("It takes no more requests right now. Nothing was changed. Try again in a minute.")
    # Translators: “it” is Stytch
    return ngettext(
        "It takes no more requests right now. Nothing was changed. Try again in %(num)s second.",
        "It takes no more requests right now. Nothing was changed. Try again in %(num)s seconds.",
        seconds,
    )


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    problem = _of_status(status)
    if isinstance(error, CSRFError):
        problem = _no_cookie() if frames.lacks_cookie() else _stale_form()
    elif error.description == "cross_site":
        problem = _cross_site()
    elif isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        text = ngettext(
            "Nothing was changed. Wait %(num)s minute, then try again.",
            "Nothing was changed. Wait %(num)s minutes, then try again.",
            -(-error.retry_after // 60),
        )
        problem = replace(problem, text=text, retry_after=error.retry_after)
    elif error.description == "connection_gone":
        problem = _connection_gone()
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
