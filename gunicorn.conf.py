"""How gunicorn serves the console, in `make run` and in production alike; HOST, PORT and WEB_CONCURRENCY change it."""

import logging
import os
import re
import sys
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from webapp.history.database import Database, NotMigrated
from webapp.settings import load

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# A request waits for Stytch most of its time: threads, not processes. Workers default to WEB_CONCURRENCY, else 1.
worker_class = "gthread"
threads = 8
# How long a worker may be deaf before it is replaced; a request's own deadline is kept by the console.
timeout = 60
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


def on_starting(_server: Any) -> None:
    """Ends the master in one line when something is amiss; workers that fail would be started again for ever."""
    settings = load()
    database = Database(settings.database_url)
    try:
        database.require_migrated()
    except NotMigrated as error:
        sys.exit(f"The history is not ready: {error}. Run: flask --app wsgi history upgrade")
    except SQLAlchemyError as error:
        sys.exit(f"The history's database at DATABASE_URL can't be reached ({type(error).__name__}).")
    finally:
        database.close()
