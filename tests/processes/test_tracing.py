"""Traces of a console that gunicorn serves."""

from pathlib import Path

import httpx
import pytest

from tests.collector import collecting
from tests.processes.gunicorn import Gunicorn
from tests.test_settings import GOOD
from webapp.history.database import Database


@pytest.mark.parametrize(
    ("variable", "path"), [("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces")]
)
def test_spans_are_sent_at_the_latest_when_it_ends(tmp_path: Path, history: Database, variable: str, path: str) -> None:
    with collecting() as collector:
        environment = {**GOOD, "DATABASE_URL": str(history.engine.url), variable: collector.url + path}
        console = Gunicorn(
            tmp_path, {**environment, "OTEL_BSP_SCHEDULE_DELAY": "600000", "OTEL_SERVICE_NAME": "rotator"}
        )
        try:
            console.wait_until_served()
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(console.socket)), timeout=30) as http:
                assert http.get("http://127.0.0.1:8000/login").status_code == 200
        finally:
            console.stop()
        assert collector.named("GET /login")
        assert collector.services() == {"rotator"}
