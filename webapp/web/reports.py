"""What browsers report: something in a page that its policy forbids, such as a script that somebody got into it."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, request

from webapp.web.headers import REPORTS

MOST_BYTES = 16 * 1024
MOST_EVENTS = 10
"""Of one request: browsers gather their reports, and whoever is no browser can send anything."""

_WORD = re.compile(r"[a-z-]{1,40}")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[a-z0-9.:\[\]-]{1,260}")
_log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Takes the reports at the address that `headers.py` tells browsers."""
    app.add_url_rule(REPORTS, view_func=csp_report, methods=["POST"])


def csp_report() -> tuple[str, int]:
    """Logs each kind of violation, by directive and blocked origin alone: a report's URLs may hold a sign-in token.

    Anybody may send one: browsers do it without cookies or a form's token. It changes nothing.
    """
    if request.mimetype not in ("application/reports+json", "application/csp-report"):
        abort(415)
    request.max_content_length = MOST_BYTES
    try:
        sent = json.loads(request.get_data())
    except (ValueError, RecursionError):
        abort(400)
    for directive, blocked in sorted(set(map(_violation, _bodies(sent))))[:MOST_EVENTS]:
        _log.warning("malicious_csp_violation", directive=directive, blocked=blocked)
    return "", 204


def _bodies(sent: Any) -> list[dict[str, Any]]:
    """The violations: of the Reporting API's list (CSP 3 §5), or the one of the older `report-uri`."""
    if isinstance(sent, dict):
        found = [sent.get("csp-report")]
    else:
        reports = [each for each in sent if isinstance(each, dict)] if isinstance(sent, list) else []
        found = [each.get("body") for each in reports if each.get("type") == "csp-violation"]
    return [body for body in found if isinstance(body, dict)]


def _violation(body: dict[str, Any]) -> tuple[str, str]:
    directive = str(body.get("effectiveDirective") or body.get("effective-directive") or body.get("violated-directive"))
    blocked = str(body.get("blockedURL") or body.get("blocked-uri"))
    return (
        directive if _WORD.fullmatch(directive) else "other",
        blocked if _WORD.fullmatch(blocked) else _origin(blocked),  # a word: `inline`, say
    )


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "other"
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
    return origin if _ORIGIN.fullmatch(origin) else "other"
