"""The console as gunicorn starts and serves it, in processes of their own."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.test_settings import GOOD
from tests.web.test_headers import EVERYWHERE
from webapp.history.database import Database

ROOT = Path(__file__).parents[1]
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]


def environment(**changes: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": "0", **GOOD, **changes}


@pytest.fixture(autouse=True)
def _without_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "command", [[sys.executable, "-c", "import wsgi"], [*GUNICORN, "wsgi:app"]], ids=["wsgi.py", "gunicorn"]
)
def test_a_bad_setting_ends_it_in_one_line(command: list[str]) -> None:
    env = environment(SECRET_KEY="too-short-0")
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0
    assert "SECRET_KEY: " in ended.stderr
    assert "too-short-0" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_history_that_is_not_ready_ends_it_in_one_line(tmp_path: Path) -> None:
    env = environment(DATABASE_URL=f"sqlite:///{tmp_path / 'history.sqlite3'}")
    ended = subprocess.run([*GUNICORN, "wsgi:app"], env=env, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0
    assert "Run: flask --app wsgi history upgrade" in ended.stderr
    assert "Traceback" not in ended.stderr


def expect_own_refusals(path: Path) -> None:
    """What gunicorn refuses before the console sees it is said in plain words, with the headers of all else."""
    for request, status, title in (
        (b"GET /login/callback?token=worth-a-session HTTP/9.9", 400, "That request could not be read"),
        (b"GET /login?next=/" + b"a" * 5000 + b" HTTP/1.1", 414, "That address is too long"),
        (b"GET /login HTTP/1.1\r\nCookie: " + b"a" * 9000, 431, "Your browser sent too much with the request"),
    ):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(path))
            raw.sendall(request + b"\r\n\r\n")
            answer = http.client.HTTPResponse(raw)
            answer.begin()
            page = answer.read().decode()
        assert answer.status == status
        assert f"<h1>{title}</h1><p>Nothing was changed." in page
        assert "worth-a-session" not in page
        assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_served_and_logs_no_link(tmp_path: Path, history: Database) -> None:
    path = tmp_path / "console.sock"
    env = environment(DATABASE_URL=str(history.engine.url))
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen([*GUNICORN, "--bind", f"unix:{path}", "wsgi:app"], env=env, stderr=log) as server,
    ):
        try:
            end = time.monotonic() + 30
            while not path.exists() and server.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://console") as browser:
                assert browser.get("/healthz").text == "ok\n"
                assert browser.get("/login").status_code == 200
            expect_own_refusals(path)
        finally:
            server.terminate()
    logged = (tmp_path / "log").read_text()
    assert server.returncode == 0
    assert '"path": "/login"' in logged
    assert "worth-a-session" not in logged
