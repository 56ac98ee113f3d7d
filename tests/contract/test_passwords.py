"""Passwords through the official SDK: signing in by one, having a new one, and how strong it must be."""

import httpx
import pytest
from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import CHALLENGE, REDIRECT_URL, VERIFIER, SignIn, newest_link, prove, refusal
from webapp.sandbox.passwords import BREACHED_PASSWORDS
from webapp.sandbox.seeds import WES_PASSWORD

WES = "wes@wayne.example"
NEW = "seven purple otters juggling 42"
SPENT = (401, "unable_to_auth_password_reset_token")


def start_reset(stytch: B2BClient, sandbox: Sandbox, email: str, slug: str, challenge: str | None = None) -> str:
    """The token in a reset link freshly mailed to `email` by the organization."""
    sandbox.world.clock.advance(1)  # one mail a second
    stytch.passwords.email.reset_start(slug, email, reset_password_redirect_url=REDIRECT_URL, code_challenge=challenge)
    return newest_link(sandbox)["token"]


def start_discovery_reset(stytch: B2BClient, sandbox: Sandbox, email: str, challenge: str | None = None) -> str:
    """The same, across organizations."""
    sandbox.world.clock.advance(1)
    stytch.passwords.discovery.email.reset_start(
        email, reset_password_redirect_url=REDIRECT_URL, pkce_code_challenge=challenge
    )
    return newest_link(sandbox)["token"]


def test_password_signs_a_member_in(stytch: B2BClient) -> None:
    answer = stytch.passwords.authenticate("wayne", WES, WES_PASSWORD, session_duration_minutes=30)
    assert answer.member_authenticated
    assert answer.member_session is not None
    [factor] = answer.member_session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("password", "knowledge")
    assert answer.member.member_password_id.startswith("member-password-test-")


def test_what_an_organization_refuses(stytch: B2BClient) -> None:
    authenticate = stytch.passwords.authenticate
    wrong = refusal(lambda: authenticate("wayne", WES, "another"))
    assert wrong == (401, "password_does_not_match")
    assert refusal(lambda: authenticate("wayne", "stranger@wayne.example", WES_PASSWORD)) == (404, "member_not_found")
    none = refusal(lambda: authenticate("acme", "ada@acme.example", WES_PASSWORD))
    assert none == (404, "member_password_not_found")
    sso_only = (400, "operation_restricted_by_organization_auth_methods")
    assert refusal(lambda: authenticate("hooli", "hal@hooli.example", WES_PASSWORD)) == sso_only
    assert refusal(lambda: stytch.passwords.email.reset_start("hooli", "hal@hooli.example")) == sso_only
    unknown = refusal(lambda: stytch.passwords.email.reset_start("wayne", "stranger@wayne.example"))
    assert unknown == (404, "member_not_found")


def test_discovery_password_opens_the_organizations(stytch: B2BClient, sandbox: Sandbox) -> None:
    discovery = stytch.passwords.discovery
    assert refusal(lambda: discovery.authenticate(WES, "another")) == (401, "password_does_not_match")
    stranger = refusal(lambda: discovery.authenticate("stranger@wayne.example", WES_PASSWORD))
    assert stranger == (404, "member_password_not_found")
    answer = discovery.authenticate("Wes@wayne.example", WES_PASSWORD)
    assert answer.email_address == WES
    [found] = answer.discovered_organizations
    assert found.member_authenticated
    signed_in = stytch.discovery.intermediate_sessions.exchange(answer.intermediate_session_token, "wayne")
    assert signed_in.member_authenticated

    sandbox.world.variants["cross_org_passwords"] = "off"
    off = (400, "cross_org_passwords_not_enabled")
    assert refusal(lambda: discovery.authenticate(WES, WES_PASSWORD)) == off
    assert refusal(lambda: discovery.email.reset_start(WES)) == off


