"""Session JWTs are checked here, and only good ones count: for anything else Stytch is asked, once."""

import time

import pytest

from tests.conftest import Sandbox
from tests.signin.forgeries import (
    Claims,
    Make,
    altered,
    but,
    signed_with_the_public_key,
    unsigned,
    unsigned_with_key_id,
    with_a_key_of_its_own,
    with_a_key_under_stytch_s_id,
    with_an_unknown_key_id,
)
from tests.signin.steps import Visitor, heading
from webapp.sandbox.faults import Fault
from webapp.sandbox.identifiers import CONNECTED_APP_ID
from webapp.sandbox.keys import SigningKey
from webapp.signin import session_jwt

AUTHENTICATE = "POST sessions/authenticate"
BAD: dict[str, Make] = {
    "empty": lambda _key, _claims: "",
    "no JWT": lambda _key, _claims: "a.b.c",
    "alg none": unsigned,
    "alg none with the key's id": unsigned_with_key_id,
    "HS256 with the public key": signed_with_the_public_key,
    "altered": altered,
    "signed by its own key": with_a_key_of_its_own,
    "signed by another key under the id of Stytch's": with_a_key_under_stytch_s_id,
    "signed by another key under an id of its own": with_an_unknown_key_id,
    "run out": but(exp=int(time.time()) - 1),
    "not yet": but(nbf=int(time.time()) + 3600),
    "without an end": but(exp=None),
    "another audience": but(aud=["project-test-11111111-1111-4111-8111-111111111111"]),
    "no audience": but(aud=None),
    "another issuer": but(iss="stytch.com/project-test-11111111-1111-4111-8111-111111111111"),
    "no issuer": but(iss=None),
    "no member": but(sub=None),
    "when it was made is not said": but(iat=None, nbf=None),
    "another member": but(sub="member-test-11111111-1111-4111-8111-111111111111"),
    "another organization": but(
        **{session_jwt.ORGANIZATION_CLAIM: {"organization_id": "organization-test-1", "slug": "x"}}
    ),
    "no session": but(**{session_jwt.SESSION_CLAIM: None}),
    "no roles": but(**{session_jwt.SESSION_CLAIM: {}}),
}


def hold(visitor: Visitor, jwt: str) -> None:
    """Puts another JWT into the visitor's cookie, beside the session token."""
    session = visitor.session
    session["member"]["session_jwt"] = jwt
    visitor.session = session


def claims_of(visitor: Visitor, sandbox: Sandbox) -> Claims:
    return sandbox.world.signing_key.claims(visitor.session["member"]["session_jwt"])


def test_whatever_is_wrong_with_a_jwt_stytch_is_asked_once(vic: Visitor, sandbox: Sandbox) -> None:
    claims = claims_of(vic, sandbox)
    for name, make in BAD.items():
        bad = make(sandbox.world.signing_key, claims)
        hold(vic, bad)
        page = vic.get("/connections")
        assert page.url.path == "/connections", name
        requests = vic.requests()
        assert requests.count(AUTHENTICATE) == 1, name
        assert len(requests) == 2, name
        # The fresh one that came back is good for the next page.
        assert vic.session["member"]["session_jwt"] != bad, name
        assert vic.get("/connections").status_code == 200
        assert len(vic.requests()) == 1, name


def test_a_bad_jwt_without_a_session_opens_nothing(vic: Visitor, sandbox: Sandbox) -> None:
    claims = claims_of(vic, sandbox)
    sandbox.world.sessions.clear()
    session = vic.session
    for name, make in BAD.items():
        vic.session = session
        hold(vic, make(sandbox.world.signing_key, claims))
        assert vic.get("/connections").url.path == "/login", name
        assert vic.requests() == [AUTHENTICATE], name


