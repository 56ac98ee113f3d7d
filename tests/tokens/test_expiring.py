"""`flask tokens expiring`, as a terminal sees it: every organization is looked at, whatever comes between."""

import gc
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.web.apps import app_of
from webapp.sandbox.connections import Connection
from webapp.sandbox.directory import Directory
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET, PUBLIC_TOKEN
from webapp.sandbox.organizations import Organization
from webapp.sandbox.world import World
from webapp.stytch import Stytch
from webapp.stytch.models import OrganizationsAnswer
from webapp.stytch.organizations import Organizations
from webapp.tokens import walk
from webapp.tokens.place import Place

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how many seconds the command waited, each time. It does not take them."""
    waited: list[float] = []
    monkeypatch.setattr(walk, "sleep", waited.append)
    return waited


@pytest.fixture
def app(console: Console) -> Iterator[Flask]:
    with app_of(console) as app:
        yield app
        app.extensions["history"].close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two organizations a part, so that there are three."""
    monkeypatch.setattr(Organizations.search_organizations, "__kwdefaults__", {"cursor": "", "limit": 2})


Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        done = app.test_cli_runner().invoke(args=["tokens", "expiring", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def found(done: Result) -> dict[str, dict[str, Any]]:
    """What was found, by organization, in its order."""
    return {row["organization_slug"]: row for row in json.loads(done.stdout)}


def add(world: World, count: int, ends: Callable[[int], datetime | None]) -> None:
    """So many more organizations, each with a connection; their tokens end as `ends` says."""
    created_at = world.clock.now()
    for number in range(count):
        name = f"o{number:05}"
        world.organizations[name] = Organization(name, f"Organization {number}", name, created_at)
        world.connections[f"c{name}"] = Connection(
            f"c{name}", name, "Okta", "okta", f"{number:048}", ends(number), Directory(world.clock.now)
        )


def test_a_table_of_what_ends_the_nearest_first(run: Run, sandbox: Sandbox) -> None:
    hooli, umbrella = sandbox.connection("hooli"), sandbox.connection("umbrella")
    done = run()
    assert done.exit_code == 3
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["ENDS", "(UTC)", "TOKEN", "CONNECTION", "ORGANIZATION", "DOOR"]
    assert hooli.bearer_token_expires_at
    assert lines[0].startswith(
        f"{hooli.bearer_token_expires_at:%Y-%m-%d %H:%M}  2 days ago  ····{hooli.bearer_token[-4:]}  Hooli Rippling"
    )
    assert lines[1].split()[2:5] == ["in", "4", "days"]
    assert lines[1].endswith(f"····{umbrella.bearer_token[-4:]}  Umbrella JumpCloud  Umbrella      umbrella")
    assert len(lines) == 2
    assert done.stderr == "6 organizations looked at: 2 tokens end within 30 days or ended before.\n"


def test_json_for_programs(run: Run, sandbox: Sandbox) -> None:
    done = run("--format", "json", "--within", "300d")
    rows = found(done)
    assert list(rows) == ["hooli", "umbrella", "initech"]
    connection = sandbox.connection("umbrella")
    assert connection.bearer_token_expires_at
    assert rows["umbrella"] == {
        "organization_id": connection.organization_id,
        "organization_slug": "umbrella",
        "organization_name": "Umbrella",
        "connection_id": connection.connection_id,
        "display_name": "Umbrella JumpCloud",
        "bearer_token_last_four": connection.bearer_token[-4:],
        "bearer_token_expires_at": f"{connection.bearer_token_expires_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def test_nothing_ends(run: Run, sandbox: Sandbox) -> None:
    for slug in ("umbrella", "hooli"):
        sandbox.connection(slug).bearer_token_expires_at = datetime.now(UTC) + 40 * DAY
    done = run()
    assert (done.exit_code, done.stdout) == (0, "")
    assert run("--format", "json").stdout == "[]\n"


@pytest.mark.parametrize("within", ["30", "0d", "d", "-1d", "3651d", "1e2d"])
def test_within_takes_days_alone(run: Run, within: str) -> None:
    assert run("--within", within).exit_code == 2


def test_names_do_nothing_to_a_terminal(run: Run, sandbox: Sandbox) -> None:
    sandbox.connection("hooli").display_name = "\x1b[2J\r\n" + "x" * 60
    done = run()
    assert "\x1b" not in done.stdout
    assert f"?[2J??{'x' * 33}…" in done.stdout


def test_an_end_that_the_search_does_not_tell_is_read(run: Run, sandbox: Sandbox, monkeypatch: Any) -> None:
    told = Connection.to_active_json

    def without_end(self: Connection) -> dict[str, object]:
        return {name: value for name, value in told(self).items() if name != "bearer_token_expires_at"}

    monkeypatch.setattr(Connection, "to_active_json", without_end)
    sandbox.connection("wayne").bearer_token_expires_at = None
    done = run("--format", "json")
    assert list(found(done)) == ["hooli", "umbrella"]
    assert done.stderr.endswith("or ended before. 1 without an end.\n")
    assert sandbox.calls() == ["POST search"] + ["GET connection"] * 5


def test_an_organization_that_stytch_refuses_does_not_hide_the_others(run: Run, sandbox: Sandbox) -> None:
    sandbox.connection("wayne").bearer_token_expires_at = None  # has to be read
    sandbox.fail("status", "/connection$", "GET", status=403, error_type="organization_suspended")
    done = run("--format", "json")
    assert list(found(done)) == ["hooli", "umbrella"]
    assert done.exit_code == 1, "not every organization could be looked at"
    refused, summary = done.stderr.splitlines()
    wayne = sandbox.connection("wayne").organization_id
    assert f" look at {wayne}: Forbidden 403 organization_suspended, request id request-id-test-" in refused
    assert summary.startswith("5 organizations looked at: 2 tokens end")


def test_ten_thousand_organizations(run: Run, sandbox: Sandbox, waits: list[float]) -> None:
    """Ten searches, a pace apart."""
    now = datetime.now(UTC)
    add(sandbox.world, 9994, lambda number: now + timedelta(days=number))
    began = time.process_time()  # of the command and the sandbox; what else the machine does is not in it
    done = run("--format", "json", "--within", "30d")
    assert time.process_time() - began < 10
    rows = list(found(done))
    assert (len(rows), rows[0], rows[1]) == (2 + 31, "hooli", "o00000")
    assert "10,000 organizations looked at: 33 tokens" in done.stderr
    assert sandbox.calls() == ["POST search"] * 10
    assert 0 < max(waits) <= walk.SEARCH_PACE


def test_what_was_looked_at_is_let_go(run: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    add(sandbox.world, 5994, lambda _: datetime.now(UTC) + 900 * DAY)
    one, sizes = Organizations.search_organizations, []

    def watched(self: Stytch, **asked: Any) -> Any:
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
        return one(self, **asked)

    monkeypatch.setattr(Organizations, "search_organizations", watched)
    tracemalloc.start()
    run("--format", "json")
    tracemalloc.stop()
    assert len(sizes) == 6
    assert sizes[5] - sizes[1] < (sizes[1] - sizes[0]) / 4, "the parts are not kept"


def test_a_rate_limit_is_waited_for(run: Run, sandbox: Sandbox, waits: list[float]) -> None:
    sandbox.fail("status", "/search$", status=429, error_type="too_many_requests", retry_after=17)
    done = run()
    assert done.exit_code == 3
    assert "Stytch takes no more requests just now: waiting 17 seconds.\n" in done.stderr
    assert 17 in waits


def test_a_rate_limit_that_does_not_say_for_how_long(run: Run, sandbox: Sandbox, waits: list[float]) -> None:
    sandbox.fail("status", "/search$", status=429, error_type="too_many_requests", times=4)  # two calls, tried twice
    assert run().exit_code == 3
    assert [wait for wait in waits if wait > 1] == [2, 4]


def test_a_rate_limit_for_hours_is_told(run: Run, sandbox: Sandbox, waits: list[float]) -> None:
    sandbox.fail("status", "/search$", status=429, error_type="too_many_requests", retry_after=7200)
    done = run()
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Stopped after 0 organizations. It takes no more requests just now.")
    assert waits == []


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "malformed_json", "truncated_body"])
@pytest.mark.usefixtures("small_parts")
def test_a_part_that_is_lost_is_asked_for_again(run: Run, sandbox: Sandbox, fault: Any) -> None:
    sandbox.fail(fault, "/search$", times=5)
    done = run("--format", "json")
    assert list(found(done)) == ["hooli", "umbrella"]
    assert "Stytch gave no usable answer: asking again in 1 second.\n" in done.stderr
    assert "6 organizations looked at" in done.stderr


def test_stytch_that_stays_away(run: Run, sandbox: Sandbox, waits: list[float]) -> None:
    sandbox.fail("status", "/search$", times=99)
    done = run()
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Stopped after 0 organizations. It answered 500 internal_server_error (request id" in done.stderr
    assert [wait for wait in waits if wait >= 1] == [1, 2, 4, 8]


@pytest.mark.usefixtures("small_parts")
def test_cut_off_and_gone_on(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "walk.json"
    one, asked = Organizations.search_organizations, []

    def interrupted(self: Stytch, *, cursor: str = "") -> Any:
        asked.append(cursor)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return one(self, cursor=cursor)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Organizations, "search_organizations", interrupted)
        done = run("--resume", str(file))
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == f"Stopped after 4 organizations. Go on from there with the same --resume {file}.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    for connection in sandbox.world.connections.values():
        assert connection.bearer_token not in file.read_text()
    sandbox.world.requests.clear()
    done = run("--resume", str(file), "--format", "json")
    assert list(found(done)) == ["hooli", "umbrella"], "umbrella was found before, hooli after"
    assert done.stderr.splitlines()[0] == "Going on after 4 organizations."
    assert sandbox.calls() == ["POST search"]
    assert not file.exists()


@pytest.mark.usefixtures("small_parts")
def test_a_walk_that_had_come_to_its_end_is_told_without_asking(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "walk.json"
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
        first = run("--resume", str(file))
    sandbox.world.requests.clear()
    assert run("--resume", str(file)).stdout == first.stdout
    assert sandbox.calls() == []


@pytest.mark.usefixtures("small_parts")
def test_a_cursor_that_stytch_takes_no_more(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "walk.json"
    file.write_text(place_of(cursor="nowhere", looked_at=2))
    done = run("--resume", str(file))
    assert done.exit_code == 1
    assert done.stderr.endswith(f"If it refuses this again, remove {file} and begin anew.\n")


@pytest.mark.usefixtures("small_parts")
def test_a_cursor_that_leads_in_a_circle(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    one, following = Organizations.search_organizations, []

    def circling(self: Stytch, *, cursor: str = "") -> OrganizationsAnswer:
        part = one(self, cursor=cursor)
        following.append(part.results_metadata.next_cursor)
        results = part.results_metadata.model_copy(update={"next_cursor": following[0]})
        return part.model_copy(update={"results_metadata": results})

    monkeypatch.setattr(Organizations, "search_organizations", circling)
    done = run()
    assert done.exit_code == 1
    assert done.stderr == "Stopped after 2 organizations. Stytch led in a circle: ask its support.\n"
    assert len(following) == 2


def place_of(**changes: Any) -> str:
    """A file's content as the command writes it, some of it changed."""
    place = Place(project_id=PROJECT_ID, within_days=30, began_at=datetime.now(UTC))
    return place.model_copy(update=changes).model_dump_json()


def test_a_file_of_another_project(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "walk.json"
    for content, said in (
        (place_of(project_id="project-live-2"), "is of the project project-live-2, not of"),
        (place_of(within_days=7), "is of --within 7d"),
        ("{}", "is not what this command has written"),
        (place_of(began_at=datetime(2026, 1, 1)), "is not what this command has written"),  # noqa: DTZ001
        ("\x00", "is not what this command has written"),
    ):
        file.write_text(content)
        done = run("--resume", str(file))
        assert done.exit_code == 2
        assert said in done.stderr
        assert file.read_text() == content
    assert sandbox.calls() == []


def test_a_file_of_long_ago_begins_anew(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "walk.json"
    file.write_text(place_of(began_at=datetime.now(UTC) - 2 * DAY, looked_at=4000, cursor="nowhere"))
    done = run("--resume", str(file))
    assert done.exit_code == 3
    assert done.stderr.startswith("6 organizations looked at")


def test_a_file_that_cannot_be_written(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    done = run("--resume", str(tmp_path / "nowhere" / "walk.json"))
    assert done.exit_code == 2
    assert "can't be written: No such file or directory." in done.stderr
    assert sandbox.calls() == []


def test_a_workspace_that_does_not_count(run: Run, sandbox: Sandbox) -> None:
    sandbox.world.variants["search_totals"] = "off"
    assert "6 organizations looked at" in run().stderr


def test_credentials_that_stytch_does_not_take(console: Console) -> None:
    with app_of(console, stytch_secret=SecretStr("secret-test-another")) as app:
        done = app.test_cli_runner().invoke(args=["tokens", "expiring"])
        app.extensions["history"].close()
    assert done.exit_code == 1
    assert "It does not accept STYTCH_PROJECT_ID and STYTCH_SECRET." in done.stderr
    assert "secret-test-another" not in done.output


@pytest.fixture
def environment(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """What a process of its own needs."""
    return os.environ | {
        "STYTCH_PROJECT_ID": PROJECT_ID,
        "STYTCH_SECRET": PROJECT_SECRET,
        "STYTCH_PUBLIC_TOKEN": PUBLIC_TOKEN,
        "STYTCH_BASE_URL": sandbox.url,
        "SECRET_KEY": "s" * 32,
        "DATABASE_URL": f"sqlite:///{tmp_path}/history.sqlite3",
    }


COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "tokens", "expiring"]


def test_a_terminal_shows_how_far_it_has_come(environment: dict[str, str]) -> None:
    shown, terminal = pty.openpty()
    done = subprocess.run(COMMAND, env=environment, stdout=subprocess.PIPE, stderr=terminal, timeout=60, check=False)
    os.close(terminal)
    said = os.read(shown, 100_000).decode()
    os.close(shown)
    assert done.returncode == 3
    assert re.search(r"Organizations  \[#+\]  6/6", said), said
    assert done.stdout.startswith(b"ENDS (UTC)")


def test_ctrl_c_in_a_process_of_its_own(environment: dict[str, str], sandbox: Sandbox, tmp_path: Path) -> None:
    add(sandbox.world, 1500, lambda _: datetime.now(UTC) + DAY)
    file = tmp_path / "walk.json"
    command = [*COMMAND, "--format", "json", "--resume", str(file)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while not (file.exists() and '"looked_at":1000' in file.read_text()):
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)  # while it waits for the next search's turn
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert err == f"Stopped after 1,000 organizations. Go on from there with the same --resume {file}.\n".encode()
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 3
    assert len(json.loads(done.stdout)) == 1500 + 2
    assert sandbox.calls() == ["POST search"] * 2
