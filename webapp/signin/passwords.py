"""Passwords: signing in with one, and setting a new one by a mailed link (`stytch-api.md §4.6`)."""

from dataclasses import replace

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import SecretStr

from webapp.signin import arrival, attempt, failing, lifetime, messages
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, stopped, stytch
from webapp.stytch import errors
from webapp.stytch.models import DiscoveryAnswer, ExchangeAnswer, StrengthAnswer
from webapp.web import htmx, limits

_LONGEST = 1000


@bp.get("/authenticate/password")
def password() -> Page:
    """Asks for the password."""
    under_way = attempt.current()
    if under_way is None or not under_way.email:
        return redirect(url_for("signin.login"), 303)
    return render_template("signin/password.html", attempt=under_way)


@bp.post("/authenticate/password")
def check_password() -> Page:
    """Checks the password."""
    under_way = attempt.current()
    if under_way is None or not under_way.email:
        return redirect(url_for("signin.login"), 303)
    given = _given()
    if given is None:
        return _form(under_way, _("Enter your password.")), 422
    limits.count("guess a password", under_way.email)
    try:
        proof = _check(under_way, given)
    except errors.StytchError as error:
        # The same words whether the address, its password or both are unknown.
        problem = _("This address and password don't go together, or there were too many wrong tries.")
        return failing.told(
            _of_the_password(error),
            under_way,
            lambda refused: (_form(under_way, problem, refused.request_id), 422),
            _("Your password is as it was: try again."),
        )
    return arrival.proven(proof)


@bp.get("/authenticate/password/reset")
def reset() -> Page:
    """Offers to mail a link with which a new password can be set."""
    under_way = attempt.current()
    if under_way is None or not under_way.email:
        return redirect(url_for("signin.login"), 303)
    return render_template("signin/reset.html", attempt=under_way)


@bp.post("/authenticate/password/reset")
def send_reset() -> Page:
    """Has the link mailed."""
    under_way = attempt.current()
    if under_way is None or not under_way.email:
        return redirect(url_for("signin.login"), 303)
    problem = messages.send("reset", under_way)
    if problem:
        return render_template("signin/reset.html", attempt=under_way, problem=problem.text), problem.status
    return redirect(url_for("signin.link", reset=1), 303)


@bp.get("/authenticate/password/new")
def new_password() -> Page:
    """Asks for the new password."""
    under_way = attempt.current()
    if under_way is None or not under_way.reset_token:
        return redirect(url_for("signin.login"), 303)
    return render_template("signin/new_password.html", attempt=under_way)


@bp.post("/authenticate/password/strength")
def strength() -> Response:
    """What Stytch thinks of a password, for the line below its field."""
    under_way = attempt.current()
    given = _given()
    checked = None
    if under_way and under_way.reset_token and given:
        limits.count("ask about a password", under_way.email)
        checked = stytch().check_password_strength(given, under_way.email)
    return htmx.fragment(render_template("signin/_strength.html", checked=checked))


@bp.post("/authenticate/password/new")
def set_password() -> Page:
    """Sets the password, if Stytch finds it strong enough, and signs in."""
    under_way = attempt.current()
    if under_way is None or not under_way.reset_token:
        return redirect(url_for("signin.login"), 303)
    given = _given()
    if given is None:
        return _new_form(under_way, _("Enter a password.")), 422
    limits.count("set a password", under_way.email)
    checked = stytch().check_password_strength(given, under_way.email)
    if not checked.valid_password:
        return _new_form(under_way, _("This password is not strong enough."), checked), 422
    used_up = replace(under_way, reset_token="", verifier="")
    try:
        proof = _set(under_way, given)
    except errors.Refused as refused:
        error = failing.refusal(refused)
        if error.error_type in ("weak_password", "breached_password"):
            return _new_form(under_way, _("This password is not strong enough.")), 422
        used_up.save()
        onward = (url_for("signin.reset"), _("Have a new link sent"))
        # Translators: “it” is a mailed link
        text = _("It was used before, it is too old, or a newer one was sent. Your password was not changed.")
        return stopped(_("This link no longer works"), text, error.request_id, onward), 400
    except errors.OutcomeUnknown as error:
        what_now = _("Whether your password was changed is not known: sign in with the new one, else with the old one.")
        return failing.no_answer(error, what_now)
    used_up.save()
    return arrival.proven(proof)


def _check(under_way: Attempt, password: SecretStr) -> DiscoveryAnswer | ExchangeAnswer:
    if not under_way.organization_id:
        return stytch().authenticate_discovery_password(under_way.email, password)
    return stytch().authenticate_password(
        under_way.organization_id,
        under_way.email,
        password,
        minutes=lifetime.of_next(confirming=under_way.confirming),
        proven=under_way.proven(),
    )


def _set(under_way: Attempt, password: SecretStr) -> DiscoveryAnswer | ExchangeAnswer:
    token = SecretStr(under_way.reset_token)
    if not under_way.organization_id:
        return stytch().reset_discovery_password(token, password, pkce_code_verifier=under_way.verifier)
    return stytch().reset_password(
        token,
        password,
        pkce_code_verifier=under_way.verifier,
        minutes=lifetime.of_next(confirming=under_way.confirming),
        proven=under_way.proven(),
    )


def _of_the_password(error: errors.StytchError) -> errors.StytchError:
    """The refusal as one of the password.

    What Stytch calls a wrong password is not known for certain; it may call it what it calls wrong credentials of the
    project. A call that needs those alone tells them apart, after every refusal: its time must not tell more.
    """
    if not isinstance(error, errors.Refused) or isinstance(error, errors.RateLimited):
        return error
    stytch().get_policy()
    if isinstance(error, errors.BadCredentials):
        return errors.Refused("wrong_password", status=error.status, request_id=error.request_id)
    return error


def _given() -> SecretStr | None:
    given = request.form.get("password", "")
    return SecretStr(given) if 0 < len(given) <= _LONGEST else None


def _form(under_way: Attempt, problem: str, reference: str = "") -> str:
    return render_template("signin/password.html", attempt=under_way, problem=problem, reference_id=reference)


def _new_form(under_way: Attempt, problem: str, checked: StrengthAnswer | None = None) -> str:
    return render_template("signin/new_password.html", attempt=under_way, problem=problem, checked=checked)
