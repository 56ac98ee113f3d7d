"""Whose console it looks to be: name, logo and accent colour by settings, the colour in a stylesheet of its own."""

import base64
import hashlib

from flask import Flask, Response, abort, request

from webapp.settings import Settings
from webapp.web import headers
from webapp.web.assets import Asset


def init_app(app: Flask, settings: Settings) -> None:
    """Gives templates `brand_name`, and `brand_logo()` and `brand_sheet()`, each of which may be nothing."""
    sheet = _sheet(settings.brand_accent)
    digest = hashlib.sha384(sheet.encode()).digest()
    version = digest.hex()[:12]
    app.jinja_env.globals["brand_name"] = settings.brand_name

    @app.template_global()
    def brand_logo() -> str:
        url = settings.brand_logo_url
        return url if url and headers.allow_image(url) else ""

    @app.template_global()
    def brand_sheet() -> Asset | None:
        if not sheet:
            return None
        return Asset(f"/brand.css?v={version}", f"sha384-{base64.b64encode(digest).decode()}")

    @app.get("/brand.css")
    def brand() -> Response:
        if request.args.get("v") != version:  # a page of another machine, whose settings are newer or older
            abort(404)
        answer = Response(sheet, mimetype="text/css")
        answer.headers["Cache-Control"] = "max-age=315360000, public, immutable"
        return answer


def _sheet(accent: tuple[str, ...]) -> str:
    return f":root {{ --accent: light-dark({', '.join(accent)}); }}\n" if accent else ""
