"""Cookies that were tampered with, made with another key, or belong to another time: they are nobody's."""

from collections.abc import Callable

import httpx
import pytest
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from itsdangerous import URLSafeTimedSerializer
from joserfc import jwe
from joserfc.jwk import OctKey
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.signin.forgeries import encoded
from tests.signin.steps import Visitor, heading
from tests.signin.ways import by_code, come_back
from tests.web.apps import app_of
from webapp.web.cookies import Encryption

NEW = SecretStr("n" * 32)


def content(visitor: Visitor) -> bytes:
    """What is in the visitor's cookie, as the console reads it."""
    return TaggedJSONSerializer().dumps(visitor.session).encode()


def by_another_console(visitor: Visitor, _secret: str) -> str:
    return Encryption([NEW]).dumps(visitor.session)


def signed_as_flask_does(visitor: Visitor, secret: str) -> str:
    """Flask's own cookie, should the key be known that forms are signed with."""
    return str(
        URLSafeTimedSerializer(secret, salt="cookie-session").dumps({"csrf_token": visitor.session["csrf_token"]})
    )


def with_the_key_itself(visitor: Visitor, secret: str) -> str:
    key = OctKey.import_key(secret.encode()[:32])
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, content(visitor), key)


def with_no_key(visitor: Visitor, _secret: str) -> str:
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, content(visitor), OctKey.import_key(b"\0" * 32))


def with_a_wrapped_key(visitor: Visitor, _secret: str) -> str:
    """By a password of the attacker's (RFC 7518 §4.8)."""
    algorithms = ["PBES2-HS256+A128KW", "A256GCM"]
    header = dict(zip(("alg", "enc"), algorithms, strict=True))
    return jwe.encrypt_compact(header, content(visitor), OctKey.import_key(b"a guess of the attacker's"), algorithms)


def not_encrypted(visitor: Visitor, _secret: str) -> str:
    return f"{encoded({'alg': 'none'})}.{encoded(content(visitor))}."


def header_of_no_algorithm(visitor: Visitor, _secret: str) -> str:
    _, rest = visitor.cookie.split(".", 1)
    return f"{encoded({'alg': 'none', 'enc': 'none'})}.{rest}"


FORGERIES: list[Callable[[Visitor, str], str]] = [
    by_another_console,
    signed_as_flask_does,
    with_the_key_itself,
    with_no_key,
    with_a_wrapped_key,
    not_encrypted,
    header_of_no_algorithm,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_cookie_opens_nothing(
    visitor: Visitor, console: Console, forge: Callable[[Visitor, str], str]
) -> None:
    by_code(visitor)
    visitor.cookie = forge(visitor, console.settings.secret_key.get_secret_value())
    visitor.requests()
    page = visitor.get("/connections")
    assert (page.status_code, page.url.path) == (200, "/login")
    assert visitor.requests() == []


def test_a_cookie_of_who_signed_out_opens_nothing(visitor: Visitor, other_browser: Visitor) -> None:
    page = by_code(visitor)
    other_browser.cookie = visitor.cookie
    visitor.press(page, "Sign out")
    assert other_browser.get("/connections").url.path == "/login"
    assert other_browser.get("/organizations").url.path == "/login"


def at(app: Flask, console: Console, sandbox: Sandbox, visitor: Visitor) -> Visitor:
    """The same browser at another app at the same address."""
    mounts = {console.url: httpx.WSGITransport(app)}
    http = httpx.Client(mounts=mounts, base_url=console.url, follow_redirects=True, cookies=visitor.http.cookies)
    return Visitor(console, sandbox, http)


def test_a_sign_in_under_way_outlives_a_new_key_as_long_as_the_old_one_is_known(
    visitor: Visitor, sandbox: Sandbox, console: Console
) -> None:
    url = come_back(visitor, "link", sandbox, console)
    old = console.settings.secret_key
    with app_of(console, secret_key=NEW) as app:
        page = at(app, console, sandbox, visitor).get(url)
        assert (page.status_code, heading(page)) == (400, "This link belongs to another browser")
        app.extensions["history"].close()
    with app_of(console, secret_key=NEW, secret_key_fallbacks=(old,)) as app:
        there = at(app, console, sandbox, visitor)
        assert there.get(url).url.path == "/connections"
        app.extensions["history"].close()
    # The cookie that came back is of the new key.
    assert Encryption([NEW]).loads(there.cookie)["member"]["email"] == "vic@acme.example"


def test_a_key_that_was_taken_out_opens_nothing_any_more(visitor: Visitor, sandbox: Sandbox, console: Console) -> None:
    by_code(visitor)
    with app_of(console, secret_key=NEW) as app:
        visitor.requests()
        there = at(app, console, sandbox, visitor)
        assert there.get("/connections").url.path == "/login"
        assert visitor.requests() == []
        app.extensions["history"].close()
