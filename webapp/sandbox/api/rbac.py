"""The RBAC policy (stytch-api.md §6.1)."""

from flask import Blueprint

from webapp.sandbox.api.calls import call
from webapp.sandbox.context import world
from webapp.sandbox.rbac import policy_json

blueprint = Blueprint("rbac", __name__, url_prefix="/rbac")


@blueprint.get("/policy")
@call
def policy() -> dict[str, object]:
    return {"policy": policy_json()}


@blueprint.get("/organizations/<organization>")
@call
def organization_policy(organization: str) -> dict[str, object]:
    """No organization has roles of its own."""
    world().find_organization(organization)
    return {"org_policy": {"roles": []}}
