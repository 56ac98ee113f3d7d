"""Discovery by magic link, what it opens, and the sessions that come of it."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.conftest import REDIRECT_URL, Api, refusal

VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SEND = "magic_links/email/discovery/send"
AUTHENTICATE = "magic_links/discovery/authenticate"
EXCHANGE = "discovery/intermediate_sessions/exchange"


def test_mailed_link_leads_back_to_the_application(api: Api) -> None:
    api.post(SEND, email_address="Ada@acme.example", discovery_redirect_url=f"{REDIRECT_URL}?next=%2Fx")
    mail = api.http.get("/_sandbox/inbox.json?to=ada@acme.example").json()[0]
    assert (mail["kind"], mail["code"]) == ("discovery_magic_link", None)
    hop = api.http.get(mail["link"])
    assert hop.status_code == 302
    target = urlsplit(hop.headers["Location"])
    assert target._replace(query="").geturl() == REDIRECT_URL
    query = parse_qs(target.query)
    assert query["next"] == ["/x"]
    assert query["stytch_token_type"] == ["discovery"]
    answer = api.post(AUTHENTICATE, discovery_magic_links_token=query["token"][0]).json()
    assert answer["email_address"] == "ada@acme.example"
    found = {item["organization"]["organization_slug"]: item for item in answer["discovered_organizations"]}
    assert set(found) == {"acme", "globex", "initech"}
    assert found["acme"]["membership"]["type"] == "active_member"
    assert found["acme"]["member_authenticated"] is True


def test_link_works_once(api: Api) -> None:
    token = api.mailed_token("ada@acme.example")
    assert api.post(AUTHENTICATE, discovery_magic_links_token=token).status_code == 200
    again = api.post(AUTHENTICATE, discovery_magic_links_token=token)
    assert refusal(again) == (401, "unable_to_auth_magic_link")


def test_link_ends_with_its_hour(api: Api) -> None:
    token = api.mailed_token("ada@acme.example")
    api.world.clock.advance(3600)
    late = api.post(AUTHENTICATE, discovery_magic_links_token=token)
    assert refusal(late) == (401, "unable_to_auth_magic_link")


@pytest.mark.parametrize(
    ("challenge", "verifier", "error_type"),
    [
        (CHALLENGE, None, "pkce_expected_code_verifier"),
        (CHALLENGE, "another" + VERIFIER, "pkce_mismatch"),
        (CHALLENGE, "short", "invalid_pkce_code_verifier"),
        (None, VERIFIER, "pkce_did_not_expect_code_verifier"),
    ],
)
def test_pkce_is_checked_both_ways(api: Api, challenge: str | None, verifier: str | None, error_type: str) -> None:
    token = api.mailed_token("ada@acme.example", pkce_code_challenge=challenge)
    wrong = api.post(AUTHENTICATE, discovery_magic_links_token=token, pkce_code_verifier=verifier)
    assert refusal(wrong) == (400, error_type)
    right = api.post(
        AUTHENTICATE, discovery_magic_links_token=token, pkce_code_verifier=VERIFIER if challenge else None
    )
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("body", "error_type"),
    [
        ({"email_address": "no-address"}, "invalid_email"),
        ({}, "bad_request"),
        ({"email_address": "a@b.example", "pkce_code_challenge": "too-short"}, "invalid_pkce_code_challenge"),
        ({"email_address": "a@b.example", "discovery_expiration_minutes": 4}, "invalid_expiration_minutes"),
    ],
)
def test_send_refuses_bad_input(api: Api, body: dict[str, Any], error_type: str) -> None:
    assert refusal(api.post(SEND, **body)) == (400, error_type)


@pytest.mark.parametrize(
    "url",
    [
        "https://console.example/somewhere",
        "http://console.example/login/callback",
        "http://127.0.0.1.evil.example/login/callback",
        "javascript:alert(1)//login/callback",
        "https://console.example/login/callback#x",
        "/login/callback",
    ],
)
def test_unregistered_redirect_url_is_refused(api: Api, url: str) -> None:
    sent = api.post(SEND, email_address="ada@acme.example", discovery_redirect_url=url)
    assert refusal(sent) == (400, "no_match_for_provided_magic_link_url")


def test_one_mail_a_second_to_an_address(api: Api) -> None:
    send = {"email_address": "ada@acme.example", "discovery_redirect_url": REDIRECT_URL}
    api.world.last_link_send["ada@acme.example"] = int(api.world.clock.now().timestamp()) + 3
    api.world.clock.advance(3 - api.world.clock.now().timestamp() % 1 + 0.01)
    assert refusal(api.post(SEND, **send)) == (429, "too_many_requests")
    api.world.clock.advance(1)
    assert api.post(SEND, **send).status_code == 200
    api.world.variants["link_send_limit"] = "off"
    assert api.post(SEND, **send).status_code == 200


def test_documented_sandbox_values(api: Api) -> None:
    assert api.post(SEND, email_address="sandbox@stytch.com").status_code == 200
    assert api.http.get("/_sandbox/inbox.json").json() == []
    for token, expected in (
        ("3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU=", (401, "unable_to_auth_magic_link")),
        ("CprTtwhnRNiMBiUS2jSLcWYrfuO2POeBNdo5HhW6qTM=", (404, "magic_link_not_found")),
    ):
        assert refusal(api.post(AUTHENTICATE, discovery_magic_links_token=token)) == expected
    good = api.post(AUTHENTICATE, discovery_magic_links_token="DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=")
    assert good.json()["discovered_organizations"] == []


def test_intermediate_session_is_kept_by_listing_and_used_up_by_exchange(api: Api) -> None:
    token = api.prove("ada@acme.example")
    listed = api.post("discovery/organizations", intermediate_session_token=token)
    assert len(listed.json()["discovered_organizations"]) == 3
    first = api.post(EXCHANGE, intermediate_session_token=token, organization_id="acme")
    assert first.json()["member_authenticated"] is True
    second = api.post(EXCHANGE, intermediate_session_token=token, organization_id="acme")
    assert refusal(second) == (404, "intermediate_session_not_found")


def test_intermediate_session_lives_ten_minutes(api: Api) -> None:
    token = api.prove("ada@acme.example")
    api.world.clock.advance(599)
    assert api.post("discovery/organizations", intermediate_session_token=token).status_code == 200
    api.world.clock.advance(1)
    late = api.post(EXCHANGE, intermediate_session_token=token, organization_id="acme")
    assert refusal(late) == (404, "intermediate_session_not_found")


def test_refused_exchange_keeps_the_intermediate_session(api: Api) -> None:
    token = api.prove("vic@acme.example")
    refused = api.post(EXCHANGE, intermediate_session_token=token, organization_id="wayne")
    assert refusal(refused) == (400, "email_jit_provisioning_not_allowed")
    assert api.post(EXCHANGE, intermediate_session_token=token, organization_id="acme").status_code == 200


@pytest.mark.parametrize(
    ("email", "options", "initiated"),
    [
        ("uma@umbrella.example", {"mfa_phone_number": ""}, None),
        ("una@umbrella.example", {"mfa_phone_number": "+12025550123", "totp_registration_id": ""}, "sms_otp"),
        ("ugo@umbrella.example", None, None),
    ],
)
def test_required_mfa_leaves_no_session(
    api: Api, email: str, options: dict[str, str] | None, initiated: str | None
) -> None:
    answer = api.exchange(email, "umbrella")
    assert answer["member_authenticated"] is False
    assert (answer["session_token"], answer["session_jwt"], answer["member_session"]) == ("", "", None)
    assert answer["primary_required"] is None
    given = answer["mfa_required"]["member_options"]
    assert (given is None) is (options is None)
    assert options is None or options.items() <= given.items()
    assert answer["mfa_required"]["secondary_auth_initiated"] == initiated
    texts = api.http.get("/_sandbox/inbox.json", params={"to": "+12025550123"}).json()
    assert [len(text["code"]) for text in texts] == ([6] if initiated else [])
    listed = api.post("discovery/organizations", intermediate_session_token=answer["intermediate_session_token"])
    assert listed.json()["discovered_organizations"][0]["member_authenticated"] is False


def test_organization_that_wants_sso_leaves_no_session(api: Api) -> None:
    answer = api.exchange("hal@hooli.example", "hooli")
    assert answer["primary_required"] == {"allowed_auth_methods": ["sso"]}
    assert (answer["session_token"], answer["mfa_required"]) == ("", None)
    assert api.world.sessions == {}
