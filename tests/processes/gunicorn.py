"""The console as gunicorn serves it: a master and its worker, reached by a Unix socket or a port, as behind a proxy."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.processes.waiting import wait_for

ROOT = Path(__file__).parents[2]


class Gunicorn:
    """One console, with `gunicorn.conf.py` and the settings in `environment`; files go into `directory`.

    It listens at the Unix socket, or at the `port` if there is one. `app` may be another WSGI app to be served so.
    """

    def __init__(self, directory: Path, environment: dict[str, str], port: int = 0, app: str = "wsgi:app") -> None:
        self.socket = directory / "console.sock"
        self.port = port
        self.log = directory / "log"
        self._app = app
        self._directory = directory  # away from any .env
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
        self.start()

    def start(self) -> None:
        """Starts it, again if need be; the log goes on."""
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        command += ["--bind", f"127.0.0.1:{self.port}" if self.port else f"unix:{self.socket}", self._app]
        with self.log.open("ab") as log:
            self._master = subprocess.Popen(command, cwd=self._directory, env=self._environment, stderr=log)

    def wait_until_served(self) -> None:
        """Returns when requests are taken; the first one waits for the worker."""
        wait_for(lambda: self._listens() or not self.lives())
        assert self.lives(), self.log.read_text()

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._master.poll() is None

    def workers(self) -> list[int]:
        """The workers' process ids."""
        pid = self._master.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_worker(self) -> None:
        """Ends a worker as a power cut would; the master starts another."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def kill(self) -> None:
        """Ends master and workers as a power cut would."""
        for pid in (self._master.pid, *self.workers()):
            os.kill(pid, signal.SIGKILL)
        self._master.wait(timeout=15)

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

    def _listens(self) -> bool:
        if not self.port:
            return self.socket.exists()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
