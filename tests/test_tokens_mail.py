"""`flask tokens expiring --mail` with a real SMTP server: whoever may rotate is told, once at each mark."""

import ssl
import subprocess
from asyncio import Server
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from click.testing import Result
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from tests.conftest import Console, Sandbox
from tests.connections.conftest import words
from tests.signin.steps import visitor_of
from tests.web.apps import app_of
from webapp.sandbox import rbac
from webapp.sandbox.organizations import Member
from webapp.tokens import walk
from webapp.tokens.reminders import Reminders

DAY = timedelta(days=1)
USER, PASSWORD = "console@acme.example", "p@ss:word/%?#"  # each character of it needs encoding in a URL


@dataclass
class Letters:
    """What the server took, and whom it refuses, with which answer."""

    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)
    peers: set[Any] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, options
        self.peers.add(session.peer)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        assert server.transport
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.envelopes.append(envelope)
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"

    def to(self) -> list[str]:
        """Who was written to since the last look."""
        people = [envelope.rcpt_tos[0] for envelope in self.envelopes]
        self.taken.clear()
        self.envelopes.clear()
        return sorted(people)


@pytest.fixture
def letters() -> Letters:
    return Letters()


class OnFreePort(Controller):
    """A server on whatever port is free: aiosmtpd greets itself at the start, and has to know it by then."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def serve(letters: Letters, **options: Any) -> Iterator[int]:
    controller = OnFreePort(letters, hostname="127.0.0.1", port=0, **options)
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def mail_server(letters: Letters) -> Iterator[int]:
    """Its port."""
    yield from serve(letters)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "sleep", lambda _seconds: None)


Run = Callable[..., Result]


@pytest.fixture
def run_at(console: Console) -> Run:
    def run(smtp_url: str, *arguments: str) -> Result:
        changes: dict[str, Any] = {"smtp_url": SecretStr(smtp_url), "mail_from": "SCIM Console <console@acme.example>"}
        with app_of(console, **changes) as app:
            done = app.test_cli_runner().invoke(args=["tokens", "expiring", "--mail", *arguments])
            app.extensions["history"].close()
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


@pytest.fixture
def run(run_at: Run, mail_server: int) -> Run:
    def run(*arguments: str) -> Result:
        return run_at(f"smtp://127.0.0.1:{mail_server}", *arguments)

    return run


@pytest.fixture
def acme(sandbox: Sandbox) -> Callable[[timedelta], None]:
    """Has Acme's token end then, and no other one soon."""
    for slug in ("umbrella", "hooli"):
        sandbox.connection(slug).bearer_token_expires_at = datetime.now(UTC) + 900 * DAY

    def ends(left: timedelta) -> None:
        sandbox.connection().bearer_token_expires_at = datetime.now(UTC) + left

    return ends


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


def test_a_mail_that_is_refused_is_told_and_tried_in_the_next_run(run: Run, letters: Letters, acme: Any) -> None:
    acme(5 * DAY)
    letters.refused["ada@acme.example"] = "450 4.2.1 Mailbox \x1b[2J busy"
    done = run()
    assert done.exit_code == 1
    assert "was not told about scim-connection-test-" in done.stderr
    assert ": it said 450 4.2.1 Mailbox" in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stderr.endswith("1 mail sent, 1 failed: run this again.\n")
    assert letters.to() == ["olga@acme.example"]
    assert len(letters.peers) == 1, "a refusal ends no conversation"
    letters.refused.clear()
    assert run().exit_code == 3
    assert letters.to() == ["ada@acme.example"], "and olga not again"


def test_a_line_that_breaks_is_joined_again(run: Run, letters: Letters, acme: Any) -> None:
    acme(5 * DAY)
    letters.refused["ada@acme.example"] = "421 4.3.2 Closing"
    done = run()
    assert letters.to() == ["olga@acme.example"]
    assert done.stderr.endswith("1 mail sent, 1 failed: run this again.\n")


def test_no_server(run_at: Run, acme: Any) -> None:
    acme(5 * DAY)
    done = run_at("smtp://127.0.0.1:9")
    assert done.exit_code == 1
    assert done.stdout.startswith("ENDS (UTC)"), "what was found is printed all the same"
    assert "No mail can be sent. 127.0.0.1:9: Connection refused" in done.stderr


def test_a_server_without_tls_is_told_no_mail(run_at: Run, letters: Letters, acme: Any, mail_server: int) -> None:
    acme(5 * DAY)
    done = run_at(f"smtp://127.0.0.1:{mail_server}?starttls")
    assert done.exit_code == 1
    assert "STARTTLS extension not supported by server" in done.stderr
    assert letters.to() == []


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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for `localhost` that nobody has signed."""
    folder = tmp_path_factory.mktemp("certificate")
    file = folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(file), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "cert.pem").read_text())
    return file


def authenticator(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@pytest.fixture(params=["smtp", "smtps"])
def encrypted(request: pytest.FixtureRequest, letters: Letters, certificate: Path) -> Iterator[str]:
    """The URL of a server that speaks TLS and asks for a password, without these."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    options: dict[str, Any] = {"authenticator": authenticator, "auth_required": True}
    if request.param == "smtps":
        options |= {"ssl_context": context, "auth_require_tls": False}  # it takes only STARTTLS for TLS
    else:
        options |= {"tls_context": context, "require_starttls": True}
    for port in serve(letters, **options):
        query = "" if request.param == "smtps" else "?starttls"
        yield f"{request.param}://%s@localhost:{port}{query}"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_encrypted_and_with_a_password(
    run_at: Run, letters: Letters, acme: Any, encrypted: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    acme(5 * DAY)
    done = run_at(encrypted % "console%40acme.example:p%40ss%3Aword%2F%25%3F%23")
    assert done.exit_code == 3, done.stderr
    assert letters.encrypted == [True, True]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_certificate_that_nobody_signed(run_at: Run, letters: Letters, acme: Any, encrypted: str) -> None:
    acme(5 * DAY)
    done = run_at(encrypted % "a:b")
    assert done.exit_code == 1
    assert "its certificate is not valid (self-signed certificate)" in done.stderr
    assert letters.to() == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_password_that_is_wrong(
    run_at: Run, letters: Letters, acme: Any, encrypted: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    acme(5 * DAY)
    done = run_at(encrypted % "console%40acme.example:worth-hiding")
    assert done.exit_code == 1
    assert "it does not accept the user and password of SMTP_URL" in done.stderr
    assert "worth-hiding" not in done.output
    assert letters.to() == []


def test_flask_check_tries_the_server(console: Console, letters: Letters, mail_server: int) -> None:
    def mail(smtp_url: str) -> str:
        with app_of(console, smtp_url=SecretStr(smtp_url), mail_from="console@acme.example") as app:
            done = app.test_cli_runner().invoke(args=["check"])
            app.extensions["history"].close()
        (line,) = [line for line in done.stdout.splitlines() if "Mail: " in line]
        return line

    there = f"127.0.0.1:{mail_server}"
    assert mail(f"smtp://{there}") == f"ok     Mail: {there} would take it, from console@acme.example"
    assert letters.to() == []
    refused = "No mail can be sent. 127.0.0.1:9: Connection refused. See to SMTP_URL."
    assert mail("smtp://127.0.0.1:9") == f"FAULT  Mail: {refused}"
