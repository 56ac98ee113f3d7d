"""The sandbox's own time, which a test or a tester can move forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _system_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Time as the sandbox sees it: a source of real time, plus what was added by `advance`."""

    def __init__(self, source: Callable[[], datetime] = _system_time) -> None:
        self._source = source
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The sandbox's present, an aware UTC datetime."""
        return self._source() + self._ahead

    def real_now(self) -> datetime:
        """The source's present, which `advance` does not move; aware UTC."""
        return self._source()

    def advance(self, seconds: float) -> None:
        """Move the sandbox's present `seconds` (more than 0) forward; raise ValueError otherwise."""
        if seconds <= 0:
            raise ValueError("the clock only moves forward")
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Go back to the source's time."""
        self._ahead = timedelta()
