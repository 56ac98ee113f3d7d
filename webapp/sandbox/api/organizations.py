"""Organizations and members, to read (stytch-api.md §3)."""

from flask import Blueprint, request

from webapp.sandbox.api.calls import call
from webapp.sandbox.context import world

blueprint = Blueprint("organizations", __name__, url_prefix="/organizations/<organization>")


@blueprint.get("")
@call
def get(organization: str) -> dict[str, object]:
    found = world().find_organization(organization)
    return {"organization": world().organization_json(found)}


@blueprint.get("/member")
@call
def get_member(organization: str) -> dict[str, object]:
    """By `member_id` or `email_address`."""
    found = world().find_organization(organization)
    member = world().find_member(
        found.organization_id, member_id=request.args.get("member_id"), email=request.args.get("email_address")
    )
    return {
        "member_id": member.member_id,
        "member": member.to_json(),
        "organization": world().organization_json(found),
    }
