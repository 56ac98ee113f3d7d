"""`/metrics` of several workers: whichever answers tells of all, of those too that are no more."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.processes.gunicorn import Gunicorn
from tests.processes.waiting import wait_for
from tests.test_settings import GOOD
from webapp.history.database import Database

TOKEN = "a-bearer-token-of-prometheus-0123456789"


@pytest.fixture
def console(tmp_path: Path, history: Database) -> Iterator[Gunicorn]:
    """Two workers, whose files are in a folder of the test's."""
    environment = {**GOOD, "DATABASE_URL": str(history.engine.url), "METRICS_TOKEN": TOKEN, "WEB_CONCURRENCY": "2"}
    console = Gunicorn(tmp_path, {**environment, "TMPDIR": str(tmp_path)})
    try:
        console.wait_until_served()
        yield console
    finally:
        console.stop()


def get(console: Gunicorn, path: str) -> httpx.Response:
    """By a connection of its own, which either worker may take."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(console.socket)), timeout=30) as http:
        return http.get(f"http://127.0.0.1:8000{path}", headers={"Authorization": f"Bearer {TOKEN}"})


def counted(console: Gunicorn) -> float:
    """How often the sign-in page was answered."""
    families = text_string_to_metric_families(get(console, "/metrics").text)
    samples = [each for family in families for each in family.samples]
    of_door = {"endpoint": "signin.login", "status": "200"}
    name = "scim_console_request_duration_seconds_count"
    return sum(each.value for each in samples if (each.name, each.labels) == (name, of_door))


def test_all_workers_are_counted_together(console: Gunicorn, tmp_path: Path) -> None:
    wait_for(lambda: len(console.workers()) == 2)
    first = set(console.workers())
    seen: set[str] = set()
    visits = 0

    def visit() -> bool:
        nonlocal visits
        assert get(console, "/login").status_code == 200
        visits += 1
        seen.update(path.name for path in tmp_path.glob("scim-console-metrics-*/histogram_*.db"))
        return len(seen) == 2  # a file for each worker that has counted

    wait_for(visit)
    assert [counted(console) for _ in range(6)] == [visits] * 6

    console.kill_worker()
    wait_for(lambda: len(console.workers()) == 2 and set(console.workers()) != first)
    assert counted(console) == visits

    second = set(console.workers())
    console.reload()
    wait_for(lambda: len(console.workers()) == 2 and not second & set(console.workers()))
    get(console, "/login")
    assert counted(console) == visits + 1

    (directory,) = tmp_path.glob("scim-console-metrics-*")
    assert directory.stat().st_mode & 0o777 == 0o700
    console.stop()
    assert not directory.exists()
