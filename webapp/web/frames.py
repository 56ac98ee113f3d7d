"""The console in a frame of a portal's page (`docs/embed.md`): whose page it is, and what is kept for the frame.

Browsers say what they load a page for in `Sec-Fetch-Dest`, and who asked for it in `Sec-Fetch-Site`.
"""

from urllib.parse import urlsplit

from flask import Flask, current_app, request, session

from webapp.settings import Settings

_KEY = "frame"
_THEMES = ("light", "dark")


def init_app(app: Flask, settings: Settings) -> None:
    """Tells templates about frames, if portals may have any. Has to come before what reads the session."""
    app.config["EMBED_ORIGINS"] = settings.embed_origins
    app.template_global()(framed)
    app.template_global("portal_origin")(portal)
    app.template_global()(theme)
    app.before_request(_keep_what_the_portal_said)


def framed() -> bool:
    """Whether the browser asked for this page to put it into a frame."""
    return bool(current_app.config["EMBED_ORIGINS"]) and request.headers.get("Sec-Fetch-Dest") == "iframe"


def crosses_sites() -> bool:
    """Whether this request is of a frame in another site's page, where browsers keep cookies for that site apart.

    Such a frame never sends the cookie of the console's tabs; its own one is begun when the portal loads it.
    """
    if not current_app.config["EMBED_ORIGINS"] or request.headers.get("Sec-Fetch-Dest") == "document":
        return False
    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        return False
    loaded_by_portal = framed() and request.headers.get("Sec-Fetch-Site") == "cross-site"
    return loaded_by_portal or cookie_name() in request.cookies


def cookie_name() -> str:
    """What the session cookie of a frame in another site's page is called."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}_frame"


def lacks_cookie() -> bool:
    """Whether a page in a frame was sent from without the cookie that it was given: this browser keeps none there."""
    return framed() and not {cookie_name(), current_app.config["SESSION_COOKIE_NAME"]} & set(request.cookies)


def portal() -> str:
    """The origin of the page that this frame is in, as far as it is known; empty if it is not."""
    origins: tuple[str, ...] = current_app.config["EMBED_ORIGINS"]
    kept = session.get(_KEY, {}).get("portal")
    return kept if kept in origins else origins[0] if len(origins) == 1 else ""


def theme() -> str:
    """`light` or `dark` if the portal asked for it, else empty."""
    return str(session.get(_KEY, {}).get("theme", "")) if framed() else ""


def keep(name: str, value: str) -> None:
    """Keeps something for the frame, whoever signs in there."""
    session[_KEY] = {**session.get(_KEY, {}), name: value}


def kept(name: str) -> str:
    """What was kept under that name; empty if nothing was."""
    return str(session.get(_KEY, {}).get(name, ""))


def empty_session() -> None:
    """Empties the session, but for what is kept for the frame: its cookie has to go on, or the frame is not known."""
    frame = session.get(_KEY)
    session.clear()
    if frame is not None:
        session[_KEY] = frame


def _keep_what_the_portal_said() -> None:
    if not framed():
        return
    if crosses_sites() and _KEY not in session:
        session[_KEY] = {}
    if (wanted := request.args.get("theme")) in _THEMES and wanted != kept("theme"):
        keep("theme", wanted)
    parts = urlsplit(request.referrer or "")
    referring = f"{parts.scheme}://{parts.netloc}"
    if referring in current_app.config["EMBED_ORIGINS"] and referring != kept("portal"):
        keep("portal", referring)
