"""Member sessions: how long they live, how they are named, and what they allow in a header."""

import pytest

from tests.sandbox.conftest import Api, refusal

AUTHENTICATE = "sessions/authenticate"
REVOKE = "sessions/revoke"


def test_session_ends_unless_its_life_is_extended(api: Api) -> None:
    token = api.sign_in("ada@acme.example", "acme")
    api.world.clock.advance(3599)
    extended = api.post(AUTHENTICATE, session_token=token, session_duration_minutes=5)
    assert extended.status_code == 200
    api.world.clock.advance(299)
    assert api.post(AUTHENTICATE, session_token=token).status_code == 200
    api.world.clock.advance(1)
    assert refusal(api.post(AUTHENTICATE, session_token=token)) == (404, "session_not_found")


@pytest.mark.parametrize("minutes", [4, 527041])
def test_duration_out_of_range_is_refused(api: Api, minutes: int) -> None:
    token = api.sign_in("ada@acme.example", "acme")
    refused = api.post(AUTHENTICATE, session_token=token, session_duration_minutes=minutes)
    assert refusal(refused) == (400, "invalid_session_duration_minutes")


def test_arguments_that_name_no_one_session_are_refused(api: Api) -> None:
    token = api.sign_in("ada@acme.example", "acme")
    jwt = api.post(AUTHENTICATE, session_token=token).json()["session_jwt"]
    assert refusal(api.post(AUTHENTICATE)) == (400, "no_session_arguments")
    both = api.post(AUTHENTICATE, session_token=token, session_jwt=jwt)
    assert refusal(both) == (400, "too_many_session_arguments")
    assert refusal(api.post(AUTHENTICATE, session_token="short")) == (400, "invalid_session_token")
    assert refusal(api.post(AUTHENTICATE, session_token=token[::-1])) == (404, "session_not_found")
    assert refusal(api.post(AUTHENTICATE, session_jwt=jwt[:-9])) == (400, "unable_to_parse_session_jwt")
    assert refusal(api.post(REVOKE)) == (400, "no_session_revoke_arguments")
    assert refusal(api.post(REVOKE, session_token=token, member_id="x")) == (400, "too_many_session_revoke_arguments")


def test_custom_claims_are_merged_and_cannot_shadow_ours(api: Api) -> None:
    token = api.sign_in("ada@acme.example", "acme")
    api.post(AUTHENTICATE, session_token=token, session_custom_claims={"tier": "gold", "aud": "x", "gone": 1})
    answer = api.post(AUTHENTICATE, session_token=token, session_custom_claims={"gone": None}).json()
    assert answer["member_session"]["custom_claims"] == {"tier": "gold"}


def test_expired_jwt_is_accepted_while_its_session_lives(api: Api) -> None:
    token = api.sign_in("ada@acme.example", "acme")
    jwt = api.post(AUTHENTICATE, session_token=token).json()["session_jwt"]
    api.world.clock.advance(1800)
    assert api.post(AUTHENTICATE, session_jwt=jwt).json()["session_token"] == token
    api.world.clock.advance(1800)
    assert refusal(api.post(AUTHENTICATE, session_jwt=jwt)) == (404, "session_not_found")


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("404", (404, "session_not_found")),
        ("401", (401, "session_not_found")),
        ("403", (403, "session_authorization_error")),
    ],
)
def test_dead_session_in_the_member_header(api: Api, variant: str, expected: tuple[int, str]) -> None:
    token = api.sign_in("ada@acme.example", "acme")
    api.world.variants["dead_session_in_header"] = variant
    assert api.get("scim/acme/connection", acting=token).status_code == 200
    api.post(REVOKE, session_token=token)
    assert refusal(api.get("scim/acme/connection", acting=token)) == expected
    assert refusal(api.get("scim/acme/connection", acting="")) == expected


def test_both_member_headers_at_once_are_refused(api: Api) -> None:
    answer = api.exchange("ada@acme.example", "acme")
    headers = {"X-Stytch-Member-Session": answer["session_token"], "X-Stytch-Member-SessionJWT": answer["session_jwt"]}
    both = api.http.get("/v1/b2b/scim/acme/connection", headers=headers)
    assert refusal(both) == (400, "too_many_session_arguments")
    del headers["X-Stytch-Member-Session"]
    assert api.http.get("/v1/b2b/scim/acme/connection", headers=headers).status_code == 200


def test_members_may_end_their_own_sessions_and_admins_those_of_others(api: Api) -> None:
    vic = api.sign_in("vic@acme.example", "acme")
    noel = api.sign_in("noel@acme.example", "acme")
    ada = api.sign_in("ada@acme.example", "acme")
    gil = api.sign_in("gil@globex.example", "globex")
    assert refusal(api.post(REVOKE, acting=vic, session_token=noel)) == (403, "session_authorization_error")
    foreign = api.post(REVOKE, acting=gil, session_token=noel)
    assert refusal(foreign) == (403, "session_authorization_tenancy_error")
    assert api.post(REVOKE, acting=vic, session_token=vic).status_code == 200
    assert api.post(REVOKE, acting=ada, session_token=noel).status_code == 200
    assert refusal(api.post(AUTHENTICATE, session_token=noel)) == (404, "session_not_found")
    assert refusal(api.post(AUTHENTICATE, session_token=vic)) == (404, "session_not_found")


@pytest.mark.parametrize(("variant", "old_status"), [("kept", 200), ("revoked", 404)])
def test_old_session_after_an_exchange(api: Api, variant: str, old_status: int) -> None:
    api.world.variants["session_after_exchange"] = variant
    old = api.sign_in("ada@acme.example", "acme")
    exchanged = api.post("sessions/exchange", organization_id="globex", session_token=old).json()
    assert exchanged["organization"]["organization_slug"] == "globex"
    assert api.post(AUTHENTICATE, session_token=old).status_code == old_status
    assert api.post(AUTHENTICATE, session_token=exchanged["session_token"]).status_code == 200
