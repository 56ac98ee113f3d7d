"""The session cookie: what browsers are told of it, and who can read or make one."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadSignature
from pydantic import SecretStr

from tests.conftest import Console
from tests.signin.steps import COOKIE, Visitor
from tests.web.apps import app_of, get
from webapp.web.cookies import Encryption

KEY, OTHER_KEY = SecretStr("k" * 32), SecretStr("o" * 32)
MADE = Encryption([KEY]).dumps({"member": "vic"})


def attributes(set_cookie: str) -> set[str]:
    return {part.strip() for part in set_cookie.split(";")[1:]}


def set_cookie(app: Flask, **options: str) -> str:
    (header,) = app.test_client().get("/login", **options).headers.getlist("Set-Cookie")
    return str(header)


def test_on_http(visitor: Visitor) -> None:
    header = visitor.get("/login").headers["Set-Cookie"]
    assert header.startswith(f"{COOKIE}=")
    assert attributes(header) == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_on_https(console: Console) -> None:
    with app_of(console, public_url="https://console.example.com") as app:
        header = set_cookie(app, base_url="https://console.example.com")
        # TLS may end at a proxy: what the console itself sees is not asked.
        assert set_cookie(app, base_url="http://10.0.0.1:8000").startswith("__Host-")
    assert header.startswith("__Host-scim_console=")
    assert attributes(header) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_it_ends_with_the_browser_and_fits_into_it(visitor: Visitor) -> None:
    page = visitor.sign_in("vic@acme.example")
    headers = [answer.headers["Set-Cookie"] for answer in [*page.history, page] if "Set-Cookie" in answer.headers]
    assert headers
    for header in headers:
        assert "expires" not in header.lower()
        assert "max-age" not in header.lower()
        assert len(header) < 4096


def test_a_key_being_replaced_signs_nobody_out(vic: Visitor, console: Console) -> None:
    new, old = SecretStr("n" * 32), console.settings.secret_key
    with app_of(console, secret_key=new, secret_key_fallbacks=(old,)) as app:
        assert get(app, "/connections", vic).status_code == 200
    with app_of(console, secret_key=new) as app:
        assert get(app, "/connections", vic).status_code == 303


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_what_was_put_in_comes_out(content: dict[str, object]) -> None:
    cookie = Encryption([KEY]).dumps(content)
    assert Encryption([KEY]).loads(cookie) == content
    assert Encryption([OTHER_KEY, KEY]).loads(cookie) == content
    with pytest.raises(BadSignature):
        Encryption([OTHER_KEY]).loads(cookie)


def test_no_two_cookies_are_alike() -> None:
    encryption = Encryption([KEY])
    assert len({encryption.dumps({"a": 1}) for _ in range(20)}) == 20


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){2,4}", fullmatch=True))
def test_whatever_browsers_send_is_read_or_refused(cookie: str) -> None:
    with pytest.raises(BadSignature):
        Encryption([KEY]).loads(cookie)


@given(st.data())
def test_a_cookie_that_was_touched_is_refused(data: st.DataObject) -> None:
    header, _, iv, text, tag = MADE.split(".")
    parts = [header, iv, text, tag]
    which = data.draw(st.integers(0, 3))
    # The last character of base64 without padding may stand for the same bytes.
    at = data.draw(st.integers(0, len(parts[which]) - 2))
    other = data.draw(st.sampled_from([c for c in "AZaz09-_" if c != parts[which][at]]))
    parts[which] = parts[which][:at] + other + parts[which][at + 1 :]
    header, iv, text, tag = parts
    with pytest.raises(BadSignature):
        Encryption([KEY]).loads(f"{header}..{iv}.{text}.{tag}")
