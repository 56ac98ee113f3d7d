"""Stytch's addresses that a browser visits to sign in elsewhere: the starts, and the ways back (§4.2, §4.4, §4.5)."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from webapp.sandbox import visiting
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.oauth import PROVIDERS, Provider
from webapp.sandbox.organizations import Organization

blueprint = Blueprint("public", __name__)


@blueprint.get("/v1/b2b/public/oauth/<provider>/discovery/start")
def start_oauth_discovery(provider: str) -> Response:
    """To the provider, to prove an address."""
    with world().lock:
        visit = visiting.begin(
            world(), "discovery_oauth", _provider(provider).name, None, _start("discovery_redirect_url")
        )
    return redirect(url_for("providers.show", place=provider, state=visit.state), 302)


@blueprint.get("/v1/b2b/public/oauth/<provider>/start")
def start_oauth(provider: str) -> Response:
    """To the provider, to sign in to the organization that `organization_id` or `slug` names."""
    found = _provider(provider)
    locators = [request.args[name] for name in ("organization_id", "slug") if request.args.get(name)]
    if not locators:
        raise ApiError("missing_oauth_organization_locator")
    if len(locators) > 1:
        raise ApiError("too_many_oauth_organization_locators")
    with world().lock:
        organization = world().find_organization(locators[0])
        _require(organization, found.auth_method)
        visit = visiting.begin(world(), "oauth", found.name, organization.organization_id, _start())
    return redirect(url_for("providers.show", place=provider, state=visit.state), 302)


@blueprint.get("/v1/public/sso/start")
def start_sso() -> Response:
    """To the IdP of the connection with this `connection_id`, or of the organization's default one."""
    connection_id, reference = request.args.get("connection_id"), request.args.get("organization_id")
    if not connection_id and not reference:
        raise ApiError("missing_sso_connection_locator")
    if connection_id and reference:
        raise ApiError("too_many_sso_connection_locators")
    with world().lock:
        connection = world().find_sso_connection(connection_id=connection_id, organization=reference)
        _require(world().organizations[connection.organization_id], "sso")
        visit = visiting.begin(world(), "sso", connection.connection_id, connection.organization_id, _start())
    return redirect(url_for("providers.show", place=visit.place, state=visit.state), 302)


@blueprint.get("/v1/b2b/oauth/callback/<place>")
@blueprint.get("/v1/b2b/sso/callback/<place>")
def come_back(place: str) -> Response:
    """Where the provider or IdP sends the browser, with `code` or `error`; on to the application."""
    with world().lock:
        target = visiting.come_back(world(), place, request.args.get("state", ""), request.args.get("code"))
    return redirect(target, 302)


def _provider(name: str) -> Provider:
    provider = PROVIDERS.get(name)
    if provider is None:
        raise ApiError("invalid_oauth_provider")
    return provider


def _require(organization: Organization, auth_method: str) -> None:
    if not organization.allows(auth_method):
        raise ApiError("operation_restricted_by_organization_auth_methods")


def _start(login_redirect_url: str = "login_redirect_url") -> visiting.Start:
    given = request.args
    return visiting.Start(
        public_token=given.get("public_token"),
        login_redirect_url=given.get(login_redirect_url),
        signup_redirect_url=given.get("signup_redirect_url"),
        code_challenge=given.get("pkce_code_challenge"),
    )
