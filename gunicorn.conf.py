"""How gunicorn serves the console, in `make run` and in production alike; HOST, PORT and WEB_CONCURRENCY change it."""

import logging
import os
import re
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

from gunicorn import util
from sqlalchemy.exc import SQLAlchemyError

# Workers share what they count in files there. Named before anything of the console is imported, which looks for it.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = f"{tempfile.gettempdir()}/scim-console-metrics-{os.getpid()}"

from webapp.history.database import Database, NotMigrated
from webapp.settings import Settings, load
from webapp.web.headers import static_headers

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# A request waits for Stytch most of its time: threads, not processes. Sixteen are as many pages at once, each with two
# calls of at most eight seconds side by side; the client has 32 connections, so that none waits for one of those. With
# eight, two hundred people at once waited twice as long. A process more serves a second core and a worker that dies:
# workers default to WEB_CONCURRENCY, else 1.
worker_class = "gthread"
threads = 16
# How long a worker may be deaf before it is replaced; a request's own deadline is kept by the console.
timeout = 60
# Workers say that they live by touching a file, which must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# A deploy waits for what is at work at Stytch: a start that is cut off loses its token.
graceful_timeout = 90
# Outlives the pause between two clicks; browsers then need no new connection.
keepalive = 30

# The console logs its own requests, redacted. gunicorn's own lines stay on stderr.
accesslog = None
loglevel = "warning"
# A socket in the home directory for a command line tool we don't use.
control_socket_disable = True


def _without_query(record: logging.LogRecord) -> bool:
    record.msg, record.args = re.sub(r"\?[^\s'\"]*", "?…", record.getMessage()), ()
    return True


# gunicorn quotes the request line of a request it can't serve, and a sign-in link carries its token there.
logging.getLogger("gunicorn.error").addFilter(_without_query)


# What gunicorn refuses itself never reaches the console's own error pages.
_NOT_READ = ("That request could not be read", "Nothing was changed. Go back to the console and start there.")
_REFUSALS = {
    414: ("That address is too long", "Nothing was changed. Open the console without what comes after its name."),
    431: (
        "Your browser sent too much with the request",
        "Nothing was changed. Delete this site's cookies in your browser, then sign in again.",
    ),
    500: ("This console made a mistake", "It is recorded. Reload the page to see what holds before you go on."),
}


def _refuse(settings: Settings, client: socket, status: int, reason: str, _message: str) -> None:
    title, text = _REFUSALS.get(status, _NOT_READ)
    page = f'<!doctype html>\n<html lang="en"><title>{title}</title><h1>{title}</h1><p>{text}</p></html>\n'
    headers = {
        **static_headers(settings),
        "Cache-Control": "no-store",
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(page)),
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items()), "", page]
    util.write_nonblock(client, "\r\n".join(lines).encode())


def post_worker_init(_worker: Any) -> None:
    """Has the worker refuse in the console's words, with the headers of its own settings: a reload changes them."""
    util.write_error = partial(_refuse, load())  # gunicorn has no setting for it


def on_starting(_server: Any) -> None:
    """Ends the master in one line when something is amiss; workers that fail would be started again for ever."""
    database = Database(load().database_url)
    try:
        database.require_migrated()
    except NotMigrated as error:
        sys.exit(f"The history is not ready: {error}. Run: flask --app wsgi history upgrade")
    except SQLAlchemyError as error:
        sys.exit(f"The history's database at DATABASE_URL can't be reached ({type(error).__name__}).")
    finally:
        database.close()
    _begin_counts()


def on_exit(_server: Any) -> None:
    """Takes away what only a running console needs."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def _begin_counts() -> None:
    directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(directory, ignore_errors=True)  # of one that was killed, and had the same number
    directory.mkdir(mode=0o700)
