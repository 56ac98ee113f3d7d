"""Security headers of every response: pages, fragments, errors and static files (`trust.md §3`)."""

import re
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from webapp.settings import Settings
from webapp.web import frames

REPORTS = "/csp-report"
"""Where browsers report what a page's policy forbade (`reports.py`)."""


def init_app(app: Flask, settings: Settings) -> None:
    """Adds the headers to all of the app's responses, and `csp_nonce()` to its templates."""
    common = static_headers(settings)
    reports = settings.prefix + REPORTS
    ancestors = _ancestors(settings)
    # Chromium reports to an endpoint by HTTPS alone, and where `report-to` is named it never asks `report-uri`.
    reporting = (f"report-uri {reports}", "report-to csp") if settings.https else (f"report-uri {reports}",)

    @app.template_global()
    def csp_nonce() -> str:
        if "csp_nonce" not in g:
            g.csp_nonce = secrets.token_urlsafe(18)
        return str(g.csp_nonce)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.update(common)
        response.headers["Content-Security-Policy"] = "; ".join(
            (policy(csp_nonce(), ancestors, g.get("images", "")), *reporting)
        )
        if g.get("images"):
            # Whoever serves the image has not agreed to being embedded: it is fetched without anything of the reader's.
            response.headers["Cross-Origin-Embedder-Policy"] = "credentialless"
        if frames.framed():
            # A portal with an embedder policy may frame only what agrees to it; nothing else is taken from us.
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if settings.embed_origins and request.blueprint == "signin":
            # The window in which people sign in for a frame tells it so, and would lose sight of it (`handover.py`).
            response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        if settings.https:
            response.headers["Reporting-Endpoints"] = f'csp="{reports}"'
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def static_headers(settings: Settings) -> dict[str, str]:
    """The headers that do not depend on the response."""
    headers = {
        "Content-Security-Policy": f"default-src 'none'; frame-ancestors {_ancestors(settings)}",
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: a plain form's way back after sign-in is read from it.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-write=(self)",
    }
    if not settings.embed_origins:
        headers["X-Frame-Options"] = "DENY"  # it knows no list of origins
    if settings.https and not settings.prefix:  # else it is for whoever has the origin to promise it
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def allow_image(url: str) -> bool:
    """Lets this response's page show an image of another origin; False where browsers would not, or it is none."""
    parts = urlsplit(url)
    local = current_app.config["PUBLIC_URL"].startswith("http://")
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", parts.netloc) or parts.scheme not in (
        ("https", "http") if local else ("https",)
    ):
        return False
    g.images = f"{g.get('images', '')} {parts.scheme}://{parts.netloc}".lstrip()
    return True


def policy(nonce: str, ancestors: str, images: str) -> str:
    """The policy of a page. Markup gets in only through htmx, and htmx acts only on elements with the nonce.

    `ancestors` may have the page in a frame; `images` are other origins that the page may show images of.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            f"img-src 'self' {images}".rstrip(),
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            f"frame-ancestors {ancestors}",
            "require-trusted-types-for 'script'",
            "trusted-types htmx",
        )
    )


def _ancestors(settings: Settings) -> str:
    return " ".join(settings.embed_origins) or "'none'"
