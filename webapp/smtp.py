"""Mail through an SMTP server: encrypted, and its certificate checked, unless it is this very machine."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

SECONDS = 20
"""How long one step of the conversation may take."""
_HERE = ("localhost", "127.0.0.1", "::1")


class NotSent(Exception):
    """A mail that the server did not take. Its text says why, with nothing secret in it."""


class NoServer(NotSent):
    """No mail can be handed in at all."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `tls` is from the start, `starttls` before anything is said, or empty."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)

    def greeted(self) -> smtplib.SMTP:
        """A conversation in which mail can be handed in. Raises what smtplib does."""
        if self.tls == "from the start":
            trust = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=trust)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def server_of(url: str) -> Server:
    """The server of a URL: `smtps://user:password@host`, `smtp://user:password@host?starttls`, `smtp://localhost`.

    User and password are percent-encoded. Raises `ValueError` for anything else, and where others could listen.
    """
    wrong = "must be smtps://user:password@host:465 or smtp://user:password@host:587?starttls"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(wrong) from None
    if (
        parts.scheme not in ("smtp", "smtps")
        or not host
        or parts.path not in ("", "/")
        or parts.fragment
        or parts.query not in (("",) if parts.scheme == "smtps" else ("", "starttls"))
        or (parts.password is None) != (parts.username is None)
    ):
        raise ValueError(wrong)
    tls = "from the start" if parts.scheme == "smtps" else parts.query
    if not tls and host not in _HERE:
        raise ValueError(f"{wrong}: without encryption others could read the mail on its way")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise ValueError("may have a user and a password of ASCII characters alone")
    usual = {"from the start": 465, "starttls": 587, "": 25}[tls]
    return Server(host, port or usual, tls, user, password)


class Post:
    """Hands mails in, in one conversation for as long as it holds. To be closed at the end."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._conversation: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Raises `NoServer`, or `NotSent`; where the line broke it may have been taken all the same."""
        conversation = self.open()
        try:
            conversation.send_message(message)
        except (OSError, ValueError) as error:  # each of smtplib's is an OSError
            refused = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused | ValueError)
            if not refused or conversation.sock is None:  # after a 421 smtplib has hung up by itself
                self.close()
            raise NotSent(_why(error)) from None

    def open(self) -> smtplib.SMTP:
        """The conversation, begun unless it holds already. Raises `NoServer`."""
        if self._conversation is None:
            try:
                self._conversation = self._server.greeted()
            except OSError as error:
                raise NoServer(f"{self._server.host}:{self._server.port}: {_why(error)}") from None
        return self._conversation

    def close(self) -> None:
        """Says goodbye."""
        if self._conversation is not None:
            with suppress(OSError):
                self._conversation.quit()
            self._conversation.close()
            self._conversation = None


def _why(error: Exception) -> str:
    """The server's own words if it said any, on one line; never what it was told."""
    reply: bytes | str
    match error:
        case smtplib.SMTPAuthenticationError():
            return "it does not accept the user and password of SMTP_URL"
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()))
        case smtplib.SMTPResponseException():
            code, reply = error.smtp_code, error.smtp_error
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid ({error.verify_message})"
        case OSError() if not isinstance(error, smtplib.SMTPException):
            return error.strerror or type(error).__name__
        case _:
            return str(error) or type(error).__name__
    words = reply if isinstance(reply, str) else reply.decode(errors="replace")
    return f"it said {code} {''.join(each if each.isprintable() else ' ' for each in words)[:200]}"
