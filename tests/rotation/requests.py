"""Requests that go on step by step, so that others come in between: one at a time runs, each in a thread of its own."""

import threading
from collections.abc import Callable
from typing import Any

from tests.rotation.vendor import Asking, Killed, Vendor


class Request:
    """Work that pauses wherever the vendor does. When it has ended it has a `result`, or an `error`."""

    def __init__(self, vendor: Vendor, asking: Asking, work: Callable[[], Any]) -> None:
        self.asking = asking
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended = False
        self._vendor = vendor
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._killed = False
        self._work = work
        threading.Thread(target=self._run, daemon=True).start()

    def go_on(self, pauses: int) -> None:
        """Lets it run up to that many pauses on, or to its end."""
        for _ in range(pauses):
            if self.ended:
                return
            before = self._vendor.asking, self._vendor.pause
            self._vendor.asking, self._vendor.pause = self.asking, self._pause
            self._go.release()
            self._stopped.acquire()
            self._vendor.asking, self._vendor.pause = before

    def kill(self) -> None:
        """Ends it where it is."""
        self._killed = True
        while not self.ended:
            self.go_on(1)

    def _run(self) -> None:
        self._go.acquire()
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 - whoever let it run looks at it
            self.error = error
        self.ended = True
        self._stopped.release()

    def _pause(self) -> None:
        self._stopped.release()
        self._go.acquire()
        if self._killed:
            raise Killed
