"""The client's calls of sign-in, against the sandbox over a socket: bodies as Stytch wants them, answers, refusals."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from pydantic import SecretStr
from werkzeug.wrappers import Request, Response

from tests.conftest import Sandbox
from tests.stytch.conftest import Serve, caught
from tests.visits import discover_by_oauth, visit_oauth, visit_sso
from webapp.sandbox.seeds import WES_PASSWORD
from webapp.stytch import Actor, Proven, Stytch, errors
from webapp.stytch.models import ExchangeAnswer

BACK = "http://127.0.0.1/login/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
NEW_PASSWORD = SecretStr("seven quiet tortoises 41")
UNKNOWN = "a" * 44


def organization(sandbox: Sandbox, slug: str) -> str:
    return sandbox.world.find_organization(slug).organization_id


def token(sandbox: Sandbox) -> str:
    """That of the newest link."""
    return next(reversed(sandbox.world.magic_links))


def code(sandbox: Sandbox) -> str:
    found = sandbox.world.inbox[0].code
    assert found
    return found


def entered(answer: ExchangeAnswer, sandbox: Sandbox, minutes: int) -> None:
    """A session, of so many minutes."""
    assert answer.member_authenticated
    assert answer.member_session
    lasts = answer.member_session.expires_at - answer.member_session.started_at
    assert lasts.total_seconds() == minutes * 60
    assert answer.session_token.get_secret_value() in {each.session_token for each in sandbox.world.sessions.values()}
    assert answer.session_jwt.get_secret_value().count(".") == 2
    assert answer.request_id.startswith("request-id-test-")


def refused(call: Callable[[], object], error_type: str) -> None:
    error = caught(call)
    assert isinstance(error, errors.Refused)
    assert error.error_type == error_type
    assert error.request_id.startswith("request-id-test-")


def test_an_organization_by_its_id_or_slug(stytch: Stytch, sandbox: Sandbox) -> None:
    hooli = stytch.get_organization("hooli")
    assert hooli == stytch.get_organization(organization(sandbox, "hooli"))
    assert hooli.organization_name == "Hooli"
    assert [each.display_name for each in hooli.sso_active_connections] == ["Hooli Okta", "Hooli Entra"]
    assert hooli.sso_default_connection_id == hooli.sso_active_connections[0].connection_id
    assert hooli.allows("sso")
    assert not hooli.allows("magic_link")
    acme = stytch.get_organization("acme")
    assert acme.allows("magic_link")
    assert acme.allows_second_factor("totp")
    assert type(caught(lambda: stytch.get_organization("nowhere"))) is errors.NotFound


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_lead_elsewhere_is_none(stytch: Stytch, sandbox: Sandbox, name: str) -> None:
    assert type(caught(lambda: stytch.get_organization(name))) is errors.NotFound
    assert list(sandbox.world.requests) == []


@pytest.mark.parametrize("name", ["a/b", "../rbac/policy", "acme?x=y", "acme#x", "ä", "%2e%2e"])
def test_ids_are_quoted(serve: Serve, name: str) -> None:
    served = serve(lambda _request: Response('{"error_type": "organization_not_found"}', 404))
    stytch = Stytch(served.url, "project-test-1", SecretStr("secret-test-1"))
    actor = Actor(name, SecretStr("token"))
    for call in (
        lambda: stytch.get_organization(name),
        lambda: stytch.get_scim_connections(actor),
    ):
        caught(call)
    stytch.close()
    organizations, scim = (request.environ["RAW_URI"] for request in served.requests)
    quoted = segment(name)
    assert organizations == f"/v1/b2b/organizations/{quoted}"
    assert scim == f"/v1/b2b/scim/{quoted}/connection"


def segment(name: str) -> str:
    return "".join(c if (c.isalnum() and c.isascii()) or c in "-._~" else quoted(c) for c in name)


def quoted(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def test_a_link_of_an_organization(stytch: Stytch, sandbox: Sandbox) -> None:
    acme = organization(sandbox, "acme")
    stytch.send_login_email(acme, "vic@acme.example", redirect_url=BACK, pkce_code_challenge=CHALLENGE)
    mailed = token(sandbox)
    wrong = "w" * 64
    refused(lambda: stytch.authenticate_magic_link(mailed, pkce_code_verifier=wrong, minutes=35), "pkce_mismatch")
    entered(stytch.authenticate_magic_link(mailed, pkce_code_verifier=VERIFIER, minutes=35), sandbox, 35)
    refused(
        lambda: stytch.authenticate_magic_link(mailed, pkce_code_verifier=VERIFIER, minutes=35),
        "unable_to_auth_magic_link",
    )
    refused(
        lambda: stytch.send_login_email(acme, "zoe@acme.example", redirect_url=BACK, pkce_code_challenge=CHALLENGE),
        "email_jit_provisioning_not_allowed",
    )
    refused(
        lambda: stytch.send_login_email(
            acme, "vic@acme.example", redirect_url="https://evil.example/", pkce_code_challenge=CHALLENGE
        ),
        "no_match_for_provided_magic_link_url",
    )


def test_codes(stytch: Stytch, sandbox: Sandbox) -> None:
    stytch.send_discovery_code("vic@acme.example")
    refused(lambda: stytch.authenticate_discovery_code("vic@acme.example", "x"), "otp_code_not_found")
    found = stytch.authenticate_discovery_code("vic@acme.example", code(sandbox))
    assert [each.organization.organization_name for each in found.discovered_organizations] == ["Acme"]

    acme = organization(sandbox, "acme")
    stytch.send_login_code(acme, "vic@acme.example")
    sent = code(sandbox)
    entered(stytch.authenticate_login_code(acme, "vic@acme.example", sent, minutes=5), sandbox, 5)
    refused(
        lambda: stytch.authenticate_login_code(acme, "vic@acme.example", sent, minutes=5), "unable_to_auth_otp_code"
    )


def test_oauth_and_sso(stytch: Stytch, sandbox: Sandbox) -> None:
    vic = {"press": "vic@acme.example", "pkce_code_challenge": CHALLENGE}
    back = discover_by_oauth(sandbox.url, "google", **vic)
    found = stytch.authenticate_discovery_oauth(back["token"], pkce_code_verifier=VERIFIER)
    assert found.email_address == "vic@acme.example"

    back = visit_oauth(sandbox.url, "google", **vic, slug="acme")
    entered(stytch.authenticate_oauth(back["token"], pkce_code_verifier=VERIFIER, minutes=35), sandbox, 35)

    back = visit_sso(sandbox.url, **vic, organization_id="acme")
    entered(stytch.authenticate_sso(back["token"], pkce_code_verifier=VERIFIER, minutes=35), sandbox, 35)

    for call, error_type in (
        (lambda: stytch.authenticate_discovery_oauth(UNKNOWN, pkce_code_verifier=VERIFIER), "oauth_token_not_found"),
        (lambda: stytch.authenticate_oauth(UNKNOWN, pkce_code_verifier=VERIFIER, minutes=5), "oauth_token_not_found"),
        (lambda: stytch.authenticate_sso(UNKNOWN, pkce_code_verifier=VERIFIER, minutes=5), "sso_token_not_found"),
    ):
        refused(call, error_type)


def test_passwords(stytch: Stytch, sandbox: Sandbox) -> None:
    wayne, wes, right = organization(sandbox, "wayne"), "wes@wayne.example", SecretStr(WES_PASSWORD)
    assert stytch.authenticate_discovery_password(wes, right).email_address == wes
    entered(stytch.authenticate_password(wayne, wes, right, minutes=35), sandbox, 35)
    for call, error_type in (
        (lambda: stytch.authenticate_discovery_password(wes, NEW_PASSWORD), "password_does_not_match"),
        (lambda: stytch.authenticate_password(wayne, wes, NEW_PASSWORD, minutes=5), "password_does_not_match"),
        (lambda: stytch.authenticate_password(wayne, "zoe@wayne.example", right, minutes=5), "member_not_found"),
    ):
        refused(call, error_type)
    assert stytch.check_password_strength(NEW_PASSWORD, wes).valid_password
    weak = stytch.check_password_strength(SecretStr("password"), wes)
    assert not weak.valid_password
    assert weak.zxcvbn_feedback
    assert weak.zxcvbn_feedback.suggestions
    assert stytch.check_password_strength(SecretStr("Password2024!Summer"), wes).breached_password


def test_a_password_of_one_organization_is_set(stytch: Stytch, sandbox: Sandbox) -> None:
    """Its PKCE fields are named otherwise than everywhere else: the sandbox would ask for none."""
    acme = organization(sandbox, "acme")
    stytch.start_password_reset(acme, "vic@acme.example", redirect_url=BACK, pkce_code_challenge=CHALLENGE)
    mailed = SecretStr(token(sandbox))
    assert sandbox.world.magic_links[token(sandbox)].code_challenge == CHALLENGE
    refused(
        lambda: stytch.reset_password(mailed, SecretStr("weak"), pkce_code_verifier=VERIFIER, minutes=35),
        "weak_password",
    )
    entered(stytch.reset_password(mailed, NEW_PASSWORD, pkce_code_verifier=VERIFIER, minutes=35), sandbox, 35)
    refused(
        lambda: stytch.reset_password(mailed, NEW_PASSWORD, pkce_code_verifier=VERIFIER, minutes=35),
        "unable_to_auth_password_reset_token",
    )


def test_a_password_of_all_organizations_is_set(stytch: Stytch, sandbox: Sandbox) -> None:
    stytch.start_discovery_password_reset("vic@acme.example", redirect_url=BACK, pkce_code_challenge=CHALLENGE)
    mailed = SecretStr(token(sandbox))
    assert sandbox.world.magic_links[token(sandbox)].code_challenge == CHALLENGE
    found = stytch.reset_discovery_password(mailed, NEW_PASSWORD, pkce_code_verifier=VERIFIER)
    assert found.email_address == "vic@acme.example"
    refused(
        lambda: stytch.reset_discovery_password(mailed, NEW_PASSWORD, pkce_code_verifier=VERIFIER),
        "unable_to_auth_password_reset_token",
    )


def umbrella(stytch: Stytch, sandbox: Sandbox, email: str) -> tuple[str, str, Proven]:
    """Organization, member, and what is proven by a mailed code, which is not enough there."""
    slug = organization(sandbox, "umbrella")
    stytch.send_login_code(slug, email)
    texts = len(sandbox.world.inbox)
    answer = stytch.authenticate_login_code(slug, email, code(sandbox), minutes=35)
    assert not answer.member_authenticated
    assert answer.mfa_required is not None
    assert len(sandbox.world.inbox) == texts + (answer.mfa_required.secondary_auth_initiated == "sms_otp")
    return slug, answer.member.member_id, Proven(answer.intermediate_session_token)


def test_an_authenticator_app(stytch: Stytch, sandbox: Sandbox) -> None:
    who = umbrella(stytch, sandbox, "uma@umbrella.example")
    organization_id, member_id, proven = who
    registration = sandbox.world.totps[member_id]
    refused(
        lambda: stytch.authenticate_totp(organization_id, member_id, "000000", proven, minutes=35),
        "unable_to_authenticate_totp",
    )
    shown = registration.code(sandbox.world.clock.now())
    answer = stytch.authenticate_totp(organization_id, member_id, shown, proven, minutes=35)
    assert [each.type for each in answer.member_session.authentication_factors] == ["email_otp", "totp"]
    # A session is proof as well; a code that was used is not.
    held = Proven(session_token=answer.session_token)
    refused(
        lambda: stytch.authenticate_totp(organization_id, member_id, shown, held, minutes=35),
        "totp_code_already_authenticated",
    )
    unused = registration.recovery_codes[0]
    recovered = stytch.recover(organization_id, member_id, unused, held, minutes=35)
    kinds = [each.type for each in recovered.member_session.authentication_factors]
    assert "recovery_codes" in kinds
    refused(
        lambda: stytch.recover(organization_id, member_id, unused, held, minutes=35),
        "unable_to_authenticate_recovery_code",
    )


def test_an_authenticator_app_is_set_up(stytch: Stytch, sandbox: Sandbox) -> None:
    organization_id, member_id, proven = umbrella(stytch, sandbox, "ugo@umbrella.example")
    made = stytch.create_totp(organization_id, member_id, proven)
    assert len(made.recovery_codes) == 10
    assert made.secret.get_secret_value() == sandbox.world.totps[member_id].secret
    shown = sandbox.world.totps[member_id].code(sandbox.world.clock.now())
    answer = stytch.authenticate_totp(organization_id, member_id, shown, proven, minutes=35, enroll=True)
    assert answer.member.totp_registration_id == sandbox.world.totps[member_id].totp_registration_id
    assert sandbox.world.members[member_id].mfa_enrolled
    held = Proven(session_token=answer.session_token)
    refused(lambda: stytch.create_totp(organization_id, member_id, held), "active_totp_exists")


def test_texted_codes(stytch: Stytch, sandbox: Sandbox) -> None:
    organization_id, member_id, proven = umbrella(stytch, sandbox, "una@umbrella.example")
    stytch.send_sms_code(organization_id, member_id, proven)
    assert sandbox.world.inbox[0].to == "+12025550123"
    answer = stytch.authenticate_sms_code(organization_id, member_id, code(sandbox), proven, minutes=35)
    assert [each.delivery_method for each in answer.member_session.authentication_factors] == ["email", "sms"]

    organization_id, member_id, proven = umbrella(stytch, sandbox, "ugo@umbrella.example")
    refused(
        lambda: stytch.send_sms_code(organization_id, member_id, proven, phone_number="123"), "invalid_phone_number"
    )
    stytch.send_sms_code(organization_id, member_id, proven, phone_number="+12025550177")
    stytch.authenticate_sms_code(organization_id, member_id, code(sandbox), proven, minutes=35, enroll=True)
    assert sandbox.world.members[member_id].mfa_phone_number == "+12025550177"


def test_what_was_proven_is_another_member_s(stytch: Stytch, sandbox: Sandbox) -> None:
    _, _, proven = umbrella(stytch, sandbox, "una@umbrella.example")
    organization_id, uma, _ = umbrella(stytch, sandbox, "uma@umbrella.example")
    refused(
        lambda: stytch.authenticate_totp(organization_id, uma, "000000", proven, minutes=35),
        "invalid_intermediate_session_token_for_organization",
    )


@pytest.mark.parametrize("variant", ["kept", "revoked"])
def test_another_organization_by_a_session(stytch: Stytch, sandbox: Sandbox, variant: str) -> None:
    sandbox.world.variants["session_after_exchange"] = variant
    ada = sandbox.actor()
    answer = stytch.exchange_session(ada.session_token, organization(sandbox, "initech"), minutes=35)
    entered(answer, sandbox, 35)
    assert answer.organization.organization_name == "Initech"
    assert len(sandbox.world.sessions) == (2 if variant == "kept" else 1)
    again = caught(lambda: stytch.exchange_session(SecretStr(UNKNOWN), "acme", minutes=35))
    assert type(again) is errors.SessionEnded
    held = answer.session_token
    assert type(caught(lambda: stytch.exchange_session(held, "wayne", minutes=35))) is errors.NotFound


def test_sessions_are_listed_and_ended(stytch: Stytch, sandbox: Sandbox) -> None:
    here, there, other = sandbox.actor(), sandbox.actor(), sandbox.actor("vic@acme.example")
    ids = {each.session_token: each.member_session_id for each in sandbox.world.sessions.values()}
    ada = next(each.member_id for each in sandbox.world.members.values() if each.email_address == "ada@acme.example")
    listed = stytch.list_sessions(here.organization_id, ada)
    tokens = {here.session_token.get_secret_value(), there.session_token.get_secret_value()}
    assert {each.member_session_id for each in listed} == {ids[token] for token in tokens}

    stytch.revoke_session_by_id(here, ids[there.session_token.get_secret_value()])
    assert len(stytch.list_sessions(here.organization_id, ada)) == 1
    gone = caught(lambda: stytch.revoke_session_by_id(here, ids[there.session_token.get_secret_value()]))
    assert type(gone) is errors.SessionEnded
    theirs = caught(lambda: stytch.revoke_session_by_id(other, ids[here.session_token.get_secret_value()]))
    assert type(theirs) is errors.Forbidden
    stytch.revoke_all_sessions(here, ada)
    assert stytch.list_sessions(here.organization_id, ada) == []
    assert len(sandbox.world.sessions) == 1, "a colleague's session ended too"


def test_an_access_token_that_is_none(stytch: Stytch) -> None:
    refused(lambda: stytch.exchange_access_token(SecretStr("a.b.c"), minutes=35), "idp_access_token_not_found")


CHANGES: dict[str, Callable[[Stytch], object]] = {
    "send_login_email": lambda stytch: stytch.send_login_email("o", "e", redirect_url="u", pkce_code_challenge="c"),
    "send_login_code": lambda stytch: stytch.send_login_code("o", "e"),
    "send_discovery_code": lambda stytch: stytch.send_discovery_code("e"),
    "authenticate_magic_link": lambda stytch: stytch.authenticate_magic_link("t", pkce_code_verifier="v", minutes=5),
    "authenticate_oauth": lambda stytch: stytch.authenticate_oauth("t", pkce_code_verifier="v", minutes=5),
    "authenticate_sso": lambda stytch: stytch.authenticate_sso("t", pkce_code_verifier="v", minutes=5),
    "authenticate_password": lambda stytch: stytch.authenticate_password("o", "e", SecretStr("p"), minutes=5),
    "authenticate_login_code": lambda stytch: stytch.authenticate_login_code("o", "e", "c", minutes=5),
    "authenticate_discovery_code": lambda stytch: stytch.authenticate_discovery_code("e", "c"),
    "authenticate_discovery_oauth": lambda stytch: stytch.authenticate_discovery_oauth("t", pkce_code_verifier="v"),
    "authenticate_discovery_password": lambda stytch: stytch.authenticate_discovery_password("e", SecretStr("p")),
    "start_password_reset": lambda stytch: stytch.start_password_reset(
        "o", "e", redirect_url="u", pkce_code_challenge="c"
    ),
    "reset_password": lambda stytch: stytch.reset_password(
        SecretStr("t"), SecretStr("p"), pkce_code_verifier="v", minutes=5
    ),
    "reset_discovery_password": lambda stytch: stytch.reset_discovery_password(
        SecretStr("t"), SecretStr("p"), pkce_code_verifier="v"
    ),
    "send_sms_code": lambda stytch: stytch.send_sms_code("o", "m", Proven()),
    "authenticate_sms_code": lambda stytch: stytch.authenticate_sms_code("o", "m", "c", Proven(), minutes=5),
    "create_totp": lambda stytch: stytch.create_totp("o", "m", Proven()),
    "authenticate_totp": lambda stytch: stytch.authenticate_totp("o", "m", "c", Proven(), minutes=5),
    "recover": lambda stytch: stytch.recover("o", "m", "c", Proven(), minutes=5),
    "exchange_session": lambda stytch: stytch.exchange_session(SecretStr("t"), "o", minutes=5),
    "exchange_access_token": lambda stytch: stytch.exchange_access_token(SecretStr("t"), minutes=5),
    "revoke_session_by_id": lambda stytch: stytch.revoke_session_by_id(Actor("o", SecretStr("t")), "s"),
    "revoke_all_sessions": lambda stytch: stytch.revoke_all_sessions(Actor("o", SecretStr("t")), "m"),
}


@pytest.mark.parametrize("call", CHANGES.values(), ids=CHANGES)
def test_what_uses_something_up_or_changes_it_is_sent_once(serve: Serve, call: Callable[[Stytch], object]) -> None:
    def busy(_request: Request) -> Response:
        return Response("gone", 502)

    served = serve(busy)
    stytch = Stytch(served.url, "project-test-1", SecretStr("secret-test-1"))
    assert type(caught(lambda: call(stytch))) is errors.OutcomeUnknown
    stytch.close()
    assert len(served.requests) == 1


@pytest.mark.parametrize("minutes", [None, 5])
def test_how_long_a_session_lasts_is_said_or_not(serve: Serve, minutes: int | None) -> None:
    bodies: list[dict[str, object]] = []

    def answer(request: Request) -> Response:
        bodies.append(request.get_json())
        return Response("gone", 502)

    stytch = Stytch(serve(answer).url, "project-test-1", SecretStr("secret-test-1"))
    held = Proven(session_token=SecretStr("s"))
    for call in (
        lambda: stytch.authenticate_sso("t", pkce_code_verifier="v", minutes=minutes, proven=held),
        lambda: stytch.authenticate_totp("o", "m", "c", held, minutes=minutes),
        lambda: stytch.recover("o", "m", "c", held, minutes=minutes),
    ):
        caught(call)
    stytch.close()
    for body in bodies:
        assert body.get("session_duration_minutes") == minutes
        assert body["session_token"] == "s"
        assert "intermediate_session_token" not in body
