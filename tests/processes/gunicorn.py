"""The console as gunicorn serves it: a master and its worker, reached by a Unix socket as behind a proxy."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.processes.waiting import wait_for

ROOT = Path(__file__).parents[2]


class Gunicorn:
    """One console, with `gunicorn.conf.py` and the settings in `environment`; files go into `directory`."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.socket = directory / "console.sock"
        self.log = directory / "log"
        self._directory = directory  # away from any .env
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        command += ["--bind", f"unix:{self.socket}", "wsgi:app"]
        with self.log.open("wb") as log:
            self._master = subprocess.Popen(command, cwd=directory, env=self._environment, stderr=log)

    def wait_until_served(self) -> None:
        """Returns when requests are taken; the first one waits for the worker."""
        wait_for(lambda: self.socket.exists() or self._master.poll() is not None)
        assert self._master.poll() is None, self.log.read_text()

    def workers(self) -> list[int]:
        """The workers' process ids."""
        pid = self._master.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_worker(self) -> None:
        """Ends a worker as a power cut would; the master starts another."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def reload(self) -> None:
        """Has the master read its configuration again, and replace every worker."""
        self._master.send_signal(signal.SIGHUP)

    def flask(self, *arguments: str) -> str:
        """What the console's own command prints; it must succeed."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        ended = subprocess.run(
            command, cwd=self._directory, env=self._environment, capture_output=True, text=True, timeout=30, check=True
        )
        return ended.stdout

    def stop(self) -> None:
        """Ends master and worker."""
        self._master.terminate()
        try:
            self._master.wait(timeout=15)
        finally:
            self._master.kill()
