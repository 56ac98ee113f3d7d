"""What the sandbox's own pages share: their address, styles and headers."""

from pathlib import Path

from flask import Blueprint, Response, g

_STATIC = Path(__file__).parents[2] / "static" / "sandbox"


def page_blueprint(name: str) -> Blueprint:
    """A blueprint of pages below `/_sandbox`, each sent with the headers of `_protect`."""
    pages = Blueprint(
        name,
        __name__,
        url_prefix="/_sandbox",
        static_folder=_STATIC,
        static_url_path=f"/static/{name}",
    )
    pages.after_request(_protect)
    return pages


def let_forms_lead_to(*origins: str) -> None:
    """Allow the page of this request to have forms whose answer redirects to these, to which Chromium holds them."""
    g.forms_lead_to = list(origins)


def let_frames_show(origins: list[str], within: str = "") -> None:
    """Allow the page of this request to have frames of `origins`, and to be in a frame of a page `within` that one."""
    g.frames_show = [origin for origin in origins if origin]
    g.framed_within = within


def _protect(response: Response) -> Response:
    none = "'none'"
    form_action = " ".join(["'self'", *g.get("forms_lead_to", [])])
    frames = " ".join(g.get("frames_show", [])) or none
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        f"form-action {form_action}; base-uri 'none'; frame-src {frames}; "
        f"frame-ancestors {g.get('framed_within') or none}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
