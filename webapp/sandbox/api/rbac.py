"""The RBAC policy (stytch-api.md §6.1)."""

from flask import Blueprint

from webapp.sandbox.api.calls import call
from webapp.sandbox.context import world
from webapp.sandbox.rbac import OWN_ROLES, policy_json, roles_json

blueprint = Blueprint("rbac", __name__, url_prefix="/rbac")


@blueprint.get("/policy")
@call
def policy() -> dict[str, object]:
    return {"policy": policy_json()}


@blueprint.get("/organizations/<organization>")
@call
def organization_policy(organization: str) -> dict[str, object]:
    """The organization's own roles; most have none."""
    organization_id = world().find_organization(organization).organization_id
    return {"org_policy": {"roles": roles_json(OWN_ROLES.get(organization_id, {}))}}
