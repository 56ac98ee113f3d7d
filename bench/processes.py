"""What a process has used, as Linux counts it."""

import ctypes
import time
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process so far, to the nanosecond (`clock_getcpuclockid(3)`)."""
    clock = ctypes.c_int()
    if error := _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise OSError(error, f"no process {pid}")
    return time.clock_gettime(clock.value)


def memory_mib(pid: int) -> float:
    """What a process has in memory, what it shares with others in part: the proportional set size, MiB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    (line,) = [line for line in rollup.splitlines() if line.startswith("Pss:")]
    return int(line.split()[1]) / 1024
