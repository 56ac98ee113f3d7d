"""What `make run` starts: the sandbox and the console, in processes of their own, on free ports."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """A run that is up: what it greeted with, and where its two halves are."""

    process: subprocess.Popen[str]
    welcome: str
    console_url: str
    sandbox_url: str

    def press_ctrl_c(self) -> int:
        """Ends it as a person does; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@contextmanager
def run(log: Path) -> Iterator[Run]:
    """`python -m tools.run`, from the project's own folder; what it and its servers log goes into `log`."""
    port, sandbox_port = _free_ports()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}
    command = [sys.executable, "-m", "tools.run"]
    try:
        with (
            log.open("w") as stderr,
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
            ) as process,
        ):
            try:
                yield Run(
                    process, _welcome(process, log), f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
                )
            finally:
                process.terminate()
    finally:
        for file in (ROOT / "instance").glob(f"rehearsal-{port}.sqlite3*"):
            file.unlink()


def _welcome(process: subprocess.Popen[str], log: Path) -> str:
    """What it prints when both answer; it gives up by itself when they don't."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops both." in line:
            return "".join(lines)
    raise AssertionError(f"it ended before it was up:\n{log.read_text()}")


def _free_ports() -> list[int]:
    with ExitStack() as bound:
        return [bound.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(2)]
