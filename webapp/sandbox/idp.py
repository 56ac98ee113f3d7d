"""The pretend IdPs at `/_sandbox/idp`, one per SCIM connection: paste a token, provision, see a 200 or 401."""

from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.sandbox.connections import Connection
from webapp.sandbox.context import world
from webapp.sandbox.pages import page_blueprint
from webapp.sandbox.provisioning import Idp

blueprint = page_blueprint("idp")

EVERY_SECONDS = 5


@dataclass(frozen=True)
class Labels:
    """An IdP's name and what it calls the two fields (stytch-api.md §2.3)."""

    name: str
    base_url: str = "SCIM Base URL"
    token: str = "Bearer Token"  # noqa: S105 - a label


_LABELS = {
    "okta": Labels("Okta", "SCIM Connector base URL", "HTTP Header Authorization: Bearer"),
    "microsoft-entra": Labels("Microsoft Entra", "Tenant URL", "Secret Token"),
    "cyberark": Labels("CyberArk", "SCIM Service URL"),
    "jumpcloud": Labels("JumpCloud", "Base URL", "Token Key"),
    "onelogin": Labels("OneLogin", token="SCIM Bearer Token"),  # noqa: S106 - a label
    "pingfederate": Labels("PingFederate", "SCIM URL", "Access Token"),
    "rippling": Labels("Rippling"),
}


@dataclass(frozen=True)
class IdpView:
    """One pretend IdP as its section shows it; `error` is why what was just pasted can't be used."""

    connection: Connection
    organization_name: str
    labels: Labels
    idp: Idp
    base_url: str
    error: str = ""

    @property
    def title(self) -> str:
        """For example "Okta (pretend) of Acme"."""
        return f"{self.labels.name} (pretend) of {self.organization_name}"


@blueprint.get("/idp")
def index() -> str:
    """All pretend IdPs."""
    return _render("Pretend IdPs", [_view(connection) for connection in list(world().connections.values())])


@blueprint.get("/idp/<connection_id>")
def show(connection_id: str) -> str:
    """One pretend IdP. While it provisions by itself, loading its page is what makes it do so."""
    view = _view(_connection(connection_id))
    if view.idp.automatic:
        _provision(view)
    return _page(view)


@blueprint.post("/idp/<connection_id>/settings")
def save(connection_id: str) -> Response | tuple[str, int]:
    """Keeps the pasted base URL and token; 422 with the reason when they can't be used."""
    connection = _connection(connection_id)
    try:
        _idp(connection).save(request.form.get("base_url", ""), request.form.get("token", ""), world().public_url)
    except ValueError as error:
        return _page(_view(connection, str(error))), 422
    return _back(connection)


@blueprint.post("/idp/<connection_id>/runs")
def provision(connection_id: str) -> Response:
    """One provisioning run."""
    view = _view(_connection(connection_id))
    _provision(view)
    return _back(view.connection)


@blueprint.post("/idp/<connection_id>/automatic")
def automatic(connection_id: str) -> Response:
    """Provision every few seconds while the page is open, or stop doing so."""
    connection = _connection(connection_id)
    _idp(connection).automatic = request.form.get("automatic") == "on"
    return _back(connection)


def _connection(connection_id: str) -> Connection:
    return world().connections.get(connection_id) or abort(404)


def _idp(connection: Connection) -> Idp:
    return world().idps.setdefault(connection.connection_id, Idp())


def _view(connection: Connection, error: str = "") -> IdpView:
    organization = world().organizations[connection.organization_id]
    labels = _LABELS.get(connection.identity_provider, Labels("Generic IdP"))
    idp = _idp(connection)
    # What can't be used is shown again, to be mended.
    held = f"{world().public_url}{idp.base_path}" if idp.base_path else ""
    base_url = request.form.get("base_url", "") if error else held
    return IdpView(connection, organization.organization_name, labels, idp, base_url, error)


def _provision(view: IdpView) -> None:
    """Without the world's lock: the requests it makes come back to this very server."""
    slug = world().organizations[view.connection.organization_id].organization_slug
    view.idp.provision(world().public_url, f"kim@{slug}.example", world().clock.now())


def _page(view: IdpView) -> str:
    # Not while there is an error to read, nor what was typed with it.
    refreshing = view.idp.automatic and not view.error
    return _render(view.title, [view], alone=True, refreshing=refreshing)


def _render(title: str, views: list[IdpView], *, alone: bool = False, refreshing: bool = False) -> str:
    return render_template(
        "sandbox/idp.html",
        title=title,
        views=views,
        alone=alone,
        refreshing=refreshing,
        every_seconds=EVERY_SECONDS,
    )


def _back(connection: Connection) -> Response:
    return redirect(url_for(".show", connection_id=connection.connection_id), 303)
