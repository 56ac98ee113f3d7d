"""`make run`: one command, both halves, and Ctrl-C ends both."""

from pathlib import Path

import httpx
import pytest

from tests.processes.running import run


def test_both_halves_answer_until_ctrl_c(tmp_path: Path) -> None:
    with run(tmp_path / "log") as running:
        assert running.console_url in running.welcome
        assert f"{running.sandbox_url}/_sandbox/" in running.welcome
        login = httpx.get(running.console_url, follow_redirects=True)
        assert login.status_code == 200
        assert login.url.path == "/login"
        assert "Sign in as vic@acme.example" in httpx.get(f"{running.sandbox_url}/_sandbox/").text
        assert running.press_ctrl_c() == 0
    for url in (running.console_url, running.sandbox_url):
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
    assert "Traceback" not in (tmp_path / "log").read_text()