def test_reset_sets_the_password_and_ends_other_sessions(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    before = sign_in(WES, "wayne")
    sandbox.world.clock.advance(1)
    sent = stytch.passwords.email.reset_start(
        "wayne", WES, reset_password_redirect_url=REDIRECT_URL, code_challenge=CHALLENGE
    )
    link = newest_link(sandbox)
    assert (link["stytch_token_type"], link["slug"]) == ("multi_tenant_passwords", "wayne")
    assert sandbox.world.inbox[0].kind == "password_reset"
    reset = stytch.passwords.email.reset
    assert refusal(lambda: reset(link["token"], NEW)) == (400, "pkce_expected_code_verifier")
    weak = refusal(lambda: reset(link["token"], "wes1234", code_verifier=VERIFIER))
    assert weak == (400, "weak_password")
    breached = refusal(lambda: reset(link["token"], next(iter(BREACHED_PASSWORDS)), code_verifier=VERIFIER))
    assert breached == (400, "breached_password")
    answer = reset(link["token"], NEW, code_verifier=VERIFIER, session_duration_minutes=30)
    assert answer.member_authenticated
    assert (answer.member_id, answer.member_email_id) == (sent.member_id, sent.member_email_id)
    ended = refusal(lambda: stytch.sessions.authenticate(session_token=before.session_token))
    assert ended == (404, "session_not_found")
    assert stytch.sessions.authenticate(session_token=answer.session_token).member.member_id == sent.member_id
    assert refusal(lambda: reset(link["token"], NEW, code_verifier=VERIFIER)) == SPENT
    old = refusal(lambda: stytch.passwords.authenticate("wayne", WES, WES_PASSWORD))
    assert old == (401, "password_does_not_match")
    assert stytch.passwords.authenticate("wayne", WES, NEW).member_authenticated


def test_reset_keeps_the_session_it_goes_on_with(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    wes = sign_in(WES, "wayne")
    token = start_reset(stytch, sandbox, WES, "wayne")
    answer = stytch.passwords.email.reset(token, NEW, session_token=wes.session_token)
    assert answer.session_token == wes.session_token
    assert stytch.sessions.authenticate(session_token=wes.session_token).member.email_address == WES


def test_reset_link_ends_after_half_an_hour(stytch: B2BClient, sandbox: Sandbox) -> None:
    of_wayne = start_reset(stytch, sandbox, WES, "wayne")
    of_discovery = start_discovery_reset(stytch, sandbox, WES)
    assert refusal(lambda: stytch.magic_links.discovery.authenticate(of_discovery)) == (404, "magic_link_not_found")
    assert refusal(lambda: stytch.passwords.email.reset(of_discovery, NEW)) == SPENT
    sandbox.world.clock.advance(1800)
    assert refusal(lambda: stytch.passwords.email.reset(of_wayne, NEW)) == SPENT
    assert refusal(lambda: stytch.passwords.discovery.email.reset(of_discovery, NEW)) == SPENT


def test_discovery_reset_gives_one_password_to_all_memberships(stytch: B2BClient, sandbox: Sandbox) -> None:
    start_discovery_reset(stytch, sandbox, "ada@acme.example", CHALLENGE)
    link = sandbox.world.inbox[0].link
    assert link is not None
    target = httpx.URL(httpx.get(link).headers["Location"])
    assert target.params["stytch_token_type"] == "discovery"
    assert target.params["stytch_redirect_type"] == "reset_password"
    assert "slug" not in target.params
    reset = stytch.passwords.discovery.email.reset
    token = target.params["token"]
    assert refusal(lambda: reset(token, NEW)) == (400, "pkce_expected_code_verifier")
    answer = reset(token, NEW, pkce_code_verifier=VERIFIER)
    assert len(answer.discovered_organizations) == 3
    assert stytch.discovery.intermediate_sessions.exchange(answer.intermediate_session_token, "acme").session_token
    assert stytch.passwords.authenticate("globex", "ada@acme.example", NEW).member_authenticated
    assert stytch.passwords.discovery.authenticate("ada@acme.example", NEW).email_address == "ada@acme.example"


@pytest.mark.parametrize(("shared", "known"), [("on", True), ("off", False)])
def test_organization_reset_and_the_other_memberships(
    stytch: B2BClient, sandbox: Sandbox, shared: str, known: bool
) -> None:
    sandbox.world.variants["cross_org_passwords"] = shared
    stytch.passwords.email.reset(start_reset(stytch, sandbox, "ada@acme.example", "acme"), NEW)
    assert stytch.passwords.authenticate("acme", "ada@acme.example", NEW).member_authenticated
    if known:
        assert stytch.passwords.authenticate("globex", "ada@acme.example", NEW).member_authenticated
    else:
        elsewhere = refusal(lambda: stytch.passwords.authenticate("globex", "ada@acme.example", NEW))
        assert elsewhere == (404, "member_password_not_found")


def test_a_password_proves_no_address_unless_it_was_just_set(stytch: B2BClient, sandbox: Sandbox) -> None:
    answer = stytch.passwords.discovery.email.reset(start_discovery_reset(stytch, sandbox, "ivy@globex.example"), NEW)
    types = {
        f.organization.organization_slug: f.primary_required for f in answer.discovered_organizations if f.organization
    }
    assert types == {"acme": None, "globex": None}
    returning = stytch.passwords.discovery.authenticate("ivy@globex.example", NEW)
    assert all(found.primary_required for found in returning.discovered_organizations)
    exchange = stytch.discovery.intermediate_sessions.exchange
    invited = exchange(returning.intermediate_session_token, "acme")
    assert not invited.member_authenticated
    assert invited.member.status == "invited"
    assert exchange(answer.intermediate_session_token, "acme").member.status == "active"


def test_a_password_of_one_organization_opens_no_other(stytch: B2BClient, sandbox: Sandbox) -> None:
    stytch.passwords.email.reset(start_reset(stytch, sandbox, "ada@acme.example", "acme"), NEW)
    ada = stytch.passwords.authenticate("acme", "ada@acme.example", NEW)
    elsewhere = stytch.sessions.exchange("globex", session_token=ada.session_token)
    assert not elsewhere.member_authenticated
    assert elsewhere.primary_required is not None
    token = elsewhere.intermediate_session_token
    foreign = refusal(lambda: stytch.discovery.intermediate_sessions.exchange(token, "globex"))
    assert foreign == (400, "invalid_intermediate_session_token_for_organization")


def test_password_is_added_to_what_was_proven_before(stytch: B2BClient, sandbox: Sandbox) -> None:
    intermediate = prove(stytch, sandbox, WES)
    answer = stytch.passwords.authenticate("wayne", WES, WES_PASSWORD, intermediate_session_token=intermediate)
    assert answer.member_session is not None
    assert [factor.type for factor in answer.member_session.authentication_factors] == ["magic_link", "password"]


@pytest.mark.parametrize(
    ("password", "score", "warning"),
    [
        ("aaaaaaaaaaaaaaaa", 0, "Repeated characters are easy to guess."),
        ("password123", 0, "This is similar to a commonly used password."),
        ("abcdefghijk", 0, "Sequences are easy to guess."),
        ("k7!q", 1, ""),
        ("k7!qw#", 2, ""),
        ("wes-wayne-1", 2, "This is similar to a commonly used password."),
        ("k7!qw#fz", 3, ""),
        (NEW, 4, ""),
    ],
)
def test_strength(stytch: B2BClient, password: str, score: int, warning: str) -> None:
    answer = stytch.passwords.strength_check(password, email_address=WES)
    assert (answer.score, answer.breached_password, answer.strength_policy) == (score, False, "zxcvbn")
    assert answer.valid_password is (score >= 3)
    assert answer.zxcvbn_feedback is not None
    assert answer.zxcvbn_feedback.warning == warning
    assert bool(answer.zxcvbn_feedback.suggestions) is (score < 3)


@pytest.mark.parametrize("password", sorted(BREACHED_PASSWORDS))
def test_breached_passwords_would_be_strong_enough(stytch: B2BClient, password: str) -> None:
    answer = stytch.passwords.strength_check(password)
    assert (answer.breached_password, answer.valid_password) == (True, False)
    assert answer.score >= 3
