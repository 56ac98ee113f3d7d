"""A real Redis for tests, where the machine has one."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis


class Server:
    """A server of its own, at a Unix socket; nothing is kept on disk."""

    def __init__(self, program: str, home: Path) -> None:
        self._program = program
        self._home = home
        self._socket = home / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For `REDIS_URL`."""
        return f"redis+unix://{self._socket}"

    def start(self) -> None:
        """Returns when it takes connections."""
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(self._home)]
        self._process = subprocess.Popen([self._program, *options], stdout=subprocess.DEVNULL)
        for _ in range(500):
            if self._socket.exists():
                return
            time.sleep(0.01)
        raise TimeoutError("redis-server does not start")

    def stop(self) -> None:
        """Ends it, with all that was counted."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None
            self._socket.unlink(missing_ok=True)

    def forget(self) -> None:
        """Forgets all that was counted."""
        with self._client() as client:
            client.flushall()

    def counts(self) -> bool:
        """Whether anything was counted in it."""
        with self._client() as client:
            return bool(client.dbsize())

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """It takes connections meanwhile, and answers nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self._socket))


@contextmanager
def serve() -> Iterator[Server | None]:
    """A server that is started; None where there is no `redis-server`."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    # The path is short: that of a Unix socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="redis") as home:
        server = Server(program, Path(home))
        server.start()
        try:
            yield server
        finally:
            server.stop()
