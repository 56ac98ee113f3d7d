"""`make run`: one command, both halves, and Ctrl-C ends both."""

from pathlib import Path

import httpx
import pytest

from tests.processes.running import Run, run
from tests.processes.waiting import wait_for
from webapp.sandbox.identifiers import stable_id


def attempts(running: Run) -> list[dict[str, object]]:
    """How the newest webhook was delivered."""
    deliveries = httpx.get(f"{running.sandbox_url}/_sandbox/webhooks.json").json()
    found: list[dict[str, object]] = deliveries[0]["attempts"] if deliveries else []
    return found


def test_both_halves_answer_until_ctrl_c(tmp_path: Path) -> None:
    with run(tmp_path / "log") as running:
        assert running.console_url in running.welcome
        assert f"{running.sandbox_url}/_sandbox/" in running.welcome
        login = httpx.get(running.console_url, follow_redirects=True)
        assert login.status_code == 200
        assert login.url.path == "/login"
        assert "Sign in as vic@acme.example" in httpx.get(f"{running.sandbox_url}/_sandbox/").text
        connection_id = stable_id("scim-connection", "acme")
        httpx.post(f"{running.sandbox_url}/_sandbox/idp/{connection_id}/runs")
        # The console takes the sandbox's webhooks: both were given one secret.
        wait_for(lambda: [each["status"] for each in attempts(running)] == [204])
        assert running.press_ctrl_c() == 0
    for url in (running.console_url, running.sandbox_url):
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
    assert "Traceback" not in (tmp_path / "log").read_text()
