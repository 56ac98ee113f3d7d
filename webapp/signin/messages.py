"""Proof by mail: a link that works in this browser alone, or a code to type in (`stytch-api.md §4.2, §4.3`)."""

from dataclasses import dataclass, replace

import structlog
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from webapp.signin import arrival, attempt, failing, lifetime
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, stytch
from webapp.stytch import errors
from webapp.stytch.models import DiscoveryAnswer, ExchangeAnswer
from webapp.web import limits, mount

_log = structlog.get_logger()

_NOT_A_MEMBER = {
    "member_not_found",
    "email_jit_provisioning_not_allowed",
    "invalid_email_for_jit_provisioning",
    "email_invites_not_allowed",
    "action_not_allowed_email_domain_is_claimed",
    "member_password_not_found",
}
"""Refusals that would tell a stranger who belongs to an organization: they look like a mail that was sent."""


@dataclass(frozen=True)
class Problem:
    """Why nothing was sent, beside the field, and the status of the page that says so."""

    text: str
    status: int


def callback_url() -> str:
    """Where links and redirects come back to; registered at Stytch."""
    return mount.absolute(url_for("signin.callback"))


def send(way: str, under_way: Attempt, *, anew: bool = False) -> Problem | None:
    """Has Stytch mail a `magic_link`, an `email_otp` or a link to `reset` the password, and keeps the attempt.

    `anew` as `Attempt.save` has it. Answers what is wrong, if anything; then nothing is kept.
    """
    limits.count("mail", under_way.email)
    under_way = replace(under_way, verifier="" if way == "email_otp" else attempt.new_verifier())
    try:
        _send(way, under_way)
    except errors.RateLimited as error:
        if not under_way.organization_id or under_way.confirming:
            text = _("A mail was sent to this address a moment ago. Look into your inbox, or try again in a minute.")
            return Problem(text, 429)
        # At an organization's door only members are limited, so that saying it would tell who is one.
        _log.info("authn_mail_not_sent", way=way, error_type=error.error_type)
        under_way = replace(under_way, verifier=_verifier_of_mail_before(under_way) or under_way.verifier)
    except errors.OutcomeUnknown:
        # Whether the mail left is not known; saying so beats sending another.
        _log.warning("authn_mail_unknown", way=way)
    except errors.Refused as error:
        if error.error_type == "invalid_email":
            return Problem(_("Stytch does not take this address. Check it for typing errors."), 422)
        if error.error_type not in _NOT_A_MEMBER:
            raise
        _log.info("authn_mail_not_sent", way=way, error_type=error.error_type)
    under_way.save(anew=anew)
    return None


def _verifier_of_mail_before(under_way: Attempt) -> str:
    """That of a mail to the same address a moment ago, with which its link works."""
    before = attempt.current()
    same = before and (before.organization_id, before.email) == (under_way.organization_id, under_way.email)
    return before.verifier if before and same else ""


def _send(way: str, to: Attempt) -> None:
    organization_id, email = to.organization_id, to.email
    match way, bool(organization_id):
        case "magic_link", False:
            stytch().send_discovery_email(email, redirect_url=callback_url(), pkce_code_challenge=to.challenge)
        case "magic_link", True:
            stytch().send_login_email(
                organization_id, email, redirect_url=callback_url(), pkce_code_challenge=to.challenge
            )
        case "email_otp", False:
            stytch().send_discovery_code(email)
        case "email_otp", True:
            stytch().send_login_code(organization_id, email)
        case "reset", False:
            stytch().start_discovery_password_reset(
                email, redirect_url=callback_url(), pkce_code_challenge=to.challenge
            )
        case "reset", True:
            stytch().start_password_reset(
                organization_id, email, redirect_url=callback_url(), pkce_code_challenge=to.challenge
            )


@bp.get("/authenticate/link")
def link() -> Page:
    """Says where the link was sent; with `?reset=`, one that sets a password."""
    under_way = attempt.current()
    if under_way is None or not under_way.verifier:
        return redirect(url_for("signin.login"), 303)
    return render_template("signin/link.html", attempt=under_way, reset="reset" in request.args)


@bp.get("/authenticate/code")
def code() -> Page:
    """Asks for the mailed code."""
    under_way = attempt.current()
    if under_way is None:
        return redirect(url_for("signin.login"), 303)
    return _code_form(under_way)


@bp.post("/authenticate/code")
def check_code() -> Page:
    """Checks the mailed code."""
    under_way = attempt.current()
    if under_way is None:
        return redirect(url_for("signin.login"), 303)
    given = "".join(request.form.get("code", "").split())
    if not given.isdecimal() or len(given) != 6:
        return _code_form(under_way, _("Enter the six digits of the code.")), 422
    limits.count("guess a mailed code", under_way.email)
    try:
        proof = _check(under_way, given)
    except errors.StytchError as error:
        problem = _("This code is not right: mistyped, too old, replaced by a newer one, or one of too many tries.")
        return failing.told(error, under_way, lambda refused: (_code_form(under_way, problem, refused.request_id), 422))
    return arrival.proven(proof)


def _check(under_way: Attempt, given: str) -> DiscoveryAnswer | ExchangeAnswer:
    if not under_way.organization_id:
        return stytch().authenticate_discovery_code(under_way.email, given)
    return stytch().authenticate_login_code(
        under_way.organization_id,
        under_way.email,
        given,
        minutes=lifetime.of_next(confirming=under_way.confirming),
        proven=under_way.proven(),
    )


def _code_form(under_way: Attempt, problem: str = "", reference: str = "") -> str:
    return render_template("signin/code.html", attempt=under_way, problem=problem, reference_id=reference)
