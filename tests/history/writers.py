"""Other processes that write to the history: `python -m tests.history.writers <task> <database URL>`.

Each says "ready", does its task at the first line it is sent, and says how that went.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from tests.history.samples import ACME, BOTH, NOON, OLD, intent, record, sign_in
from webapp.history import exports, query
from webapp.history.database import Database
from webapp.history.intents import AlreadyBegun, Busy, Intents


def process(task: str, url: str) -> "subprocess.Popen[str]":
    """The task in a process that is ready to begin it."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.history.writers", task, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout
    assert started.stdout.readline() == "ready\n"
    return started


def say(to: "subprocess.Popen[str]") -> None:
    """Lets it begin."""
    assert to.stdin
    to.stdin.write("go\n")
    to.stdin.flush()


def run_two(task: str, url: str) -> list[str]:
    """What two processes say that do the task at the same time, sorted."""
    with ExitStack() as stack:
        both = [stack.enter_context(process(task, url)) for _ in range(2)]
        for each in both:
            say(each)
        return sorted(each.communicate(timeout=60)[0].strip() for each in both)


def append(database: Database) -> str:
    for _ in range(20):
        record(database, sign_in())
    return "appended"


def begin(database: Database) -> str:
    """An intent with an id of its own."""
    return _begun(database, f"intent-{os.getpid()}")


def begin_same(database: Database) -> str:
    """An intent with one id, as a double click has."""
    return _begun(database, "intent-1")


def hold(database: Database) -> str:
    """Begins and sends an intent and goes no further."""
    Intents(database).begin(intent(action="complete"))
    Intents(database).sending("intent-1", BOTH, NOON)
    return "sent"


def migrate(database: Database) -> str:
    database.migrate()
    return "migrated"


def export_csv(database: Database) -> str:
    return _exported(exports.as_csv(query.every(database, query.Filters(ACME))))


def export_json(database: Database) -> str:
    return _exported(exports.as_json(query.every(database, query.Filters(ACME))))


def _exported(chunks: Iterator[bytes]) -> str:
    """How many lines there are, and by how many KiB the process grew after the first chunk."""
    lines = next(chunks).count(b"\n")
    at_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines += sum(chunk.count(b"\n") for chunk in chunks)
    return f"{lines} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - at_first}"


def _begun(database: Database, intent_id: str) -> str:
    try:
        Intents(database).begin(intent(intent_id))
    except Busy:
        return "busy"
    except AlreadyBegun:
        return "already begun"
    Intents(database).sending(intent_id, OLD, NOON)
    return "begun"


if __name__ == "__main__":
    task = {each.__name__: each for each in (append, begin, begin_same, hold, migrate, export_csv, export_json)}[
        sys.argv[1]
    ]
    database = Database(sys.argv[2])
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(task(database), flush=True)  # noqa: T201
    sys.stdin.readline()
    database.close()
