"""What to say when Stytch takes a proof amiss, or does not answer to it: nobody was signed in."""

from collections.abc import Callable

import structlog
from flask import abort, make_response
from flask_babel import gettext as _

from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, stopped
from webapp.stytch import errors
from webapp.web.words import paragraph

_log = structlog.get_logger()

_LOCKED = "user_lock_limit_reached"
_TOOK_TOO_LONG = {"intermediate_session_not_found", "invalid_session_token", "session_not_found"}
"""What was proven before is forgotten at Stytch, after ten minutes (`stytch-api.md §4.1`)."""


def told(
    error: errors.StytchError,
    under_way: Attempt,
    wrong: Callable[[errors.Refused], Page],
    what_now: str = "",
) -> Page:
    """What to answer to a proof that Stytch did not take; `wrong` makes the page where it is the proof that is wrong;
    `what_now` as `no_answer` has it.

    Raises the error anew where it is about something else (`refusal`), or the session that was to be confirmed is over.
    """
    if isinstance(error, errors.OutcomeUnknown):
        return no_answer(error, what_now)
    if not isinstance(error, errors.Refused) or (isinstance(error, errors.SessionEnded) and under_way.confirming):
        raise error
    if error.error_type == _LOCKED and not under_way.member_id:
        # Only members are locked: who proved nothing yet is told no more than that the proof is wrong.
        _log.info("authn_login_fail", error_type=error.error_type)
        return wrong(error)
    error = refusal(error)
    return too_late(error) if error.error_type in _TOOK_TOO_LONG else wrong(error)


def refusal(error: errors.Refused) -> errors.Refused:
    """The refusal of a proof, written to the log. Ends the request where it is about something else.

    Raises it anew when it is about the console or the moment; a page says so when it is about the organization or
    the member as such.
    """
    _log.info("authn_login_fail", error_type=error.error_type)
    if error.error_type == _LOCKED:
        text = _("There were too many wrong tries, so Stytch has locked this member for a while. Nobody was signed in.")
        abort(make_response(stopped(_("Too many wrong tries"), text, error.request_id), 429))
    if isinstance(error, errors.BadCredentials | errors.RateLimited):
        raise error
    if isinstance(error, errors.Forbidden):
        text = _("Stytch refused it, and nobody was signed in. Ask the organization's administrator.")
        abort(make_response(stopped(_("That organization does not let you in"), text, error.request_id), 403))
    return error


def too_late(error: errors.StytchError) -> tuple[str, int]:
    """The page of a sign-in that took too long."""
    text = _("A sign-in has to be finished within ten minutes. Nobody was signed in: begin anew.")
    return stopped(_("That took too long"), text, error.request_id), 400


def no_answer(error: errors.StytchError, what_now: str = "", onward: tuple[str, str] | None = None) -> tuple[str, int]:
    """The page of a proof that Stytch gave no readable answer to, with a sentence that says `what_now`.

    Without one, that the proof may be used up; `onward` as `stopped` has it.
    """
    # Translators: “it” is a proof of who somebody is, such as a code
    what_now = what_now or _("It may count as used now: try it once more, or begin anew.")
    text = paragraph(_("Nobody was signed in."), what_now)
    return stopped(_("Stytch did not answer"), text, error.request_id, onward), 502
