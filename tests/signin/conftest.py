"""A person at the console."""

from collections.abc import Iterator

import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, visitor_of


@pytest.fixture
def visitor(console: Console, sandbox: Sandbox) -> Iterator[Visitor]:
    """Somebody who is not signed in yet."""
    with visitor_of(console, sandbox) as visitor:
        yield visitor


@pytest.fixture
def other_browser(console: Console, sandbox: Sandbox) -> Iterator[Visitor]:
    """Another browser, that of somebody else or a mail scanner's."""
    with visitor_of(console, sandbox) as visitor:
        yield visitor


@pytest.fixture
def vic(visitor: Visitor) -> Visitor:
    """Vic, signed in to Acme, the keys and policies read; `requests()` begins anew."""
    visitor.sign_in("vic@acme.example")
    visitor.requests()
    return visitor
