"""All organizations of the project, and all members of some, in parts (stytch-api.md §3).

Shapes and limits: the official SDK's `organizations.search` and `organizations.members.search`.
"""

from typing import Any, Literal, TypeVar

from flask import Blueprint
from pydantic import Field

from webapp.sandbox.api.calls import Body, authorize, body, call
from webapp.sandbox.api.paging import USUAL, part
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError

blueprint = Blueprint("search", __name__, url_prefix="/organizations")


class _Query(Body):
    operator: Literal["AND", "OR"]
    operands: list[dict[str, Any]] = Field(default_factory=list)


class _Search(Body):
    cursor: str = ""
    limit: int = USUAL
    query: _Query | None = None


class _MemberSearch(_Search):
    organization_ids: list[str] = Field(min_length=1)


_S = TypeVar("_S", bound=_Search)


@blueprint.post("/search")
@call
def organizations() -> dict[str, object]:
    given = _unfiltered(body(_Search))
    here = world()
    found, next_cursor = part(here.organizations.values(), given.cursor, given.limit)
    return {
        "organizations": here.organizations_json(found),
        "results_metadata": {"total": _total(len(here.organizations)), "next_cursor": next_cursor},
    }


@blueprint.post("/members/search")
@call
def members() -> dict[str, object]:
    """Of all that are not deleted. A member who acts needs `search` on `stytch.member` in each organization."""
    given = _unfiltered(body(_MemberSearch))
    searched = [world().find_organization(each) for each in given.organization_ids]
    for organization in searched:
        authorize(organization.organization_id, "stytch.member", "search")
    wanted = {each.organization_id: each for each in searched}
    everybody = [
        member for member in world().members.values() if member.organization_id in wanted and member.status != "deleted"
    ]
    found, next_cursor = part(everybody, given.cursor, given.limit)
    return {
        "members": [member.to_json() for member in found],
        "organizations": {each.organization_id: world().organization_json(each) for each in searched},
        "results_metadata": {"total": _total(len(everybody)), "next_cursor": next_cursor},
    }


def _unfiltered(given: _S) -> _S:
    if given.query and given.query.operands:
        raise ApiError("not_implemented_in_sandbox", message="The sandbox plays no search with operands.")
    return given


def _total(count: int) -> int:
    """Some workspaces have it switched off (the SDK's `ResultsMetadata`)."""
    return count if world().variants["search_totals"] == "on" else -1
