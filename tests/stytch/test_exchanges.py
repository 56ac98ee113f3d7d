"""What is noted of each request to Stytch: for the log and for metrics."""

from collections.abc import Callable

import pytest

from tests.conftest import Sandbox
from tests.stytch.conftest import caught
from webapp.stytch import Actor, Stytch
from webapp.stytch.exchanges import Exchange, begin, exchange

CONNECTION = "/v1/b2b/scim/{id}/connection"


def told(noted: list[Exchange]) -> list[tuple[str, str]]:
    return [(each.endpoint, each.outcome) for each in noted]


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/v1/b2b/scim/acme/connection", CONNECTION),
        ("/v1/b2b/scim/acme/connection/c-1/rotate/start", f"{CONNECTION}/{{id}}/rotate/start"),
        ("/v1/b2b/scim/connection/connection/rotate/rotate/start", f"{CONNECTION}/{{id}}/rotate/start"),
        ("/v1/b2b/sessions/jwks/project-test-1", "/v1/b2b/sessions/jwks/{id}"),
        ("/v1/b2b/rbac/organizations/acme", "/v1/b2b/rbac/organizations/{id}"),
        ("/v1/b2b/organizations/acme%20inc", "/v1/b2b/organizations/{id}"),
        ("/v1/b2b/recovery_codes/recover", "/v1/b2b/recovery_codes/recover"),
        ("/v1/b2b/discovery/organizations", "/v1/b2b/discovery/organizations"),
        (
            "/v1/public/project-test-1/.well-known/jwks.json",
            "/v1/public/{id}/.well-known/jwks.json",
        ),
    ],
)
def test_an_endpoint_has_no_ids(path: str, endpoint: str) -> None:
    with exchange("GET", path) as this:
        pass
    assert this.endpoint == f"GET {endpoint}"


def test_a_usable_answer(stytch: Stytch, sandbox: Sandbox) -> None:
    noted = begin()
    answer = stytch.start_rotation(sandbox.actor(), sandbox.connection().connection_id)
    assert told(noted) == [(f"POST {CONNECTION}/{{id}}/rotate/start", "ok")]
    assert noted[0].request_id == answer.request_id
    assert 0 < noted[0].seconds < 5


def test_each_try_by_itself(stytch: Stytch, sandbox: Sandbox) -> None:
    noted = begin()
    sandbox.fail("status", "/connection$", "GET", status=500)
    stytch.get_scim_connections(sandbox.actor())
    assert told(noted) == [(f"GET {CONNECTION}", "outcome_unknown"), (f"GET {CONNECTION}", "ok")]


def refused(stytch: Stytch, ada: Actor) -> object:
    return stytch.complete_rotation(ada, "scim-connection-test-1")


def nowhere(stytch: Stytch, ada: Actor) -> object:
    stytch = Stytch("http://127.0.0.1:1", stytch.project_id, ada.session_token)
    try:
        return stytch.start_rotation(ada, "scim-connection-test-1")
    finally:
        stytch.close()


@pytest.mark.parametrize(("call", "outcome", "answered"), [(refused, "not_found", True), (nowhere, "not_sent", False)])
def test_no_usable_answer(
    stytch: Stytch, sandbox: Sandbox, call: Callable[[Stytch, Actor], object], outcome: str, answered: bool
) -> None:
    noted, ada = begin(), sandbox.actor()
    error = caught(lambda: call(stytch, ada))
    assert [(each.outcome, each.request_id) for each in noted] == [(outcome, error.request_id)]
    assert bool(error.request_id) is answered
