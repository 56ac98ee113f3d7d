"""Waiting for other processes: for a condition, never for a time."""

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object]) -> None:
    """Returns as soon as the condition holds; fails when it does not within half a minute."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come to that within 30 seconds"
        time.sleep(0.01)
