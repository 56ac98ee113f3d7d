"""A second factor for somebody whose organization wants one, and who has none yet (`stytch-api.md §4.7`)."""

import re
from dataclasses import replace
from urllib.parse import quote, urlencode

import segno
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from webapp.signin import arrival, failing, lifetime
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, stytch
from webapp.signin.second_factor import asked, text
from webapp.stytch import errors
from webapp.web import limits

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


@bp.get("/authenticate/second-factor/new")
def enroll() -> Page:
    """Offers the second factors that the organization allows."""
    under_way = _asked()
    if under_way is None:
        return redirect(url_for("signin.login"), 303)
    return render_template("signin/enroll.html", attempt=under_way)


@bp.post("/authenticate/second-factor/new")
def begin_enrolment() -> Page:
    """Begins with one: a secret for an authenticator app, or a code to a phone."""
    under_way = _asked()
    if under_way is None:
        return redirect(url_for("signin.login"), 303)
    if request.form.get("factor") == "sms_otp":
        return _phone(under_way)
    limits.count("set up an authenticator", under_way.member_id)
    try:
        made = stytch().create_totp(under_way.organization_id, under_way.member_id, under_way.proven())
    except errors.Refused as refused:
        return failing.too_late(failing.refusal(refused))
    except errors.OutcomeUnknown as error:
        return failing.no_answer(error, _("Nothing counts before you gave a code: go back and try again."))
    replace(
        under_way,
        secret=made.secret.get_secret_value(),
        recovery_codes=tuple(code.get_secret_value() for code in made.recovery_codes),
    ).save()
    return redirect(url_for("signin.authenticator"), 303)


@bp.get("/authenticate/second-factor/authenticator")
def authenticator() -> Page:
    """Shows the secret, as a QR code and in letters, and asks for a first code."""
    under_way = _asked()
    if under_way is None or not under_way.secret:
        return redirect(url_for("signin.login"), 303)
    return _authenticator_form(under_way)


@bp.post("/authenticate/second-factor/authenticator")
def check_authenticator() -> Page:
    """Checks the first code. This answer alone shows the recovery codes."""
    under_way = _asked()
    if under_way is None or not under_way.secret:
        return redirect(url_for("signin.login"), 303)
    code = "".join(request.form.get("code", "").split())
    if not code.isdecimal() or len(code) != 6:
        return _authenticator_form(under_way, _("Enter the six digits of the code.")), 422
    limits.count("guess a second factor", under_way.member_id)
    try:
        answer = stytch().authenticate_totp(
            under_way.organization_id,
            under_way.member_id,
            code,
            under_way.proven(),
            minutes=lifetime.of_next(confirming=under_way.confirming),
            enroll=True,
        )
    except errors.StytchError as error:
        problem = _("This code is not right. Look at the app again, and check that the phone's clock is right.")
        return failing.told(
            error, under_way, lambda refused: (_authenticator_form(under_way, problem, refused.request_id), 422)
        )
    arrival.begin(answer)
    return render_template("signin/recovery_codes.html", codes=under_way.recovery_codes, onward=arrival.onward())


def _asked() -> Attempt | None:
    """The sign-in under way, if its member has no second factor yet.

    A new one confirms nobody who is signed in, and takes the place of none that there is.
    """
    under_way = asked()
    return under_way if under_way and not under_way.confirming and not under_way.enrolled else None


def _phone(under_way: Attempt) -> Page:
    given = request.form.get("phone", "")
    number = re.sub(r"[\s().-]", "", given)
    if not _PHONE.fullmatch(number):
        problem = _("Enter the number with + and the country's code, such as +1 202 555 0123.")
    else:
        problem = text(under_way, number)
    if problem:
        return render_template("signin/enroll.html", attempt=under_way, phone=given, problem=problem), 422
    return redirect(url_for("signin.second_factor", factor="sms_otp"), 303)


def _authenticator_form(under_way: Attempt, problem: str = "", reference: str = "") -> str:
    return render_template(
        "signin/authenticator.html",
        attempt=under_way,
        qr_code=_qr_code(under_way),
        problem=problem,
        reference_id=reference,
    )


def _qr_code(under_way: Attempt) -> Markup:
    """The key URI that authenticator apps read, as SVG: our pages show no images from data URLs, as Stytch's is."""
    label = quote(f"{under_way.organization_name}:{under_way.email}")
    query = urlencode({"secret": under_way.secret, "issuer": under_way.organization_name}, quote_via=quote)
    code = segno.make(f"otpauth://totp/{label}?{query}", error="m")
    return Markup(code.svg_inline(omitsize=True, svgclass="qr__code", light="#fff"))  # noqa: S704 - made here
