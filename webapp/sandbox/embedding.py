"""The pretend portal's pages with the console in a frame: what a portal has to do for it is in them and `portal.js`.

Browsers tell sites apart by host name, and this machine has two: what is on 127.0.0.1 is one site on all ports, what is
on localhost is another one.
"""

from urllib.parse import urlsplit

from flask import current_app, render_template
from werkzeug.exceptions import NotFound

from webapp.sandbox.below_path import PATH
from webapp.sandbox.context import world
from webapp.sandbox.pages import let_frames_show, page_blueprint

blueprint = page_blueprint("embedding")


@blueprint.get("/embedding")
def index() -> str:
    """The console in a frame of its own site's page, in one of another site's, and below a path."""
    below_path = PATH if current_app.config.get("CONSOLE_BELOW_PATH") else ""
    let_frames_show([_console_url(), _elsewhere(), "'self'" if below_path else ""])
    return render_template(
        "sandbox/embedding.html", console_url=_console_url(), elsewhere=_elsewhere(), below_path=below_path
    )


@blueprint.get("/embedding/frame")
def frame() -> str:
    """The console in a frame and nothing else: another site's page, when it is opened by this machine's other name."""
    let_frames_show([_console_url()], within=world().public_url)
    return render_template("sandbox/embedding_frame.html", console_url=_console_url())


def _console_url() -> str:
    url = current_app.config.get("CONSOLE_URL")
    if not url:
        raise NotFound("This sandbox has no console.")
    return str(url)


def _elsewhere() -> str:
    """This sandbox's origin by the machine's other name; empty where it has none."""
    here = urlsplit(world().public_url)
    return f"{here.scheme}://localhost:{here.port}" if here.hostname == "127.0.0.1" else ""
