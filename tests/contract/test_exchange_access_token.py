"""From a Connected App's access token to a member session, through the official SDK."""

import pytest
from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import refusal
from tests.portal import portal, redeem
from webapp.sandbox.identifiers import CONNECTED_APP_ID


def access_token(sandbox: Sandbox, person: str = "ada@acme.example of Acme", **asked: str) -> str:
    with portal(sandbox.url) as at:
        code = at.allowed(person, **asked)["code"]
    token: str = redeem(sandbox.url, code).json()["access_token"]
    return token


@pytest.mark.parametrize(
    ("person", "slug"),
    [
        ("ada@acme.example of Globex", "globex"),
        ("hal@hooli.example of Hooli", "hooli"),
        ("uma@umbrella.example of Umbrella", "umbrella"),
    ],
)
def test_a_session_without_another_question(stytch: B2BClient, sandbox: Sandbox, person: str, slug: str) -> None:
    answer = stytch.sessions.exchange_access_token(
        access_token(sandbox, person), session_duration_minutes=30, session_custom_claims={"via": "portal"}
    )
    assert answer.organization.organization_slug == slug
    assert answer.member_id == answer.member.member_id
    assert answer.member.email_address == person.partition(" of ")[0]
    assert answer.member_session is not None
    assert answer.member_session.custom_claims == {"via": "portal"}
    lifetime = answer.member_session.expires_at - answer.member_session.started_at
    assert lifetime.total_seconds() == 1800
    [factor] = answer.member_session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("oauth", "oauth_access_token_exchange")
    assert factor.oauth_access_token_exchange_factor is not None
    assert factor.oauth_access_token_exchange_factor.client_id == CONNECTED_APP_ID
    # The portal's own goes on beside it.
    assert len(stytch.sessions.get(answer.member.organization_id, answer.member_id).member_sessions) == 2
    assert stytch.sessions.authenticate(session_token=answer.session_token).member.member_id == answer.member_id


def test_a_token_is_exchanged_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = access_token(sandbox)
    wrong = refusal(lambda: stytch.sessions.exchange_access_token(token, session_duration_minutes=4))
    assert wrong == (400, "invalid_session_duration_minutes")
    stytch.sessions.exchange_access_token(token)
    again = refusal(lambda: stytch.sessions.exchange_access_token(token))
    assert again == (404, "idp_access_token_could_not_be_exchanged")


def test_a_token_is_exchanged_within_five_minutes(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = access_token(sandbox)
    sandbox.world.clock.advance(301)
    refused = refusal(lambda: stytch.sessions.exchange_access_token(token))
    assert refused == (400, "oauth_access_token_exchange_token_too_old")


def test_full_access_is_needed(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = access_token(sandbox, scope="openid email")
    refused = refusal(lambda: stytch.sessions.exchange_access_token(token))
    assert refused == (400, "oauth_access_token_exchange_missing_full_access")


def test_what_is_no_access_token(stytch: B2BClient, sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        id_token = redeem(sandbox.url, at.allowed("ada@acme.example of Acme")["code"]).json()["id_token"]

    def exchange(token: str) -> tuple[int, str | None]:
        return refusal(lambda: stytch.sessions.exchange_access_token(token))

    assert exchange("no-jwt") == exchange(id_token) == (404, "idp_access_token_not_found")
