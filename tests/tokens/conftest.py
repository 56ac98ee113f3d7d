"""A mail server, and `flask tokens expiring --mail` that hands its mails to it."""

from asyncio import Server
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import Result
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.web.apps import app_of
from webapp.tokens import walk

DAY = timedelta(days=1)


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
    def run(smtp_url: str, *arguments: str, **more: Any) -> Result:
        changes: dict[str, Any] = {
            "smtp_url": SecretStr(smtp_url),
            "mail_from": "SCIM Console <console@acme.example>",
            **more,
        }
        with app_of(console, **changes) as app:
            done = app.test_cli_runner().invoke(args=["tokens", "expiring", "--mail", *arguments])
            app.extensions["history"].close()
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


@pytest.fixture
def run(run_at: Run, mail_server: int) -> Run:
    def run(*arguments: str, **more: Any) -> Result:
        return run_at(f"smtp://127.0.0.1:{mail_server}", *arguments, **more)

    return run


@pytest.fixture
def acme(sandbox: Sandbox) -> Callable[[timedelta], None]:
    """Has Acme's token end then, and no other one soon."""
    for slug in ("umbrella", "hooli"):
        sandbox.connection(slug).bearer_token_expires_at = datetime.now(UTC) + 900 * DAY

    def ends(left: timedelta) -> None:
        sandbox.connection().bearer_token_expires_at = datetime.now(UTC) + left

    return ends
