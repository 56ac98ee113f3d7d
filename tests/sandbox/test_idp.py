"""The pretend IdPs over a socket; tests/browser/test_sandbox_pages.py presses their buttons."""

from datetime import UTC, datetime

import httpx
import pytest

from tests.conftest import Sandbox
from webapp.sandbox.connections import Connection
from webapp.sandbox.provisioning import Idp, Run

NOW = datetime(2027, 1, 1, tzinfo=UTC)
KIM = "kim@acme.example"


@pytest.fixture
def acme(sandbox: Sandbox) -> Connection:
    return next(each for each in sandbox.world.connections.values() if each.display_name == "Acme Okta")


@pytest.fixture
def idp(sandbox: Sandbox, acme: Connection) -> Idp:
    return sandbox.world.idps[acme.connection_id]


def run(idp: Idp, sandbox: Sandbox) -> Run:
    return idp.provision(sandbox.url, KIM, NOW)


def test_every_connection_s_idp_starts_out_with_its_current_token(sandbox: Sandbox) -> None:
    for connection_id, connection in sandbox.world.connections.items():
        expected = 401 if connection.display_name == "Hooli Rippling" else 200  # Hooli's token has ended
        assert run(sandbox.world.idps[connection_id], sandbox).status == expected


def test_a_run_creates_the_user_and_the_next_one_updates_it(sandbox: Sandbox, acme: Connection, idp: Idp) -> None:
    last_four = acme.bearer_token[-4:]
    assert run(idp, sandbox) == Run(NOW, f"look up {KIM}, create, read groups", 200, last_four)
    assert run(idp, sandbox) == Run(NOW, f"look up {KIM}, update, read groups", 200, last_four)
    assert [user.version for user in acme.directory.users.values()] == [2]


def test_the_old_token_is_refused_after_complete_and_the_new_one_works(
    sandbox: Sandbox, acme: Connection, idp: Idp
) -> None:
    acme.start_rotation(None)
    new = acme.next_bearer_token
    assert new
    acme.complete_rotation()
    assert run(idp, sandbox).status == 401
    idp.save(acme.base_url(sandbox.url), f"  {new}\n", sandbox.url)
    assert run(idp, sandbox) == Run(NOW, f"look up {KIM}, create, read groups", 200, new[-4:])


def test_a_run_without_an_answer(sandbox: Sandbox, idp: Idp) -> None:
    idp.base_path = "/_sandbox/healthz?"  # answers, but not as SCIM does
    assert run(idp, sandbox).status == 404
    assert idp.provision("http://127.0.0.1:1", KIM, NOW).status is None


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "http://idp.example/v1/b2b/scim/x",
        "{url}@idp.example/v1/b2b/scim/x",
        "{url}.idp.example/v1/b2b/scim/x",
        "{url}/_sandbox/reset-world",
    ],
)
def test_no_other_address_is_taken(sandbox: Sandbox, acme: Connection, base_url: str) -> None:
    page = f"{sandbox.url}/_sandbox/idp/{acme.connection_id}"
    given = base_url.format(url=sandbox.url)
    answer = httpx.post(f"{page}/settings", data={"base_url": given, "token": "abc"})
    assert answer.status_code == 422
    assert f"The base URL begins with {sandbox.url}/v1/b2b/scim/" in answer.text
    assert f'value="{given}"' in answer.text
    assert sandbox.world.idps[acme.connection_id].token == acme.bearer_token


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ümlaut"])
def test_what_can_t_be_a_token_is_not_taken(sandbox: Sandbox, acme: Connection, idp: Idp, token: str) -> None:
    with pytest.raises(ValueError, match="A token has no spaces"):
        idp.save(acme.base_url(sandbox.url), token, sandbox.url)
    assert idp.token == acme.bearer_token


def test_an_empty_token_keeps_the_one_held(sandbox: Sandbox, acme: Connection, idp: Idp) -> None:
    idp.save(acme.base_url(sandbox.url), "", sandbox.url)
    assert idp.token == acme.bearer_token


def test_a_new_connection_s_idp_holds_nothing(sandbox: Sandbox, acme: Connection) -> None:
    sandbox.world.idps.clear()
    page = httpx.get(f"{sandbox.url}/_sandbox/idp/{acme.connection_id}")
    assert "Holds no token." in page.text
    assert 'value=""' in page.text


def test_there_is_no_idp_without_a_connection(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.url}/_sandbox/idp/scim-connection-test-none").status_code == 404
    sandbox.world.connections.clear()
    assert "There is no SCIM connection" in httpx.get(f"{sandbox.url}/_sandbox/idp").text


def test_no_page_shows_a_whole_token(sandbox: Sandbox, acme: Connection, idp: Idp) -> None:
    acme.start_rotation(None)
    run(idp, sandbox)
    tokens = [
        token
        for each in sandbox.world.connections.values()
        for token in (each.bearer_token, each.next_bearer_token)
        if token
    ]
    for path in ("/_sandbox/", "/_sandbox/idp", f"/_sandbox/idp/{acme.connection_id}"):
        text = httpx.get(f"{sandbox.url}{path}").text
        assert acme.bearer_token[-4:] in text
        assert not [token for token in tokens if token in text]
