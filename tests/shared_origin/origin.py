"""A portal with sessions of its own, and the console at /scim of its origin: by each way that can be."""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask, session

from tests.conftest import Console
from tests.sandbox.unreachable import self_signed
from tests.shared_origin.papers import block
from tests.shared_origin.proxy import Proxy, free_port, has_nginx, nginx
from tests.web.apps import app_of
from webapp.sandbox.server import Server
from webapp.settings import Settings

WAYS = ("path passed on whole", "prefix cut off", "nginx", "DispatcherMiddleware")
"""How the console gets below the portal; `HTTPS` is the first by HTTPS, with a certificate that nobody vouches for."""


@dataclass(frozen=True)
class Shared:
    """How they came together, the portal's origin, and the console at a path of it."""

    way: str
    url: str
    console: Console


def portal_app() -> Flask:
    """The portal: counts a person's visits in a session of its own."""
    app = Flask("portal")
    app.secret_key = "the portal's own"

    @app.get("/")
    def home() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return (
            '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Portal</title>'
            f'<h1>Visit {session["visits"]}</h1><a href="/scim/">SCIM</a></html>'
        )

    return app


@contextmanager
def share_an_origin(way: str, console: Console, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    """The two on one origin. Files go into `folder`."""
    if way == "nginx" and not has_nginx():
        pytest.skip("NO NGINX on this machine: what docs/embed.md says of it was not tried")
    with ExitStack() as stack:
        if way == "DispatcherMiddleware":
            url, app = stack.enter_context(mounted(console, folder, monkeypatch))
        else:
            url, app = stack.enter_context(behind_a_proxy(console, way, folder))
        yield Shared(way, url, Console(f"{url}/scim", app.extensions["settings"]))


@contextmanager
def behind_a_proxy(console: Console, way: str, folder: Path) -> Iterator[tuple[str, Flask]]:
    """The origin, and the app of the console behind it."""
    with ExitStack() as stack:
        portal = Server(portal_app())
        app: Flask
        inner = Server(lambda environ, start_response: app(environ, start_response))
        if way == "nginx":
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            stack.enter_context(nginx(port, portal.url, inner.url, folder))
        else:
            proxy = Proxy(portal.url, inner.url, cut=way == "prefix cut off")
            stack.callback(proxy.close)
            outer = Server(proxy, ssl_context=self_signed() if way == "HTTPS" else None)
            url = outer.url
            outer.start()
            stack.callback(outer.stop)
        app = stack.enter_context(app_of(console, public_url=f"{url}/scim", trusted_proxies=1))
        for server in (portal, inner):
            server.start()
            stack.callback(server.stop)
        yield url, app


@contextmanager
def mounted(console: Console, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Flask]]:
    """The same by the lines of docs/embed.md, with settings from the environment; logging is as before afterwards."""
    portal = portal_app()
    server = Server(portal)
    monkeypatch.chdir(folder)  # away from any .env
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment(console.settings, f"{server.url}/scim").items():
        monkeypatch.setenv(name, value)
    module = ModuleType("portal")
    module.__dict__["app"] = portal
    monkeypatch.setitem(sys.modules, "portal", module)
    logger = logging.getLogger("webapp")
    before = logger.handlers, logger.level, logger.propagate
    exec(block("python"), {})  # noqa: S102
    app = portal.wsgi_app.mounts["/scim"]  # type: ignore[attr-defined]
    server.start()
    try:
        yield server.url, app
    finally:
        server.stop()
        app.extensions["stytch"].close()
        app.extensions["history"].close()
        logger.handlers, logger.level, logger.propagate = before


def environment(settings: Settings, public_url: str) -> dict[str, str]:
    """What the console is told from outside."""
    return {
        "STYTCH_PROJECT_ID": settings.stytch_project_id,
        "STYTCH_SECRET": settings.stytch_secret.get_secret_value(),
        "STYTCH_PUBLIC_TOKEN": settings.stytch_public_token,
        "STYTCH_BASE_URL": settings.stytch_base_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "LOGIN_METHODS": ",".join(settings.login_methods),
        "OIDC_ISSUER": settings.oidc_issuer,
        "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_CLIENT_SECRET": settings.oidc_client_secret.get_secret_value(),
        "DATABASE_URL": settings.database_url,
        "PUBLIC_URL": public_url,
    }
