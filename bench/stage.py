"""What is measured, in processes of its own: the sandbox and, in gunicorn, the console or what it is compared with."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from flask.json.tag import TaggedJSONSerializer
from pydantic import SecretStr

from bench.processes import cpu_seconds
from tests.connections.conftest import htmx
from tests.processes.gunicorn import ROOT, Gunicorn
from tests.shared_origin.proxy import free_port
from tests.signin.steps import COOKIE, form
from webapp.history.database import Database
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET, PUBLIC_TOKEN
from webapp.web.cookies import Encryption


@dataclass(frozen=True)
class Admin:
    """A signed-in admin of an organization with one connection."""

    organization_id: str
    connection_id: str
    session_token: str
    cookie: str

    @property
    def path(self) -> str:
        """The connection's page."""
        return f"/connections/{self.connection_id}"


@dataclass(frozen=True)
class Served:
    """A WSGI app in gunicorn."""

    url: str
    gunicorn: Gunicorn

    def cpu_seconds(self) -> float:
        """What its workers have used so far."""
        return sum(cpu_seconds(pid) for pid in self.gunicorn.workers())

    def client(self, admin: Admin) -> httpx.Client:
        """The browser of an admin; the yardsticks take a session's token as it is."""
        client = httpx.Client(base_url=self.url, timeout=30)
        cookies = {COOKIE: admin.cookie, "session_token": admin.session_token, "organization": admin.organization_id}
        for name, value in cookies.items():
            client.cookies.set(name, value, domain="127.0.0.1", path="/")
        return client


class Stage:
    """The sandbox, with an organization for each number of groups."""

    def __init__(self, folder: Path, url: str, admins: list[Admin], secret_key: str) -> None:
        self.folder = folder
        self.url = url
        self.admins = admins
        self._secret_key = secret_key
        self._seen = 0

    def environment(self, port: int, database: Path) -> dict[str, str]:
        """The console's settings."""
        return {
            "STYTCH_PROJECT_ID": PROJECT_ID,
            "STYTCH_SECRET": PROJECT_SECRET,
            "STYTCH_PUBLIC_TOKEN": PUBLIC_TOKEN,
            "STYTCH_BASE_URL": self.url,
            "SECRET_KEY": self._secret_key,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": f"sqlite:///{database}",
        }

    @contextmanager
    def serve(self, app: str = "wsgi:app", *, database: Path | None = None, workers: int = 1) -> Iterator[Served]:
        """The app, with an empty history if not with that of `database`, once it answers."""
        with TemporaryDirectory(dir=self.folder) as folder:
            database = database or empty_history(Path(folder))
            port = free_port()
            environment = self.environment(port, database) | {"WEB_CONCURRENCY": str(workers)}
            gunicorn = Gunicorn(Path(folder), environment, port, app)
            try:
                gunicorn.wait_until_served()
                served = Served(f"http://127.0.0.1:{port}", gunicorn)
                try:
                    httpx.get(served.url + "/healthz", timeout=30).raise_for_status()
                except httpx.HTTPError:
                    sys.exit(f"{app} did not start:\n{gunicorn.log.read_text()}")
                yield served
            finally:
                gunicorn.stop()

    def calls(self) -> list[str]:
        """What was asked of Stytch since the last look, oldest first, such as `GET connection`."""
        entries = httpx.get(f"{self.url}/_sandbox/requests.json").raise_for_status().json()
        new = entries[: len(entries) - self._seen]
        self._seen = len(entries)
        return [f"{each['method']} {each['path'].rpartition('/')[2]}" for each in reversed(new)]

    def start_rotation(self, admin: Admin) -> None:
        """Somebody starts one in Stytch's own dashboard."""
        httpx.post(f"{self.url}/_sandbox/connections/{admin.connection_id}/start").raise_for_status()

    def delay(self, seconds: float) -> None:
        """Every call to Stytch takes so much longer from now on."""
        httpx.delete(f"{self.url}/_sandbox/faults").raise_for_status()
        for method in ("GET", "POST") if seconds else ():
            fault: dict[str, Any] = {"method": method, "path": "^/v1/", "fault": "latency", "times": 10**9}
            httpx.post(f"{self.url}/_sandbox/faults", json=fault | {"seconds": seconds}).raise_for_status()


@contextmanager
def stage(*groups: int) -> Iterator[Stage]:
    """The sandbox in a process of its own, until the end."""
    secret_key = secrets.token_urlsafe(32)
    encryption = Encryption([SecretStr(secret_key)])
    command = [sys.executable, "-m", "bench.sandbox", *map(str, groups)]
    with (
        TemporaryDirectory(prefix="scim-console-bench-") as folder,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
    ):
        try:
            assert process.stdout
            said = TaggedJSONSerializer().loads(process.stdout.readline())
            admins = [
                Admin(
                    each["member"]["organization_id"],
                    each["connection_id"],
                    each["member"]["session_token"],
                    encryption.dumps({"member": each["member"]}),
                )
                for each in said["admins"]
            ]
            yield Stage(Path(folder), said["url"], admins, secret_key)
        finally:
            process.terminate()


def empty_history(folder: Path) -> Path:
    """A history without events."""
    path = folder / "history.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


def complete(http: httpx.Client, page: httpx.Response) -> httpx.Response:
    """Presses the button of the page's review as htmx does."""
    pressed = form(page, "Complete")
    return http.post(page.url.join(pressed.action), data={**pressed.fields, "confirmed": "yes"}, headers=htmx(page))
