"""Handing mails in: what is refused, breaks or is not encrypted is told, and tried in the next run."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from tests.conftest import Console
from tests.tokens.conftest import DAY, Letters, Run, serve
from tests.web.apps import app_of

USER, PASSWORD = "console@acme.example", "p@ss:word/%?#"  # each character of it needs encoding in a URL


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
