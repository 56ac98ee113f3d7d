"""Starts the sandbox and the console together; `python -m tools.run sandbox` or `… console` one alone.

Addresses come from HOST, PORT and SANDBOX_PORT. Exits with 0 after Ctrl-C, with one line when something is amiss.
"""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from webapp.history.database import Database
from webapp.settings import load


def _port(variable: str, default: str) -> int:
    value = os.environ.get(variable, default)
    return int(value) if value.isdecimal() and int(value) < 65536 else sys.exit(f"{variable} is no port: {value}")


HOST = os.environ.get("HOST", "127.0.0.1")
PORT = _port("PORT", "8000")
SANDBOX_PORT = _port("SANDBOX_PORT", "8001")
CONSOLE_URL = f"http://127.0.0.1:{PORT}"
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"

CONSOLE = [sys.executable, "-m", "gunicorn", "wsgi:app"]  # with gunicorn.conf.py
SANDBOX = [sys.executable, "-m", "webapp.sandbox", "--host", HOST, "--port", str(SANDBOX_PORT)]
SANDBOX += ["--public-url", SANDBOX_URL, "--console-url", CONSOLE_URL]
SANDBOX += ["--webhook-url", f"{CONSOLE_URL}/webhooks/stytch"]

REHEARSAL_HISTORY = f"instance/rehearsal-{PORT}.sqlite3"

# The same console once more, below a path of the pretend portal; the portal's proxy reaches it by this socket.
BELOW_PATH = f"instance/below-path-{PORT}.sock"
CONSOLE_BELOW_PATH = [*CONSOLE, "--bind", f"unix:{BELOW_PATH}"]
SANDBOX_AND_PROXY = [*SANDBOX, "--console-below-path", BELOW_PATH]
PATH_OF_PORTAL = "/_sandbox/scim"

# The sandbox's one project; the environment goes before a developer's .env.
SANDBOX_PROJECT = {
    "STYTCH_PROJECT_ID": "project-test-00000000-0000-4000-8000-000000000000",
    "STYTCH_SECRET": "secret-test-sandbox",
    "STYTCH_PUBLIC_TOKEN": "public-token-test-00000000-0000-4000-8000-000000000000",
    "STYTCH_BASE_URL": SANDBOX_URL,
    "PUBLIC_URL": CONSOLE_URL,
    "EMBED_ORIGINS": f"{SANDBOX_URL},http://localhost:{SANDBOX_PORT}",
    "LOGIN_METHODS": "magic_link,email_otp,password,sso,"
    "google_oauth,microsoft_oauth,github_oauth,slack_oauth,hubspot_oauth",
    "OIDC_ISSUER": SANDBOX_URL,
    "OIDC_CLIENT_ID": "connected-app-test-00000000-0000-4000-8000-000000000000",
    "OIDC_CLIENT_SECRET": "connected-app-secret-sandbox",
    "PORTAL_NAME": "the pretend portal",
    "PORTAL_SESSION_COOKIE": "stytch_session",
    "STYTCH_WEBHOOK_SECRET": "whsec_c2FuZGJveCBzYW5kYm94IHNhbmRib3g=",
    "DATABASE_URL": f"sqlite:///{REHEARSAL_HISTORY}",
}

WELCOME = f"""
  SCIM Console   {CONSOLE_URL}
  Sandbox        {SANDBOX_URL}/_sandbox/   plays Stytch and an IdP: inbox, faults, clock

  Sign in as, and find the mail in the sandbox's inbox:
    ada@acme.example      Acme: Okta, all well. May do everything; also in Globex and Initech
    olga@acme.example     Acme: may rotate
    vic@acme.example      Acme: may look
    noel@acme.example     Acme: may not even look
    ian@initech.example   Initech: Microsoft Entra, a rotation started, its new token lost
    gil@globex.example    Globex: no connection yet
    wes@wayne.example     Wayne: 2,500 groups; has a password
    uma@, una@, ugo@umbrella.example   Umbrella: a second factor by app, by phone, none yet
    hal@hooli.example     Hooli: SSO alone; the token ended
    ivy@globex.example    invited to Acme, may join Globex

  Ctrl-C stops both.
"""

START_SECONDS = 30
STOP_SECONDS = 5


def run_both() -> None:
    """Serves until Ctrl-C or SIGTERM; when one of the servers ends by itself the others are stopped too."""
    for stop in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job would ignore it
        signal.signal(stop, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # the terminal is closed, and there is no nohup
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    environment = {**os.environ, **SANDBOX_PROJECT, "SECRET_KEY": secrets.token_urlsafe(32)}
    try:
        with _running(SANDBOX_AND_PROXY, os.environ) as sandbox:
            _begin_history()
            # By HTTP on one host it is sent the other console's cookie, too: a key of its own tells them apart.
            own = {"PUBLIC_URL": SANDBOX_URL + PATH_OF_PORTAL, "SECRET_KEY": secrets.token_urlsafe(32)}
            below_path = environment | own
            with _running(CONSOLE, environment) as console:
                _wait_until_healthy("sandbox", sandbox, SANDBOX_PORT, "/_sandbox/healthz")
                _wait_until_healthy("console", console, PORT, "/healthz")
                print(WELCOME, flush=True)
                # Last: nobody waits for the portal's copy.
                with _running(CONSOLE_BELOW_PATH, below_path) as copy:
                    processes = {"sandbox": sandbox, "console": console, "console in the portal": copy}
                    while not (ended := [name for name, each in processes.items() if each.poll() is not None]):
                        time.sleep(0.2)
                sys.exit(f"The {ended[0]} ended by itself, so all were stopped.")
    except KeyboardInterrupt:
        print()


def _begin_history() -> None:
    # The sandbox begins anew each time, so what was done in an earlier one is over.
    for file in Path().glob(f"{REHEARSAL_HISTORY}*"):
        file.unlink()
    _migrate(SANDBOX_PROJECT["DATABASE_URL"])


def _migrate(database_url: str) -> None:
    try:
        database = Database(database_url)
        database.migrate()
        database.close()
    except SQLAlchemyError as error:
        sys.exit(f"The history's database can't be prepared ({type(error).__name__}): look at DATABASE_URL.")


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    # A session of its own: Ctrl-C then reaches this program alone, which stops the servers in order.
    # What they log goes to stderr.
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_healthy(name: str, process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        if _answers(port, path):
            return
        if time.monotonic() > deadline:
            sys.exit(f"The {name} did not answer {path} within {START_SECONDS} seconds.")
        time.sleep(0.1)
    sys.exit(f"The {name} could not start.")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _require_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            sys.exit(f"Port {port} can't be used ({error.strerror}). Choose another one with {variable}=….")


def main() -> None:
    """Starts what the first argument names, both without one."""
    which = sys.argv[1] if len(sys.argv) > 1 else "both"
    if which != "sandbox":
        _require_free(PORT, "PORT")
    if which != "console":
        _require_free(SANDBOX_PORT, "SANDBOX_PORT")
    match which:
        case "console":
            _migrate(load().database_url)
            os.execv(CONSOLE[0], CONSOLE)
        case "sandbox":
            os.execv(SANDBOX[0], SANDBOX)
        case _:
            run_both()


if __name__ == "__main__":
    main()
