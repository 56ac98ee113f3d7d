"""What to say when Stytch takes a proof amiss, or does not answer to it: nobody was signed in."""

import structlog

from webapp.signin.blueprint import stopped
from webapp.stytch import errors

_log = structlog.get_logger()

TRY_AGAIN = "It may count as used now: try it once more, or begin anew."
_TOOK_TOO_LONG = {"intermediate_session_not_found", "invalid_session_token"}


def refusal(error: errors.Refused) -> errors.Refused:
    """The refusal, written to the log; raised anew if it is none of a proof, but of the console or the moment."""
    if isinstance(error, errors.BadCredentials | errors.RateLimited):
        raise error
    _log.info("authn_login_fail", error_type=error.error_type)
    return error


def took_too_long(error: errors.Refused) -> bool:
    """Whether what was proven before is forgotten at Stytch: after ten minutes (`stytch-api.md §4.1`)."""
    return error.error_type in _TOOK_TOO_LONG


def too_late(error: errors.StytchError) -> tuple[str, int]:
    """The page of a sign-in that took too long."""
    text = "A sign-in has to be finished within ten minutes. Nobody was signed in: begin anew."
    return stopped("That took too long", text, error.request_id), 400


def no_answer(error: errors.StytchError, what_now: str = TRY_AGAIN) -> tuple[str, int]:
    """The page of a proof that Stytch gave no readable answer to."""
    return stopped("Stytch did not answer", f"Nobody was signed in. {what_now}", error.request_id), 502
