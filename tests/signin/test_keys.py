"""SECRET_KEY is replaced while people work, console by console: nobody is signed out, and no open page goes stale."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import httpx
import pytest
from flask import Flask
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.connections.conftest import notice
from tests.signin.steps import Visitor
from tests.web.apps import app_of
from webapp.web.cookies import Encryption

OLD, NEW = SecretStr("key-of-last-year" * 2), SecretStr("key-of-this-year" * 2)

# What docs/operate.md has set, in this order, on one console after the other.
STAGES: dict[str, dict[str, Any]] = {
    "old": {"secret_key": OLD, "secret_key_fallbacks": ()},
    "old, new known": {"secret_key": OLD, "secret_key_fallbacks": (NEW,)},
    "new, old known": {"secret_key": NEW, "secret_key_fallbacks": (OLD,)},
    "new": {"secret_key": NEW, "secret_key_fallbacks": ()},
}


@pytest.fixture
def consoles(console: Console) -> Iterator[list[Flask]]:
    """One for each stage, all at one address."""
    with ExitStack() as stack:
        apps = [stack.enter_context(app_of(console, **keys)) for keys in STAGES.values()]
        for app in apps:
            stack.callback(app.extensions["history"].close)
        yield apps


def let_time_pass(visitor: Visitor) -> None:
    """The cookie is of before the change, and its session JWT has run out since, as it does in five minutes."""
    content = Encryption([OLD, NEW]).loads(visitor.cookie)
    content["member"]["session_jwt"] = ""
    visitor.cookie = Encryption([OLD]).dumps(content)


def test_nobody_is_signed_out(console: Console, sandbox: Sandbox, consoles: list[Flask]) -> None:
    answering = httpx.WSGITransport(consoles[0])
    with httpx.Client(mounts={console.url: answering}, base_url=console.url, follow_redirects=True) as http:
        olga = Visitor(console, sandbox, http)
        olga.sign_in("olga@acme.example")
        for before, after in pairwise(consoles):
            let_time_pass(olga)
            for here, there in ((before, after), (after, before)):
                for button, done in (("Start rotation", "Rotation started"), ("Cancel:", "Rotation cancelled")):
                    answering.app = here
                    page = olga.get("/connections")
                    answering.app = there
                    assert notice(olga.press(page, button, confirmed="yes")).startswith(done)
