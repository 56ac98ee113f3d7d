"""Security headers of every response: pages, fragments, errors and static files (`trust.md §3`)."""

import secrets

from flask import Flask, Response, g

from webapp.settings import Settings

REPORTS = "/csp-report"
"""Where browsers report what a page's policy forbade (`reports.py`)."""


def init_app(app: Flask, settings: Settings) -> None:
    """Adds the headers to all of the app's responses, and `csp_nonce()` to its templates."""
    common = static_headers(settings)
    # Chromium reports to an endpoint by HTTPS alone, and where `report-to` is named it never asks `report-uri`.
    reporting = (f"report-uri {REPORTS}", "report-to csp") if settings.https else (f"report-uri {REPORTS}",)

    @app.template_global()
    def csp_nonce() -> str:
        if "csp_nonce" not in g:
            g.csp_nonce = secrets.token_urlsafe(18)
        return str(g.csp_nonce)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.update(common)
        response.headers["Content-Security-Policy"] = "; ".join((policy(csp_nonce()), *reporting))
        if settings.https:
            response.headers["Reporting-Endpoints"] = f'csp="{REPORTS}"'
        response.headers["Cache-Control"] = "no-store"
        return response


def static_headers(settings: Settings) -> dict[str, str]:
    """The headers that do not depend on the response."""
    headers = {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Not no-referrer: a plain form's way back after sign-in is read from it.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-write=(self)",
    }
    if settings.https:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def policy(nonce: str) -> str:
    """The policy of a page. Markup gets in only through htmx, and htmx acts only on elements with the nonce."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types htmx",
        )
    )
