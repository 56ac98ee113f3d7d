"""Session JWTs are checked here, and only good ones count: for anything else Stytch is asked, once."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, heading
from webapp.sandbox.faults import Fault
from webapp.sandbox.keys import SigningKey
from webapp.signin import session_jwt

AUTHENTICATE = "POST sessions/authenticate"
Claims = dict[str, Any]


def encoded(part: bytes | Claims) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unsigned(_key: SigningKey, claims: Claims) -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."


def unsigned_with_key_id(key: SigningKey, claims: Claims) -> str:
    return f"{encoded({'alg': 'none', 'kid': key.jwks()[0]['kid'], 'typ': 'JWT'})}.{encoded(claims)}."


def signed_with_the_public_key(key: SigningKey, claims: Claims) -> str:
    """The public key, which everybody has, taken for an HMAC secret."""
    (jwk,) = key.jwks()
    pem = RSAKey.import_key({name: str(jwk[name]) for name in ("kty", "n", "e")}).as_pem(private=False)
    signed = f"{encoded({'alg': 'HS256', 'kid': jwk['kid'], 'typ': 'JWT'})}.{encoded(claims)}"
    return f"{signed}.{encoded(hmac.digest(pem, signed.encode(), hashlib.sha256))}"


def altered(key: SigningKey, claims: Claims) -> str:
    header, _, signature = key.sign(claims).split(".")
    return f"{header}.{encoded({**claims, 'extra': True})}.{signature}"


def but(**changes: Any) -> Callable[[SigningKey, Claims], str]:
    """Properly signed, with other claims; None takes one out."""

    def make(key: SigningKey, claims: Claims) -> str:
        changed = claims | changes
        return key.sign({name: value for name, value in changed.items() if value is not None})

    return make


BAD: dict[str, Callable[[SigningKey, Claims], str]] = {
    "empty": lambda _key, _claims: "",
    "no JWT": lambda _key, _claims: "a.b.c",
    "alg none": unsigned,
    "alg none with the key's id": unsigned_with_key_id,
    "HS256 with the public key": signed_with_the_public_key,
    "altered": altered,
    "run out": but(exp=int(time.time()) - 1),
    "not yet": but(nbf=int(time.time()) + 3600),
    "without an end": but(exp=None),
    "another audience": but(aud=["project-test-11111111-1111-4111-8111-111111111111"]),
    "no audience": but(aud=None),
    "another issuer": but(iss="stytch.com/project-test-11111111-1111-4111-8111-111111111111"),
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
