"""Where every way to sign in ends: at the console, or at what Stytch still asks for (`stytch-api.md §4.1, §4.7`)."""

from contextlib import suppress

import structlog
from flask import g, redirect, session, url_for
from flask_babel import gettext as _
from pydantic import SecretStr

from webapp.history.events import Confirmation, SignIn
from webapp.signin import attempt, failing, lifetime, member
from webapp.signin.blueprint import Page, stopped, stytch
from webapp.signin.guard import local_path
from webapp.stytch import errors
from webapp.stytch.models import AuthenticationFactor, DiscoveryAnswer, ExchangeAnswer, SessionAnswer
from webapp.web.record import record

_log = structlog.get_logger()


def proven(proof: DiscoveryAnswer | ExchangeAnswer) -> Page:
    """On after a first factor, at an organization or with all of them open still."""
    return _discovered(proof) if isinstance(proof, DiscoveryAnswer) else _authenticated(proof)


def _discovered(found: DiscoveryAnswer) -> Page:
    """On with who was found behind a proof: to the one organization, or to a choice."""
    under_way = attempt.current() or attempt.Attempt()
    attempt.Attempt(
        email=found.email_address,
        next=under_way.next,
        intermediate_token=found.intermediate_session_token.get_secret_value(),
    ).save()
    only = found.discovered_organizations[0] if len(found.discovered_organizations) == 1 else None
    if only and not only.membership.type.startswith("eligible_to_join"):  # nobody joins without being asked
        return enter(only.organization.organization_id)
    return redirect(url_for("signin.organizations"), 303)


def enter(organization_id: str) -> Page:
    """On into one of the organizations that a proof opened."""
    under_way = attempt.current() or attempt.Attempt()
    try:
        answer = stytch().exchange_intermediate_session(
            SecretStr(under_way.intermediate_token), organization_id, session_duration_minutes=lifetime.of_new()
        )
    except errors.SessionEnded as ended:
        attempt.forget()
        return failing.too_late(ended)
    except errors.Refused as refused:
        error = failing.refusal(refused)
        if error.error_type == "intermediate_session_not_found":
            attempt.forget()
            return failing.too_late(error)
        # Translators: “it” is an organization
        text = _("You were not signed in to it. Choose another, or ask its administrator for access.")
        choice = (url_for("signin.organizations"), _("Choose another organization"))
        return stopped(_("That organization does not let you in"), text, error.request_id, choice), 403
    except errors.OutcomeUnknown as error:
        what_now = _("What you proved may hold still: choose the organization once more, or begin anew.")
        return failing.no_answer(error, what_now, (url_for("signin.organizations"), _("Choose an organization")))
    return _authenticated(answer)


def _authenticated(answer: ExchangeAnswer) -> Page:
    """On after a first factor at an organization."""
    if answer.member_authenticated:
        return arrived(answer)
    further = (attempt.current() or attempt.Attempt()).after(answer)
    further.save()
    if answer.primary_required:
        return redirect(url_for("signin.door", organization=further.door), 303)
    if answer.mfa_required:
        enrolled = further.phone or further.totp
        return redirect(url_for("signin.second_factor" if enrolled else "signin.enroll"), 303)
    name = answer.organization.organization_name
    text = _("%(name)s asks for something that this console does not know. You were not signed in.", name=name)
    return stopped(_("%(name)s asks for more", name=name), text, answer.request_id), 403


def arrived(answer: ExchangeAnswer | SessionAnswer, *, adopted: bool = False) -> Page:
    """The session begins, or the proof that was asked for in it is given. On to where its member was going."""
    if not _is_of_who_was_asked(answer):
        # Translators: “it” is a proof of who somebody is, such as a code: that of another member
        text = _("It is not yours who are signed in. Nothing was changed; sign out first to sign in as somebody else.")
        back = (url_for("signin.confirm"), _("Confirm it is you"))
        return stopped(_("That proof is of somebody else"), text, answer.request_id, back), 403
    begin(answer, adopted=adopted)
    return redirect(onward(), 303)


def begin(answer: ExchangeAnswer | SessionAnswer, *, adopted: bool = False) -> None:
    """Keeps the session; `onward()` says where to go then."""
    under_way = attempt.current() or attempt.Attempt()
    before = member.stored()
    how = ", ".join(each.delivery_method or each.type for each in _factors(answer))
    if under_way.confirming and before:
        attempt.forget()
        g.member = member.keep(answer, adopted=before.adopted)
        session["onward"] = url_for("signin.resume")
        record(Confirmation, "done", request_id=answer.request_id, how=how)
        _log.info("authn_step_up", member_id=g.member.member_id)
        return
    g.member = member.sign_in(answer, adopted=adopted, since=under_way.since)
    session["onward"] = local_path(under_way.next) or url_for("connections.index")
    if before and not before.adopted and before.session_token != answer.session_token:
        with suppress(errors.StytchError):
            stytch().revoke_session(before.session_token)
    record(SignIn, "done", request_id=answer.request_id, how=how)
    _log.info(
        "authn_login_success", member_id=g.member.member_id, organization_id=g.member.organization_id, adopted=adopted
    )


def _is_of_who_was_asked(answer: ExchangeAnswer | SessionAnswer) -> bool:
    under_way, signed_in = attempt.current(), member.stored()
    if under_way is None or not under_way.confirming:
        return True
    return signed_in is not None and signed_in.member_id == answer.member.member_id


def onward() -> str:
    """The page that whoever just arrived was going to."""
    path: str = session.pop("onward", None) or url_for("connections.index")
    return path


def _factors(answer: ExchangeAnswer | SessionAnswer) -> list[AuthenticationFactor]:
    return answer.member_session.authentication_factors if answer.member_session else []
