"""The second factor: a code of an authenticator app, a texted one, or a recovery code (`stytch-api.md §4.7`)."""

from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from webapp.signin import arrival, attempt, failing, lifetime
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, stytch
from webapp.stytch import errors
from webapp.stytch.models import SessionAnswer
from webapp.web import limits


@bp.get("/authenticate/second-factor")
def second_factor() -> Page:
    """Asks for the code of the factor in `?factor=`, else of the first that the member has."""
    under_way = asked()
    if under_way is None:
        return redirect(url_for("signin.login"), 303)
    if not under_way.totp and not under_way.phone:
        return redirect(url_for("signin.enroll"), 303)
    return _form(under_way, request.args.get("factor", ""))


@bp.post("/authenticate/second-factor")
def check_second_factor() -> Page:
    """Checks the code."""
    under_way = asked()
    if under_way is None:
        return redirect(url_for("signin.login"), 303)
    how, code = request.form.get("factor", ""), "".join(request.form.get("code", "").split())
    if not code or (how != "recovery_code" and (not code.isdecimal() or len(code) != 6)):
        recovers = how == "recovery_code"
        wanted = _("Enter one of your recovery codes.") if recovers else _("Enter the six digits of the code.")
        return _form(under_way, how, wanted), 422
    limits.count("guess a second factor", under_way.member_id)
    try:
        answer = _check(under_way, how, code)
    except errors.StytchError as error:
        return failing.told(
            error, under_way, lambda refused: (_form(under_way, how, _wrong(how, refused), refused.request_id), 422)
        )
    return arrival.arrived(answer)


@bp.post("/authenticate/second-factor/text")
def text_again() -> Page:
    """Texts a code to the member's phone, in place of an earlier one."""
    under_way = asked()
    if under_way is None or not under_way.phone:
        return redirect(url_for("signin.login"), 303)
    problem = text(under_way)
    if problem:
        return _form(under_way, "sms_otp", problem), 422
    return redirect(url_for("signin.second_factor", factor="sms_otp"), 303)


def text(under_way: Attempt, new_number: str = "") -> str:
    """Texts a code, to a `new_number` (E.164) for a member who has none; answers what is wrong, if anything."""
    limits.count("text", under_way.member_id)
    try:
        stytch().send_sms_code(
            under_way.organization_id, under_way.member_id, under_way.proven(), phone_number=new_number
        )
    except errors.RateLimited:
        return _("A code was texted a moment ago. Wait a minute before you ask for another one.")
    except errors.SessionEnded:
        raise
    except errors.OutcomeUnknown:
        pass  # It may be on its way: the page asks for it, and offers another one.
    except errors.Refused as refused:
        failing.refusal(refused)
        return _("Stytch sent no code to this number. Check it for typing errors, with + and the country's code.")
    replace(under_way, phone=new_number or under_way.phone, texted=True).save()
    return ""


def _check(under_way: Attempt, how: str, code: str) -> SessionAnswer:
    who = (under_way.organization_id, under_way.member_id, code, under_way.proven())
    minutes = lifetime.of_next(confirming=under_way.confirming)
    if how == "recovery_code":
        return stytch().recover(*who, minutes=minutes)
    if how == "sms_otp":
        # By the first code a phone becomes the member's second factor.
        return stytch().authenticate_sms_code(*who, minutes=minutes, enroll=not under_way.confirming)
    return stytch().authenticate_totp(*who, minutes=minutes)


def _wrong(how: str, error: errors.Refused) -> str:
    if error.error_type == "totp_code_already_authenticated":
        return _("This code was used already. Wait for the next one: it comes within half a minute.")
    if how == "recovery_code":
        return _("This is none of your recovery codes, or it was used before.")
    if how == "sms_otp":
        return _("This code is not right: it is mistyped, older than two minutes, or a newer one was sent.")
    return _("This code is not right. Look at the app again, and check that the phone's clock is right.")


def asked() -> Attempt | None:
    """The sign-in under way, if it is a second factor that is still missing."""
    under_way = attempt.current()
    return under_way if under_way and under_way.member_id and not under_way.wanted else None


def _form(under_way: Attempt, how: str, problem: str = "", reference: str = "") -> str:
    ways = [way for way, has in (("totp", under_way.totp), ("sms_otp", under_way.phone)) if has]
    if under_way.totp:
        ways.append("recovery_code")
    how = how if how in ways else ways[0]
    return render_template(
        "signin/second_factor.html",
        attempt=under_way,
        how=how,
        others=[way for way in ways if way != how],
        problem=problem,
        reference_id=reference,
    )
