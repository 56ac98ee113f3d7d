"""Requests must come from the console's own pages, at the console's own address."""

from urllib.parse import urlsplit

import structlog
from flask import abort, current_app, redirect, request
from werkzeug.wrappers import Response

from webapp.web import mount
from webapp.web.probes import PROBES

_SAFE = {"GET", "HEAD", "OPTIONS"}
_LOCAL = {"localhost", "127.0.0.1", "[::1]", "0.0.0.0"}  # noqa: S104
_log = structlog.get_logger()


def to_public_url() -> Response | None:
    """Sends a visit by another local name to `PUBLIC_URL`: cookies and redirect URLs belong to that one."""
    if request.endpoint in PROBES:
        return None
    if current_app.extensions["settings"].trusted_proxies:  # which decide on names, and may ask by one of their own
        return None
    public = urlsplit(current_app.config["ORIGIN"])
    name, _, port = request.host.rpartition(":") if not request.host.endswith("]") else (request.host, "", "")
    if request.method not in ("GET", "HEAD") or request.host == public.netloc:
        return None
    if (name or port) not in _LOCAL or public.hostname not in {local.strip("[]") for local in _LOCAL}:
        return None
    return redirect(mount.absolute(mount.here()), 307)


def led_here_by_another_site() -> bool:
    """Whether a link or redirect of another site led here, not one of the console's pages or somebody's own typing."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def refuse_cross_site() -> None:
    """Refuses what changes something unless a page of the console sent it (`trust.md §2`).

    Browsers say so themselves in `Sec-Fetch-Site`; one too old for that still sends `Origin`. The Host header is
    never asked.
    """
    # Browsers send their reports from no page, and Stytch, which signs what it sends, is no browser.
    if request.method in _SAFE or request.endpoint in ("csp_report", "webhook"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site == "same-origin" or (site is None and origin == current_app.config["ORIGIN"]):
        return
    _log.warning("malicious_csrf", sec_fetch_site=site, origin=origin, path=request.path)
    abort(403, "cross_site")
