"""`flask tokens expiring --mail` with a real SMTP server: whoever may rotate is told, once at each mark."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from tests.conftest import Console, Sandbox
from tests.connections.conftest import words
from tests.signin.steps import visitor_of
from tests.tokens.conftest import DAY, Letters, Run
from tests.web.apps import app_of
from webapp.sandbox import rbac
from webapp.sandbox.organizations import Member
from webapp.tokens.reminders import Reminders


def text_of(letter: EmailMessage) -> str:
    body: str = letter.get_content()
    return body


def test_whoever_may_rotate_is_told_what_when_where_and_who_else(
    run: Run, letters: Letters, sandbox: Sandbox, console: Console, acme: Callable[[timedelta], None]
) -> None:
    acme(5 * DAY + timedelta(hours=3, minutes=1))
    connection = sandbox.connection()
    done = run()
    assert done.exit_code == 3
    assert done.stderr.endswith("2 mails sent.\n")
    ada, olga = sorted(letters.taken, key=lambda letter: str(letter["To"]))
    assert [str(ada["To"]), str(olga["To"])] == ["ada@acme.example", "olga@acme.example"]
    assert str(ada["From"]) == "SCIM Console <console@acme.example>"
    assert ada["Subject"] == "The SCIM token of Acme Okta ends in 5 days and 3 hours"
    assert ada["Auto-Submitted"] == "auto-generated"
    assert ada.get_content_type() == "text/plain"
    text = text_of(ada)
    ends = connection.bearer_token_expires_at
    assert ends
    assert f"····{connection.bearer_token[-4:]} of Acme Okta (Acme) ends {ends.day} {ends:%b %Y, %H:%M} UTC." in text
    assert "Also sent to: olga@acme.example." in text
    assert connection.bearer_token not in text
    (link,) = [line for line in text.splitlines() if line.startswith("http")]
    with visitor_of(console, sandbox) as visitor:
        door = visitor.get(link)
        assert "Sign in to Acme" in words(door)
        code = visitor.press(door, "Email me a code", email="olga@acme.example")
        entered = visitor.press(code, "Sign in", code=visitor.code())
    assert entered.url.path == f"/connections/{connection.connection_id}"


def test_mails_are_in_the_default_language_and_the_terminal_is_not(
    run: Run, letters: Letters, acme: Any, sandbox: Sandbox
) -> None:
    acme(5 * DAY)
    done = run(default_language="ja")
    ends = sandbox.connection().bearer_token_expires_at
    assert ends
    assert f"{ends.year}年{ends.month}月{ends.day}日" in text_of(letters.taken[0])
    assert " in 4 days " in done.stdout
    assert done.stderr.endswith("2 mails sent.\n")


def test_not_again_at_the_same_mark(run: Run, letters: Letters, acme: Any, sandbox: Sandbox) -> None:
    acme(5 * DAY)
    run()
    assert letters.to() == ["ada@acme.example", "olga@acme.example"]
    sandbox.world.requests.clear()
    done = run()
    assert done.stderr.endswith("0 mails sent.\n")
    assert letters.to() == []
    assert sandbox.calls() == ["POST search"], "who was told is known without asking"


def test_at_the_next_mark_again(run: Run, letters: Letters, acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    acme(95 * DAY)
    at = datetime.now(UTC)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            del tz
            return at

    monkeypatch.setattr("webapp.tokens.commands.datetime", Later)
    marks = []
    for day in range(100):
        at += DAY if day else timedelta(0)
        run("--within", "90d")
        if letters.to():
            marks.append(95 - day)
    assert marks == [90, 30, 14, 7, 1, 0]


@pytest.mark.parametrize("who", ["vic@acme.example", "noel@acme.example", "ivy@globex.example"])
def test_who_may_not_rotate_or_has_not_joined_is_not_told(
    run: Run, letters: Letters, acme: Any, sandbox: Sandbox, who: str
) -> None:
    invited = next(each for each in sandbox.world.members.values() if each.email_address == "ivy@globex.example")
    invited.roles = ["stytch_admin"]
    acme(5 * DAY)
    run()
    assert who not in letters.to()


def test_the_policy_says_who_may_and_not_the_name_of_a_role(
    run: Run, letters: Letters, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {
        **rbac.ROLES,
        "stytch_admin": ("", {"stytch.scim": ["get"]}),
        "scim_viewer": ("", {"stytch.scim": ["*"]}),
    }
    monkeypatch.setattr(rbac, "ROLES", changed)
    acme(5 * DAY)
    run()
    assert letters.to() == ["olga@acme.example", "vic@acme.example"]


def test_nobody_may_rotate(run: Run, letters: Letters, acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rbac, "ROLES", {"stytch_member": rbac.ROLES["stytch_member"]})
    acme(5 * DAY)
    done = run()
    assert "may rotate its token: nobody was told.\n" in done.stderr
    assert letters.to() == []


def test_all_of_many_members_are_looked_at(run: Run, letters: Letters, acme: Any, sandbox: Sandbox) -> None:
    acme(5 * DAY)
    organization_id = sandbox.connection().organization_id
    now = sandbox.world.clock.now()
    for number in range(2100):
        one = Member(f"m{number}", organization_id, f"m{number}@acme.example", "", now)
        one.roles = ["scim_operator"] if number >= 2085 else []
        sandbox.world.members[one.member_id] = one
    run()
    first = next(text_of(letter) for letter in letters.taken if letter["To"] == "ada@acme.example")
    assert len(letters.to()) == 17
    assert "m2093@acme.example and 6 more." in first


def test_rotated_meanwhile(run: Run, letters: Letters, acme: Any, sandbox: Sandbox) -> None:
    """Between the search and the mail: the connection itself is read before anybody is alarmed."""
    acme(5 * DAY)
    connection = sandbox.connection()
    told = connection.to_active_json()
    connection.bearer_token_expires_at = datetime.now(UTC) + 900 * DAY
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(type(connection), "to_active_json", lambda _self: told)
        done = run()
    assert done.stderr.endswith("0 mails sent.\n")
    assert letters.to() == []


def test_an_open_rotation_is_to_be_finished(run: Run, letters: Letters, acme: Any, sandbox: Sandbox) -> None:
    acme(5 * DAY)
    sandbox.connection().start_rotation(datetime.now(UTC) + 900 * DAY)
    run()
    new = (sandbox.connection().next_bearer_token or "")[-4:]
    assert f"the new token ····{new} lasts longer: put it into Okta, then complete." in text_of(letters.taken[0])


def test_after_the_end(run: Run, letters: Letters, acme: Any) -> None:
    acme(-DAY)
    run()
    assert letters.taken[0]["Subject"] == "The SCIM token of Acme Okta has ended"
    text = text_of(letters.taken[0])
    assert "Where Stytch refuses it since then, Okta can't create" in text
    assert "Rotate it now; the new token works at once." in text


def test_names_and_addresses_make_no_headers(run: Run, letters: Letters, acme: Any, sandbox: Sandbox) -> None:
    acme(5 * DAY)
    sandbox.connection().display_name = "Acme\r\nBcc: eve@evil.example\r\n\r\nGo to https://evil.example"
    olga = next(each for each in sandbox.world.members.values() if each.email_address == "olga@acme.example")
    olga.email_address = "olga@acme.example\r\nBcc: eve@evil.example"
    done = run()
    assert "no mail can go to that address." in done.stderr
    (ada,) = letters.taken
    assert ada["Bcc"] is None
    assert letters.to() == ["ada@acme.example"]


def test_stytch_that_fails_meanwhile(run: Run, letters: Letters, acme: Any, sandbox: Sandbox) -> None:
    acme(5 * DAY)
    sandbox.connection("umbrella").bearer_token_expires_at = datetime.now(UTC) + 3 * DAY
    sandbox.fail("status", "/connection$", "GET", times=10)
    done = run()
    assert done.exit_code == 1
    assert "Nobody was told about scim-connection-test-" in done.stderr
    assert letters.to() == ["ada@acme.example", "olga@acme.example"]
    assert run().exit_code == 3
    assert letters.to() == ["ugo@umbrella.example", "uma@umbrella.example", "una@umbrella.example"]


def test_without_the_settings(console: Console, sandbox: Sandbox) -> None:
    with app_of(console) as app:
        done = app.test_cli_runner().invoke(args=["tokens", "expiring", "--mail"])
        app.extensions["history"].close()
    assert done.exit_code == 2
    assert "--mail needs the settings SMTP_URL and MAIL_FROM." in done.stderr
    assert sandbox.calls() == []


def test_without_tables(console: Console, sandbox: Sandbox, tmp_path: Path) -> None:
    changes: dict[str, Any] = {"smtp_url": SecretStr("smtp://localhost"), "mail_from": "a@b.example"}
    with app_of(console, database_url=f"sqlite:///{tmp_path}/empty.sqlite3", **changes) as app:
        done = app.test_cli_runner().invoke(args=["tokens", "expiring", "--mail"])
        app.extensions["history"].close()
    assert done.exit_code == 2
    assert "Run: flask --app wsgi history upgrade" in done.stderr
    assert sandbox.calls() == []


def test_a_database_that_is_away(console: Console, sandbox: Sandbox) -> None:
    changes: dict[str, Any] = {"smtp_url": SecretStr("smtp://localhost"), "mail_from": "a@b.example"}
    with app_of(console, database_url="postgresql://console:worth-hiding@127.0.0.1:9/console", **changes) as app:
        done = app.test_cli_runner().invoke(args=["tokens", "expiring", "--mail"])
        app.extensions["history"].close()
    assert done.exit_code == 1
    assert done.stderr.startswith("The database can't be reached (OperationalError): nobody could be told.")
    assert "worth-hiding" not in done.output
    assert sandbox.calls() == []


def test_a_database_that_goes_away_meanwhile(
    run: Run, letters: Letters, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    acme(5 * DAY)
    monkeypatch.setattr(Reminders, "_remember", gone)
    done = run()
    assert done.exit_code == 1
    assert "Who was told can't be remembered (OperationalError), so nobody else was." in done.stderr
    assert len(letters.to()) == 1


def test_two_runs_at_once(run: Run, letters: Letters, acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither knows of the other: somebody may be told twice, and nothing fails."""
    acme(5 * DAY)
    run()
    monkeypatch.setattr(Reminders, "_told_before", lambda *_: set())
    assert run().exit_code == 3
    assert len(letters.to()) == 4
