"""An organization's email magic links through the official SDK."""

import httpx
import pytest
from stytch import B2BClient
from stytch.b2b.models.magic_links import AuthenticateResponse

from tests.conftest import Sandbox
from tests.contract.conftest import CHALLENGE, REDIRECT_URL, VERIFIER, SignIn, mailed_token, newest_link, refusal


def ask(stytch: B2BClient, sandbox: Sandbox, email: str, slug: str, challenge: str | None = None) -> dict[str, str]:
    """The query of a link freshly mailed to `email` by the organization."""
    sandbox.world.clock.advance(1)  # one mail a second
    stytch.magic_links.email.login_or_signup(
        slug, email, login_redirect_url=REDIRECT_URL, pkce_code_challenge=challenge
    )
    return newest_link(sandbox)


def sign_in_by_link(stytch: B2BClient, sandbox: Sandbox, email: str, slug: str) -> AuthenticateResponse:
    return stytch.magic_links.authenticate(ask(stytch, sandbox, email, slug)["token"])


def test_link_with_pkce_signs_a_member_in_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    link = ask(stytch, sandbox, "ada@acme.example", "globex", CHALLENGE)
    token = link["token"]
    assert (link["stytch_token_type"], link["slug"]) == ("multi_tenant_magic_links", "globex")
    assert sandbox.world.inbox[0].kind == "login_magic_link"
    without = refusal(lambda: stytch.magic_links.authenticate(token))
    assert without == (400, "pkce_expected_code_verifier")
    answer = stytch.magic_links.authenticate(token, pkce_code_verifier=VERIFIER, session_duration_minutes=30)
    assert answer.member_authenticated
    assert answer.organization_id == answer.organization.organization_id
    assert answer.organization.organization_slug == "globex"
    assert (answer.intermediate_session_token, answer.mfa_required, answer.primary_required) == ("", None, None)
    assert not answer.reset_sessions
    assert answer.member_session is not None
    [factor] = answer.member_session.authentication_factors
    assert factor.email_factor is not None
    assert (factor.type, factor.email_factor.email_id) == ("magic_link", answer.method_id)
    again = refusal(lambda: stytch.magic_links.authenticate(token, pkce_code_verifier=VERIFIER))
    assert again == (401, "unable_to_auth_magic_link")


def test_hop_leads_to_the_application_with_the_slug(stytch: B2BClient, sandbox: Sandbox) -> None:
    ask(stytch, sandbox, "ada@acme.example", "acme")
    link = sandbox.world.inbox[0].link
    assert link is not None
    target = httpx.URL(httpx.get(link).headers["Location"])
    assert str(target.copy_with(query=None)) == REDIRECT_URL
    assert target.params["slug"] == "acme"
    assert target.params["stytch_token_type"] == "multi_tenant_magic_links"
    answer = stytch.magic_links.authenticate(target.params["token"])
    assert answer.member.email_address == "ada@acme.example"


def test_refused_call_does_not_use_the_link_up(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = ask(stytch, sandbox, "vic@acme.example", "acme")["token"]
    too_short = refusal(lambda: stytch.magic_links.authenticate(token, session_duration_minutes=4))
    assert too_short == (400, "invalid_session_duration_minutes")
    assert stytch.magic_links.authenticate(token).member_authenticated


def test_link_ends_with_its_hour(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = ask(stytch, sandbox, "vic@acme.example", "acme")["token"]
    sandbox.world.clock.advance(3600)
    assert refusal(lambda: stytch.magic_links.authenticate(token)) == (401, "unable_to_auth_magic_link")


def test_a_token_is_good_for_the_call_of_its_type_alone(stytch: B2BClient, sandbox: Sandbox) -> None:
    of_discovery = mailed_token(stytch, sandbox, "ada@acme.example")
    of_acme = ask(stytch, sandbox, "ada@acme.example", "acme")["token"]
    unknown = (404, "magic_link_not_found")
    assert refusal(lambda: stytch.magic_links.authenticate(of_discovery)) == unknown
    assert refusal(lambda: stytch.magic_links.discovery.authenticate(of_acme)) == unknown


def test_who_may_not_join_is_told_so_and_gets_no_mail(stytch: B2BClient, sandbox: Sandbox) -> None:
    def ask_for(email: str, slug: str) -> tuple[int, str | None]:
        return refusal(lambda: stytch.magic_links.email.login_or_signup(slug, email, login_redirect_url=REDIRECT_URL))

    assert ask_for("stranger@acme.example", "acme") == (400, "email_jit_provisioning_not_allowed")
    assert ask_for("stranger@acme.example", "globex") == (400, "invalid_email_for_jit_provisioning")
    assert ask_for("hal@hooli.example", "hooli") == (400, "operation_restricted_by_organization_auth_methods")
    assert ask_for("ada@acme.example", "nowhere") == (404, "organization_not_found")
    assert not sandbox.world.inbox


def test_who_may_join_by_domain_is_pending_until_the_link_is_opened(stytch: B2BClient, sandbox: Sandbox) -> None:
    sent = stytch.magic_links.email.login_or_signup("globex", "New@Globex.example", signup_redirect_url=REDIRECT_URL)
    assert sent.member_created
    assert (sent.member.status, sent.member.email_address_verified) == ("pending", False)
    assert sandbox.world.inbox[0].kind == "signup_magic_link"
    answer = stytch.magic_links.authenticate(newest_link(sandbox)["token"])
    assert (answer.member.member_id, answer.member.status) == (sent.member_id, "active")
    assert answer.member.email_address_verified
    sandbox.world.clock.advance(1)
    again = stytch.magic_links.email.login_or_signup("globex", "new@globex.example", login_redirect_url=REDIRECT_URL)
    assert (again.member_id, again.member_created) == (sent.member_id, False)


def test_a_refused_request_makes_nobody_a_member(stytch: B2BClient, sandbox: Sandbox) -> None:
    before = set(sandbox.world.members)
    url = "https://elsewhere.example/somewhere"
    refused = refusal(
        lambda: stytch.magic_links.email.login_or_signup("globex", "new@globex.example", signup_redirect_url=url)
    )
    assert refused == (400, "no_match_for_provided_magic_link_url")
    assert set(sandbox.world.members) == before


def test_a_session_goes_on_and_is_asked_for_no_mfa(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    ada = sign_in("ada@acme.example", "acme")
    assert ada.session_token is not None
    sandbox.world.find_member(
        sandbox.world.find_organization("acme").organization_id, email="ada@acme.example"
    ).mfa_enrolled = True
    token = ask(stytch, sandbox, "ada@acme.example", "acme")["token"]
    answer = stytch.magic_links.authenticate(token, session_token=ada.session_token)
    assert answer.session_token == ada.session_token
    other = ask(stytch, sandbox, "vic@acme.example", "acme")["token"]
    foreign = refusal(lambda: stytch.magic_links.authenticate(other, session_token=ada.session_token))
    assert foreign == (403, "session_authorization_tenancy_error")


@pytest.mark.parametrize(("email", "initiated"), [("uma@umbrella.example", None), ("una@umbrella.example", "sms_otp")])
def test_mfa_leaves_an_intermediate_session(
    stytch: B2BClient, sandbox: Sandbox, email: str, initiated: str | None
) -> None:
    answer = sign_in_by_link(stytch, sandbox, email, "umbrella")
    assert not answer.member_authenticated
    assert (answer.session_token, answer.session_jwt, answer.member_session) == ("", "", None)
    assert answer.mfa_required is not None
    assert answer.mfa_required.secondary_auth_initiated == initiated
    assert answer.intermediate_session_token
