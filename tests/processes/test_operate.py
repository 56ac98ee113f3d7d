"""docs/operate.md, word by word: its commands are typed in their order, in a folder like a fresh checkout."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
import yaml

from tests import postgres
from tests.conftest import Sandbox
from tests.history.samples import record, sign_in
from tests.processes.waiting import wait_for
from tests.test_project import ROOT, tracked
from webapp.history import log
from webapp.history.database import Database
from webapp.history.events import Pruned
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET, PUBLIC_TOKEN

PAPER = (ROOT / "docs/operate.md").read_text()
COMMANDS = re.findall(r"(?m)^    \$ (.*)$", PAPER)
DOCKER = [command for command in COMMANDS if command.startswith("docker ")]
SHELL = [command for command in COMMANDS if not command.startswith(("docker ", "make setup"))]

YEARS_AGO = datetime.now(UTC) - timedelta(days=500)


@dataclass
class Terminal:
    """A shell in the folder, whose exports last; what serves goes on in the background."""

    folder: Path
    port: int
    environment: dict[str, str]
    exports: list[str] = field(default_factory=list)
    serving: subprocess.Popen[bytes] | None = None

    def type(self, command: str) -> str:
        """Runs a line, which must end as the paper says. What it printed."""
        command = command.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        script = "; ".join(["set -e", *self.exports, command])
        if command.startswith("export "):
            self.exports.append(command)
        elif command.startswith("gunicorn "):
            self._serve(script.replace("; gunicorn ", "; exec gunicorn "))
            return ""
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        status = 3 if "tokens expiring" in command else 0  # in the sandbox there are some that end
        assert done.returncode == status, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _serve(self, script: str) -> None:
        with (self.folder / "log").open("wb") as log_file:
            self.serving = subprocess.Popen(
                ["bash", "-c", script], cwd=self.folder, env=self.environment, stderr=log_file
            )
        wait_for(self._answers)

    def _answers(self) -> bool:
        assert self.serving is None or self.serving.poll() is None, (self.folder / "log").read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def workers(self) -> list[str]:
        """The ids of the processes that serve."""
        assert self.serving
        pid = self.serving.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def has_other_workers_than(self, earlier: list[str]) -> bool:
        """Whether a reload is over."""
        return set(self.workers()).isdisjoint(earlier)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the history is; empty for the default."""
    if request.param == "sqlite":
        yield ""
    else:
        with postgres.database(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """At a checkout in which `make setup` was run."""
    for name in {name.partition("/")[0] for name in tracked()}:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pg_ctl = postgres.find()
    tools = [str(pg_ctl.resolve().parent)] if pg_ctl else []
    environment = {"PATH": os.pathsep.join([*tools, os.environ["PATH"]]), "PORT": str(port)}
    terminal = Terminal(tmp_path, port, environment)
    yield terminal
    if terminal.serving:
        terminal.serving.terminate()
        assert terminal.serving.wait(timeout=30) == 0


def fill_in(terminal: Terminal, sandbox: Sandbox, database_url: str) -> None:
    """What the paper says to put into `.env`."""
    env = terminal.folder / ".env"
    given = {
        "STYTCH_PROJECT_ID": PROJECT_ID,
        "STYTCH_SECRET": PROJECT_SECRET,
        "STYTCH_PUBLIC_TOKEN": PUBLIC_TOKEN,
        "STYTCH_BASE_URL": sandbox.url,
        "SECRET_KEY": terminal.type('python3 -c "import secrets; print(secrets.token_hex(24))"').strip(),
        "PUBLIC_URL": f"http://127.0.0.1:{terminal.port}",
    }
    if database_url:
        given["DATABASE_URL"] = database_url
    for name, value in given.items():
        text, replaced = re.subn(rf"(?m)^#?{name}=.*$", f"{name}={value}", env.read_text())
        assert replaced == 1
        env.write_text(text)


def is_for(command: str, database_url: str) -> bool:
    """Whether the command is of use with that database: backups are made in different ways."""
    return not command.startswith("sqlite3 " if database_url else ("pg_", "export DATABASE_URL="))


def test_every_command(terminal: Terminal, sandbox: Sandbox, database_url: str) -> None:
    url = database_url or f"sqlite:///{terminal.folder}/instance/history.sqlite3"
    missing = []
    for command in SHELL:
        tool = command.split()[0]
        if not is_for(command, database_url):
            continue
        if tool in ("sqlite3", "curl", "pg_dump", "pg_restore") and not shutil.which(
            tool, path=terminal.environment["PATH"]
        ):
            missing.append(tool)
            continue
        before = terminal.workers() if "kill -HUP" in command else []
        terminal.type(command)
        if command.startswith("cp "):
            fill_in(terminal, sandbox, database_url)
        elif "kill -HUP" in command:
            wait_for(partial(terminal.has_other_workers_than, before))
        elif "history upgrade" in command and not terminal.serving:
            database = Database(url)
            record(database, sign_in(), at=YEARS_AGO)
            record(database, sign_in(), at=datetime.now(UTC))
            database.close()
    assert [mail.to for mail in sandbox.world.inbox] == ["you@example.com"]
    exported = json.loads((terminal.folder / "instance/history-before.json").read_text())
    assert [row["sequence"] for row in exported] == [1]
    database = Database(url)
    verified = log.verify(database)
    database.close()
    assert (verified.rows, verified.broken) == (2, ())
    assert [pruned.through for pruned in verified.pruned.values()] == [1]
    assert {type(pruned) for pruned in verified.pruned.values()} == {Pruned}
    if not database_url and not missing:
        backup = Database(f"sqlite:///{terminal.folder}/instance/history-backup.sqlite3")
        assert (log.verify(backup).rows, log.verify(backup).broken) == (2, ())
        backup.close()
    if missing:
        pytest.skip(f"NO {' AND NO '.join(missing).upper()} on this machine: all other commands were typed")


@pytest.mark.parametrize("command", DOCKER)
def test_docker_s_commands_name_what_there_is(command: str) -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    words = [word for word in shlex.split(command.partition(" < ")[0].partition(" > ")[0]) if not word.startswith("-")]
    assert words[:2] == ["docker", "compose"]
    assert words[2] in ("up", "exec", "build", "run")
    if words[2] in ("exec", "run"):
        assert words[3] in services
    if words[4:5] == ["flask"]:
        assert " ".join(words[4:]) in " ".join(SHELL).replace("--app ", ""), "it is tried without Docker too"