def test_a_key_of_somebody_else_opens_nothing_and_is_looked_up_at_most_now_and_then(
    vic: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = SigningKey().sign(claims_of(vic, sandbox))
    for _ in range(3):
        hold(vic, forged)
        assert vic.get("/connections").status_code == 200
        assert vic.requests()[0] == AUTHENTICATE
    monkeypatch.setattr(session_jwt, "REFETCH_SECONDS", -1)
    hold(vic, forged)
    vic.get("/connections")
    keys, authenticate, _ = vic.requests()
    assert keys.startswith("GET sessions/jwks/")
    assert authenticate == AUTHENTICATE


def test_stytch_s_next_key_is_fetched_when_it_is_met(
    vic: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_jwt, "REFETCH_SECONDS", -1)
    claims = claims_of(vic, sandbox)
    sandbox.world.signing_key = SigningKey()
    hold(vic, sandbox.world.signing_key.sign(claims))
    assert vic.get("/connections").status_code == 200
    keys, _ = vic.requests()
    assert keys.startswith("GET sessions/jwks/")
    assert vic.get("/connections").status_code == 200
    assert len(vic.requests()) == 1


def test_roles_are_those_of_the_jwt(vic: Visitor, sandbox: Sandbox) -> None:
    claims = claims_of(vic, sandbox)
    session = claims[session_jwt.SESSION_CLAIM]
    assert "Start rotation" not in vic.get("/connections").text
    hold(
        vic,
        sandbox.world.signing_key.sign(claims | {session_jwt.SESSION_CLAIM: {**session, "roles": ["stytch_admin"]}}),
    )
    assert "Start rotation" in vic.get("/connections").text


def test_a_custom_domain_may_be_the_issuer(vic: Visitor, sandbox: Sandbox) -> None:
    hold(vic, sandbox.world.signing_key.sign(claims_of(vic, sandbox) | {"iss": sandbox.url}))
    assert vic.get("/connections").status_code == 200
    assert len(vic.requests()) == 1


def test_without_keys_stytch_itself_answers(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.faults.append(Fault(method="GET", path="jwks", fault="status", status=503, times=2))
    page = visitor.sign_in("vic@acme.example")
    assert page.url.path == "/connections"
    assert visitor.requests().count(AUTHENTICATE) == 1


@pytest.mark.parametrize("body", ["json", "html"])
def test_with_stytch_away_nobody_gets_in_and_nobody_is_signed_out(vic: Visitor, sandbox: Sandbox, body: str) -> None:
    hold(vic, "")
    sandbox.world.faults.append(
        Fault.model_validate(
            {
                "method": "POST",
                "path": "sessions/authenticate",
                "fault": "status",
                "status": 503,
                "body": body,
                "times": 2,
            }
        )
    )
    away = vic.get("/connections")
    assert (away.status_code, heading(away)) == (502, "Stytch did not answer")
    assert "Set-Cookie" not in away.headers
    assert vic.requests() == [AUTHENTICATE] * 2
    assert vic.get("/connections").url.path == "/connections"


def test_the_keys_of_before_do_while_stytch_s_can_t_be_had(
    vic: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A JWT of a key that is not known yet: Stytch is asked for keys, then about the session; nobody is signed out."""
    monkeypatch.setattr(session_jwt, "REFETCH_SECONDS", -1)
    claims = claims_of(vic, sandbox)
    good = vic.session["member"]["session_jwt"]
    sandbox.world.faults.append(Fault(method="GET", path="jwks", fault="status", status=503, times=2))
    hold(vic, with_an_unknown_key_id(sandbox.world.signing_key, claims))
    assert vic.get("/connections").url.path == "/connections"
    assert vic.requests()[2] == AUTHENTICATE
    hold(vic, good)
    assert vic.get("/connections").url.path == "/connections"
    assert len(vic.requests()) == 1


def test_nor_are_they_asked_for_at_every_request_then(
    vic: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_jwt, "REFETCH_SECONDS", -1)
    claims = claims_of(vic, sandbox)
    sandbox.world.faults.append(Fault(method="GET", path="jwks", fault="status", status=503, times=9))
    for _ in range(3):
        hold(vic, with_an_unknown_key_id(sandbox.world.signing_key, claims))
        assert vic.get("/connections").url.path == "/connections"
    assert sum("jwks" in request for request in vic.requests()) == 2, "a read and its second try"


def test_keys_that_are_none_open_nothing(visitor: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    nonsense: list[dict[str, object]] = [{"kty": "RSA", "kid": "jwk-test-1", "n": "", "e": "AQAB"}]
    monkeypatch.setattr(sandbox.world.signing_key, "jwks", lambda: nonsense)
    page = visitor.sign_in("vic@acme.example")
    assert page.url.path == "/connections"
    assert visitor.requests().count(AUTHENTICATE) == 1
    sandbox.world.sessions.clear()
    assert visitor.get("/connections").url.path == "/login"


def test_a_token_of_the_portal_is_no_session(vic: Visitor, sandbox: Sandbox) -> None:
    """One key signs both, and an access token names the project and its member, too."""
    claims = claims_of(vic, sandbox)
    token = {name: value for name, value in claims.items() if name != session_jwt.SESSION_CLAIM}
    token |= {"iss": sandbox.url, "scope": "openid full_access", "client_id": CONNECTED_APP_ID, "jti": "access-token-1"}
    hold(vic, sandbox.world.signing_key.sign(token))
    sandbox.world.sessions.clear()
    assert vic.get("/connections").url.path == "/login"


def test_a_jwt_too_large_for_a_cookie_is_left_out(vic: Visitor, sandbox: Sandbox) -> None:
    (session,) = sandbox.world.sessions.values()
    session.custom_claims["large"] = "x" * 4000
    hold(vic, "")
    for _ in range(2):
        page = vic.get("/connections")
        assert page.status_code == 200
        assert vic.requests().count(AUTHENTICATE) == 1
        assert len(page.headers["Set-Cookie"]) < 4096
    assert vic.session["member"]["session_jwt"] == ""
