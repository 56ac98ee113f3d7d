"""Creating a connection: what the form wants, what the one answer shows, and what is told where it went otherwise."""

import re

import httpx
import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, buttons, notice, words
from tests.signin.steps import Visitor, heading
from tests.signin.times import later
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox import rotation
from webapp.sandbox.connections import Connection
from webapp.sandbox.variants import CHOICES

GIL = "gil@globex.example"
FIELDS = {"display_name": "Globex Okta", "identity_provider": "okta"}
BUTTON = "Create connection"


def globex(sandbox: Sandbox) -> list[Connection]:
    """Globex's connections at Stytch."""
    return sandbox.world.connections_of(sandbox.world.find_organization("globex").organization_id)


def elsewhere(sandbox: Sandbox, name: str = "Made elsewhere", identity_provider: str = "generic") -> Connection:
    """Somebody makes Globex's connection in Stytch's dashboard."""
    organization_id = sandbox.world.find_organization("globex").organization_id
    return rotation.create(sandbox.world, organization_id, name, identity_provider)


def shown(answer: httpx.Response) -> dict[str, str]:
    """The values in the fields that the answer shows."""
    return dict(re.findall(r'<textarea id="(base-url|token)-[^>]*>(.*?)</textarea>', answer.text))


def settle(sandbox: Sandbox) -> None:
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds())


@pytest.fixture
def gil(enter: Enter) -> Visitor:
    return enter(GIL)[0]


@pytest.mark.parametrize("variant", CHOICES["get_without_connection"])
def test_created_and_shown_once(enter: Enter, sandbox: Sandbox, press: Press, variant: str) -> None:
    sandbox.world.variants["get_without_connection"] = variant
    visitor, listed = enter(GIL)
    assert "Globex has no SCIM connection yet" in words(listed)
    created = press(visitor, visitor.click(listed, "Create connection"), BUTTON, **FIELDS)
    (connection,) = globex(sandbox)
    assert created.status_code == 200
    assert (connection.display_name, connection.identity_provider) == ("Globex Okta", "okta")
    assert shown(created) == {"base-url": connection.base_url(sandbox.url), "token": connection.bearer_token}
    assert "Set up Okta" in words(created)
    listed = visitor.get("/connections")
    assert "Globex Okta" in words(listed)
    assert connection.bearer_token not in listed.text
    assert sandbox.calls().count("POST connection") == 1


def test_a_connection_is_there_already(gil: Visitor, sandbox: Sandbox) -> None:
    connection = elsewhere(sandbox)
    page = gil.get("/connections/new")
    assert f'href="/connections/{connection.connection_id}"' in page.text
    assert "Stytch allows an organization one" in words(page)
    assert BUTTON not in buttons(page)


def test_who_may_not_is_told_whom_to_ask(enter: Enter, sandbox: Sandbox) -> None:
    sandbox.world.connections.clear()
    visitor, listed = enter("vic@acme.example")
    assert "An administrator of Acme can create it" in words(listed)
    assert BUTTON not in words(listed)
    refused = visitor.get("/connections/new")
    assert (refused.status_code, heading(refused)) == (403, "You can't create connections")


def test_stytch_refuses_whoever_may_not(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """A form that was opened before the role was taken away."""
    visitor, _ = enter(GIL)
    page = visitor.get("/connections/new")
    organization_id = sandbox.world.find_organization("globex").organization_id
    sandbox.fail("status", "/connection$", status=403, error_type="session_authorization_error")
    answer = press(visitor, page, BUTTON, **FIELDS)
    assert answer.status_code == 403
    assert notice(answer).startswith("Your roles do not allow that")
    assert "“create” on “stytch.scim”" in notice(answer)
    assert sandbox.world.connections_of(organization_id) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"display_name": "  "}, "Give it a name"),
        ({"display_name": "x" * 129}, "Make it shorter by 1 character: 128 are the most."),
        ({"display_name": "\u200b"}, "Give it a name"),
        ({"display_name": "a\x7fb"}, "Leave out line breaks and other characters that can't be seen"),
        ({"identity_provider": "nobody"}, "Choose the one that will provision"),
        ({"identity_provider": ""}, "Choose the one that will provision"),
    ],
)
def test_what_is_wrong_with_the_form(
    gil: Visitor, sandbox: Sandbox, press: Press, fields: dict[str, str], problem: str
) -> None:
    answer = press(gil, gil.get("/connections/new"), BUTTON, **{**FIELDS, **fields})
    assert answer.status_code == 422
    assert problem in words(answer)
    given = {**FIELDS, **fields}
    assert f'name="display_name" type="text" value="{given["display_name"]}"' in answer.text
    if given["identity_provider"] == "okta":
        assert 'value="okta" required checked' in answer.text
    assert globex(sandbox) == []


