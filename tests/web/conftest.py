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
def vic(visitor: Visitor) -> Visitor:
    """Vic, signed in to Acme; `requests()` begins anew."""
    visitor.sign_in("vic@acme.example")
    visitor.requests()
    return visitor
