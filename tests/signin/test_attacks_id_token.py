"""What the portal's ID token must be: of the portal, for this console, for this very sign-in, and not over."""

import time
from typing import Any

import pytest

from tests.conftest import Console, Sandbox
from tests.signin.forgeries import (
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
from tests.signin.ways import come_back
from webapp.sandbox import authorizing
from webapp.sandbox.identifiers import CONNECTED_APP_ID, PROJECT_ID

OTHER_APP = "connected-app-test-11111111-1111-4111-8111-111111111111"
BAD: dict[str, Make | None] = {
    "none": None,
    "no JWT": lambda _key, _claims: "a.b.c",
    "alg none": unsigned,
    "alg none with the key's id": unsigned_with_key_id,
    "HS256 with the public key": signed_with_the_public_key,
    "altered": altered,
    "signed by its own key": with_a_key_of_its_own,
    "signed by another key under the id of Stytch's": with_a_key_under_stytch_s_id,
    "signed by another key under an id of its own": with_an_unknown_key_id,
    "of another sign-in": but(nonce="another"),
    "of no sign-in": but(nonce=None),
    "of another issuer": but(iss="https://evil.example"),
    "of no issuer": but(iss=None),
    "for another application": but(aud=[OTHER_APP]),
    "for another application, by way of this one": but(aud=[OTHER_APP], azp=CONNECTED_APP_ID),
    "for the project": but(aud=[PROJECT_ID]),
    "for this one, by way of another": but(azp=OTHER_APP),
    "for nobody": but(aud=None),
    "about nobody": but(sub=None),
    "over": but(exp=int(time.time()) - 3600),
    "without an end": but(exp=None),
}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the portal's token endpoint answer with another ID token."""
    redeem = authorizing.redeem_code

    def set_token(make: Make | None) -> None:
        def redeemed(world: Any, *args: Any) -> dict[str, object]:
            given = redeem(world, *args)
            claims = world.signing_key.claims(given.pop("id_token"))
            return given | ({"id_token": make(world.signing_key, claims)} if make else {})

        monkeypatch.setattr(authorizing, "redeem_code", redeemed)

    return set_token


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_bad_one_signs_nobody_in(
    visitor: Visitor, sandbox: Sandbox, console: Console, answer: Any, make: Make | None
) -> None:
    url = come_back(visitor, "portal", sandbox, console)
    answer(make)
    visitor.requests()
    page = visitor.get(url)
    assert (page.status_code, heading(page)) == (502, "Signing in through the portal does not work right now")
    assert "Nobody was signed in" in page.text
    assert visitor.requests() == [], "the access token was exchanged"
    assert visitor.get("/connections").url.path == "/login"


def test_a_good_one_does(visitor: Visitor, sandbox: Sandbox, console: Console, answer: Any) -> None:
    url = come_back(visitor, "portal", sandbox, console)
    answer(but(azp=CONNECTED_APP_ID))
    assert visitor.get(url).url.path == "/connections"