def test_a_name_is_trimmed(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    name = f"  {'x' * 127}é  "
    assert press(gil, gil.get("/connections/new"), BUTTON, **{**FIELDS, "display_name": name}).status_code == 200
    assert globex(sandbox)[0].display_name == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "2026-13-40T99:99:99Z",
        "\u0662\u0660\u0662\u0666-11-23T09:15:00Z",
        "····urYB",
        "אקמה",
        "“Acme” & <b>'Okta'</b>",
        "x" * 128,
    ],
)
def test_whatever_it_is_called_its_token_is_shown(gil: Visitor, sandbox: Sandbox, press: Press, name: str) -> None:
    created = press(gil, gil.get("/connections/new"), BUTTON, **{**FIELDS, "display_name": name})
    (connection,) = globex(sandbox)
    assert (created.status_code, connection.display_name) == (200, name)
    assert shown(created)["token"] == connection.bearer_token
    assert gil.get("/connections").status_code == 200


def test_sent_twice_is_created_once(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    page = gil.get("/connections/new")
    press(gil, page, BUTTON, **FIELDS)
    again = press(gil, page, BUTTON, **FIELDS)
    (connection,) = globex(sandbox)
    assert notice(again).startswith("Connection created This form was sent before, so nothing was done again.")
    assert connection.bearer_token not in again.text
    assert sandbox.calls().count("POST connection") == 1


@pytest.mark.parametrize("fault", ["drop_after_commit", "malformed_json", "wrong_shape", "timeout_after_commit"])
def test_its_answer_is_lost(gil: Visitor, sandbox: Sandbox, press: Press, fault: str) -> None:
    """The way forward is a rotation: whoever may have the first token loses it only once the new one is in place."""
    sandbox.fail(fault, "/connection$")  # type: ignore[arg-type]
    lost = press(gil, gil.get("/connections/new"), BUTTON, **FIELDS)
    (connection,) = globex(sandbox)
    first = connection.bearer_token
    assert lost.status_code == 502
    assert notice(lost).startswith("It was created, but its token could not be shown")
    assert first not in lost.text
    path = f"/connections/{connection.connection_id}"
    for look in (lost, gil.get("/connections"), gil.get(path)):
        assert f"Nobody has been shown ···· token ending in {first[-4:]}" in words(look)
    started = press(gil, gil.get(path), "Start rotation")
    assert str(connection.next_bearer_token) in started.text
    assert f"Nobody has been shown ···· token ending in {first[-4:]}" in words(started)
    review = gil.get(f"{path}/rotation/complete")
    press(gil, review, "Complete: switch off", confirmed="yes")
    assert "has been shown" not in words(gil.get(path))
    assert connection.bearer_token != first


def test_no_answer_and_not_created_so_far(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    page = gil.get("/connections/new")
    sandbox.fail("drop_before_commit", "/connection$")
    answer = press(gil, page, BUTTON, **FIELDS)
    assert notice(answer).startswith("Not created so far")
    assert "Globex Okta was not created" in notice(answer)
    for look in (gil.get("/connections"), gil.get("/connections/new")):
        assert f"{GIL} was creating the connection" in words(look)
        assert BUTTON not in buttons(look)
    busy = press(gil, page, BUTTON, **FIELDS, intent="")
    assert (busy.status_code, sandbox.calls().count("POST connection")) == (409, 1)
    settle(sandbox)
    settled = gil.get("/connections")
    assert notice(settled).startswith("The connection was not created")
    assert press(gil, gil.get("/connections/new"), BUTTON, **FIELDS).status_code == 200


def test_no_answer_and_created_late(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    page = gil.get("/connections/new")
    sandbox.fail("late_commit", "/connection$", seconds=20)
    assert notice(press(gil, page, BUTTON, **FIELDS)).startswith("Not created so far")
    sandbox.world.clock.advance(25)
    found = gil.get("/connections")
    assert notice(found).startswith("It was created, but its token could not be shown")
    assert "asked for it at" in notice(found)
    assert "Nobody has been shown" in words(gil.get("/connections"))


def test_reading_fails_too(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    page = gil.get("/connections/new")
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("status", "/connection$", "GET", times=4)
    sandbox.fail("drop_after_commit", "/connection$")
    answer = press(gil, page, BUTTON, **FIELDS)
    assert notice(answer).startswith("We do not know yet")
    unread = gil.get("/connections")
    assert "We still do not know" in words(unread)
    assert "whether it is there can't be told" in words(unread)
    assert notice(gil.get("/connections")).startswith("It was created, but its token could not be shown")


@pytest.mark.parametrize("moment", ["before it is sent", "just before Stytch has it"])
def test_a_colleague_creates_one_meanwhile(
    gil: Visitor, sandbox: Sandbox, press: Press, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = gil.get("/connections/new")
    if moment == "before it is sent":
        elsewhere(sandbox)
        title = "There is a connection already"
    else:
        create = rotation.create

        def first(*given: object) -> Connection:
            monkeypatch.undo()
            elsewhere(sandbox)
            return create(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(rotation, "create", first)
        title = "Somebody else created a connection meanwhile"
    answer = press(gil, page, BUTTON, **FIELDS)
    (connection,) = globex(sandbox)
    assert answer.status_code == 409
    assert notice(answer).startswith(title)
    assert "Made elsewhere is there" in notice(answer)
    assert f'id="connection-{connection.connection_id}"' in answer.text
    assert connection.bearer_token not in answer.text


def test_a_lost_answer_while_a_colleague_creates_another(
    gil: Visitor, sandbox: Sandbox, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose it is can't be told, and nobody is told that it is theirs."""
    page = gil.get("/connections/new")
    create = rotation.create

    def another(*_given: object) -> Connection:
        monkeypatch.undo()
        organization_id = sandbox.world.find_organization("globex").organization_id
        return create(sandbox.world, organization_id, "Made elsewhere", "generic")

    monkeypatch.setattr(rotation, "create", another)
    sandbox.fail("status", "/connection$", status=500, after_commit=True)
    answer = press(gil, page, BUTTON, **FIELDS)
    assert notice(answer).startswith("There is another connection now")
    assert "it can't be told" in notice(answer)
    assert "has been shown" not in words(gil.get("/connections"))


def test_several_can_be_created_where_stytch_lets_them(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    sandbox.world.variants["connection_shape"] = "list"
    for name in ("One", "Two"):
        created = press(gil, gil.get("/connections/new"), BUTTON, **{**FIELDS, "display_name": name})
        assert created.status_code == 200
        assert globex(sandbox)[-1].bearer_token in created.text
    listed = gil.get("/connections")
    assert [each.display_name for each in globex(sandbox)] == ["One", "Two"]
    assert all(f'id="connection-{each.connection_id}"' in listed.text for each in globex(sandbox))
    assert "Create another connection" in words(listed)


def test_a_fresh_proof_is_asked_for_and_what_was_typed_is_kept(gil: Visitor, sandbox: Sandbox, press: Press) -> None:
    page = gil.get("/connections/new")
    later(gil, sandbox, 16)
    asked = press(gil, page, BUTTON, **FIELDS)
    if to := asked.headers.get("HX-Redirect"):
        asked = gil.get(to)
    assert heading(asked) == "Confirm it is you"
    assert globex(sandbox) == []
    kept = gil.session["step"]
    assert (kept["path"], kept["button"], kept["fields"]["display_name"]) == ("/connections", BUTTON, "Globex Okta")


def test_the_history_tells_of_both(gil: Visitor, sandbox: Sandbox) -> None:
    gil.press(gil.get("/connections/new"), BUTTON, **FIELDS)
    (connection,) = globex(sandbox)
    review = gil.get(f"/connections/{connection.connection_id}/delete")
    gil.press(review, "Delete connection", confirmation="Globex Okta")
    told = words(gil.get("/history?type=connection.create"))
    assert f"Create connection Globex Okta ···· token ending in {connection.bearer_token[-4:]}" in told
    assert "Delete connection Globex Okta" in words(gil.get("/history?type=connection.delete&outcome=done"))
    assert connection.bearer_token not in gil.get("/history.json").text
    assert gil.get("/history.csv").text.count("connection.") >= 2
