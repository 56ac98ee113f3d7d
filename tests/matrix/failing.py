"""How a fault meets a call: played by the sandbox, or by a Stytch that no request reaches."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.matrix.stage import READ_SECONDS, Stage
from tests.matrix.table import REHEARSED, UNREACHABLE
from webapp.stytch import Stytch, calls

METHODS = {
    "get connection": "get_scim_connections",
    "start": "start_rotation",
    "complete": "complete_rotation",
    "cancel": "cancel_rotation",
    "create": "create_scim_connection",
    "delete": "delete_scim_connection",
    "authenticate": "authenticate_session",
}


@contextmanager
def failing(stage: Stage, unreachable: dict[str, Stytch], fault: str, call: str, times: int = 2) -> Iterator[None]:
    """The fault meets the call; reads are tried twice, and it meets both."""
    world = stage.sandbox.world
    if fault in UNREACHABLE:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stage.app.extensions["stytch"], METHODS[call], getattr(unreachable[fault], METHODS[call]))
            yield
        return
    queued = REHEARSED[fault].on(call, times)
    queued.seconds = min(queued.seconds, 0.05) if queued.fault == "latency" else queued.seconds
    world.faults.append(queued)
    with pytest.MonkeyPatch.context() as patch:
        if queued.fault == "slow_drip":
            patch.setattr(calls, "TOTAL_SECONDS", READ_SECONDS + 0.1)
        yield
    world.faults.clear()
