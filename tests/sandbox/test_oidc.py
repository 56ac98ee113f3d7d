"""The OpenID provider over a socket, checked with joserfc as the console does."""

from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conftest import Sandbox
from tests.portal import REDIRECT_URI, portal, redeem
from tests.sandbox.conftest import Api, refusal
from tests.visits import CHALLENGE, VERIFIER
from webapp.sandbox.identifiers import CONNECTED_APP_ID, CONNECTED_APP_SECRET, PROJECT_ID

ADA = "ada@acme.example of Acme"


def code_for(sandbox: Sandbox, person: str = ADA, **asked: str) -> str:
    with portal(sandbox.url) as at:
        return at.allowed(person, **asked)["code"]


def oauth_error(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["status_code"] == answer.status_code
    assert body["error_description"]
    return answer.status_code, body["error"]


def claims_of(sandbox: Sandbox, token: str) -> dict[str, Any]:
    configuration = httpx.get(f"{sandbox.url}/.well-known/openid-configuration").json()
    keys = KeySet.import_key_set(httpx.get(configuration["jwks_uri"]).json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def test_what_it_supports(sandbox: Sandbox) -> None:
    answer = httpx.get(f"{sandbox.url}/.well-known/openid-configuration")
    found = answer.json()
    assert found["issuer"] == sandbox.url
    assert found["authorization_endpoint"] == f"{sandbox.url}/_sandbox/portal/authorize"
    assert found["status_code"] == answer.status_code == 200
    assert (found["response_types_supported"], found["subject_types_supported"]) == (["code"], ["public"])
    legacy = httpx.get(f"{sandbox.url}/.well-known/oauth-authorization-server").json()
    assert {**legacy, "request_id": ""} == {**found, "request_id": ""}


def test_tokens_say_who_and_for_whom(sandbox: Sandbox) -> None:
    asked = {"nonce": "a-nonce", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    answer = redeem(sandbox.url, code_for(sandbox, **asked), code_verifier=VERIFIER)
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)
    assert tokens["scope"] == "openid email profile full_access"
    acme = sandbox.world.find_organization("acme")
    member = sandbox.world.find_member(acme.organization_id, email="ada@acme.example")
    claims = claims_of(sandbox, tokens["id_token"])
    assert claims["exp"] - claims["iat"] == 3600
    assert {key: claims[key] for key in claims if key not in ("iat", "nbf", "exp")} == {
        "iss": sandbox.url,
        "aud": [CONNECTED_APP_ID],
        "sub": member.member_id,
        "nonce": "a-nonce",
        "name": "Ada Lovelace",
        "email": "ada@acme.example",
        "email_verified": True,
    }
    access = claims_of(sandbox, tokens["access_token"])
    assert (access["iss"], access["aud"], access["sub"]) == (sandbox.url, [PROJECT_ID], member.member_id)
    assert (access["client_id"], access["scope"]) == (CONNECTED_APP_ID, tokens["scope"])
    assert access["https://stytch.com/organization"] == {"organization_id": acme.organization_id, "slug": "acme"}


def test_scopes_decide_what_is_told(sandbox: Sandbox) -> None:
    una = "una@umbrella.example of Umbrella"
    tokens = redeem(sandbox.url, code_for(sandbox, una, scope="openid phone")).json()
    claims = claims_of(sandbox, tokens["id_token"])
    assert claims["phone_number"] == "+12025550123"
    assert not {"email", "name", "nonce"} & claims.keys()
    without = redeem(sandbox.url, code_for(sandbox, scope="email")).json()
    assert "id_token" not in without
    told = httpx.get(
        f"{sandbox.url}/v1/oauth2/userinfo", headers={"Authorization": f"Bearer {without['access_token']}"}
    ).json()
    assert told["email"] == "ada@acme.example"
    assert not {"name", "phone_number"} & told.keys()


def test_the_client_may_show_its_secret_by_http_basic_and_send_json(sandbox: Sandbox) -> None:
    answer = httpx.post(
        f"{sandbox.url}/v1/oauth2/token",
        auth=(CONNECTED_APP_ID, CONNECTED_APP_SECRET),
        json={"grant_type": "authorization_code", "code": code_for(sandbox), "redirect_uri": REDIRECT_URI},
    )
    assert answer.status_code == 200
    wrong = httpx.post(f"{sandbox.url}/v1/oauth2/token", auth=(CONNECTED_APP_ID, "no"), json={})
    assert oauth_error(wrong) == (401, "invalid_client")
    assert wrong.headers["WWW-Authenticate"] == "Basic"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_id": "connected-app-test-other"}, (401, "invalid_client")),
        ({"grant_type": "refresh_token"}, (400, "unsupported_grant_type")),
        ({"redirect_uri": REDIRECT_URI + "?more=1"}, (400, "invalid_grant")),
        ({"code_verifier": "wrong" + VERIFIER}, (400, "invalid_grant")),
        ({"code_verifier": ""}, (400, "invalid_grant")),
        ({"code": "unknown"}, (400, "invalid_grant")),
    ],
)
def test_what_the_token_endpoint_refuses(sandbox: Sandbox, changes: dict[str, str], expected: tuple[int, str]) -> None:
    code = code_for(sandbox, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert oauth_error(redeem(sandbox.url, code, **{"code_verifier": VERIFIER, **changes})) == expected
    assert sandbox.world.access_tokens == {}
    assert redeem(sandbox.url, code, code_verifier=VERIFIER).status_code == 200


def test_a_code_works_once_and_not_for_long(sandbox: Sandbox) -> None:
    code, late = code_for(sandbox), code_for(sandbox)
    assert redeem(sandbox.url, code).status_code == 200
    assert oauth_error(redeem(sandbox.url, code)) == (400, "invalid_grant")
    sandbox.world.clock.advance(300)
    assert oauth_error(redeem(sandbox.url, late)) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused(sandbox: Sandbox) -> None:
    refused = redeem(sandbox.url, code_for(sandbox), code_verifier=VERIFIER)
    assert oauth_error(refused) == (400, "invalid_grant")


def test_userinfo_wants_a_living_access_token(sandbox: Sandbox) -> None:
    tokens = redeem(sandbox.url, code_for(sandbox)).json()

    def ask(token: str) -> httpx.Response:
        return httpx.get(f"{sandbox.url}/v1/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"})

    assert ask(tokens["access_token"]).json()["name"] == "Ada Lovelace"
    for wrong in (tokens["id_token"], "no-jwt"):
        refused = ask(wrong)
        assert oauth_error(refused) == (401, "invalid_token")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    sandbox.world.clock.advance(3600)
    assert oauth_error(ask(tokens["access_token"])) == (401, "invalid_token")
    assert oauth_error(httpx.get(f"{sandbox.url}/v1/oauth2/userinfo")) == (401, "invalid_token")


def test_no_token_of_an_application_is_a_session(sandbox: Sandbox, api: Api) -> None:
    tokens = redeem(sandbox.url, code_for(sandbox)).json()
    for token in (tokens["id_token"], tokens["access_token"]):
        refused = api.post("sessions/authenticate", session_jwt=token)
        assert refusal(refused) == (400, "unable_to_parse_session_jwt")


def test_faults_meet_its_calls_too(sandbox: Sandbox) -> None:
    sandbox.fail("status", "^/v1/oauth2/token$", status=503)
    code = code_for(sandbox)
    assert redeem(sandbox.url, code).status_code == 503
    assert redeem(sandbox.url, code).status_code == 200


def test_what_is_not_played_says_so(sandbox: Sandbox) -> None:
    assert refusal(httpx.post(f"{sandbox.url}/v1/oauth2/introspect")) == (501, "not_implemented_in_sandbox")
