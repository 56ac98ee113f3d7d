"""(f): from the command to the first answer."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from bench.measure import Measured, at_most, in_turns
from bench.stage import Stage, empty_history, stage
from tests.processes.gunicorn import Gunicorn
from tests.shared_origin.proxy import free_port

TURNS = 5


def measure() -> list[Measured]:
    """Seconds; the history's tables are there, as they are at every start but the first."""
    with stage(6) as sandbox:
        times = in_turns(
            TURNS,
            {"console": lambda: _seconds(sandbox, "wsgi:app"), "bare": lambda: _seconds(sandbox, "bench.bare:app")},
        )
    number, bare = median(times["console"]), median(times["bare"])
    baseline = f"{bare:.2f} s: a bare Flask view in the same gunicorn"
    return [at_most("Start of the server", number, 1.5, unit="s", baseline=baseline, ratio=f"{number / bare:.2f}")]


def _seconds(sandbox: Stage, app: str) -> float:
    with TemporaryDirectory(dir=sandbox.folder) as folder:
        port = free_port()
        environment = sandbox.environment(port, empty_history(Path(folder)))
        began = time.perf_counter()
        gunicorn = Gunicorn(Path(folder), environment, port, app)
        try:
            gunicorn.wait_until_served()
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).raise_for_status()
            return time.perf_counter() - began
        finally:
            gunicorn.stop()
