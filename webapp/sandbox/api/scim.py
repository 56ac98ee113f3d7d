"""SCIM connections: the eight calls (stytch-api.md §2)."""

import re

from flask import Blueprint, request

from webapp.sandbox import rbac, rotation
from webapp.sandbox.api.calls import Body, authorize, body, call
from webapp.sandbox.api.paging import USUAL, part
from webapp.sandbox.connections import IDENTITY_PROVIDERS, Connection, GroupRoleAssignment
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError

blueprint = Blueprint("scim", __name__, url_prefix="/scim/<organization>/connection")

_DIGITS = re.compile(r"[0-9]{1,9}")


class _Create(Body):
    display_name: str | None = None
    identity_provider: str | None = None


class _Assignment(Body):
    role_id: str
    group_id: str | None = None


class _Update(Body):
    display_name: str | None = None
    identity_provider: str | None = None
    scim_group_implicit_role_assignments: list[_Assignment] | None = None


@blueprint.get("")
@call
def get(organization: str) -> dict[str, object]:
    organization_id = _authorized(organization, "get")
    connections = [_json(connection) for connection in world().connections_of(organization_id)]
    if connections:
        return {"connections": connections} if _several() else {"connection": connections[0]}
    match world().variants["get_without_connection"]:
        case "400":
            raise ApiError("no_active_scim_connection")
        case "404":
            raise ApiError("no_active_scim_connection", 404)
        case _:
            return {"connections": []} if _several() else {"connection": None}


@blueprint.post("")
@call
def create(organization: str) -> dict[str, object]:
    organization_id = _authorized(organization, "create")
    given = body(_Create)
    default = "" if world().variants["default_identity_provider"] == "empty" else "generic"
    identity_provider = default if given.identity_provider is None else _known_provider(given.identity_provider)
    connection = rotation.create(world(), organization_id, given.display_name or "", identity_provider)
    return {"connection": connection.to_json_with_token(world().public_url, world().variants)}


@blueprint.put("/<connection_id>")
@call
def update(organization: str, connection_id: str) -> dict[str, object]:
    """Role assignments need another permission than the rest; all is checked before anything changes."""
    organization_id = world().find_organization(organization).organization_id
    given = body(_Update)
    assignments = given.scim_group_implicit_role_assignments
    if assignments is not None:
        authorize(organization_id, "stytch.organization", "update.settings.implicit-roles")
    if assignments is None or given.display_name is not None or given.identity_provider is not None:
        authorize(organization_id, "stytch.scim", "update")
    connection = _find(organization_id, connection_id)
    new_assignments = [_checked(assignment, connection) for assignment in assignments or ()]
    if given.identity_provider is not None:
        known = _known_provider(given.identity_provider)
        if world().variants["base_url_on_update"] == "kept":
            connection.base_url_of = connection.base_url_of or connection.identity_provider
        connection.identity_provider = known
    if given.display_name is not None:
        connection.display_name = given.display_name
    if assignments is not None:
        connection.group_role_assignments = new_assignments
    return {"connection": _json(connection)}


@blueprint.delete("/<connection_id>")
@call
def delete(organization: str, connection_id: str) -> dict[str, object]:
    connection = _find(_authorized(organization, "delete"), connection_id)
    rotation.delete(world(), connection)
    return {"connection_id": connection.connection_id}


@blueprint.get("/<connection_id>")
@call
def get_groups(organization: str, connection_id: str) -> dict[str, object]:
    """The connection's directory groups, `limit` at a time (100 if not said, at most 1000)."""
    connection = _find(_authorized(organization, "get"), connection_id)
    limit = request.args.get("limit", str(USUAL))
    if not _DIGITS.fullmatch(limit):
        raise ApiError("invalid_limit")
    groups = connection.directory.groups.values()
    found, next_cursor = part(groups, request.args.get("cursor", ""), int(limit))
    return {
        "scim_groups": [
            {
                "group_id": group.id,
                "group_name": group.display_name,
                "organization_id": connection.organization_id,
                "connection_id": connection.connection_id,
            }
            for group in found
        ],
        "next_cursor": next_cursor,
    }


@blueprint.post("/<connection_id>/rotate/start")
@call
def rotate_start(organization: str, connection_id: str) -> dict[str, object]:
    connection = _find(_authorized(organization, "update"), connection_id)
    rotation.start(world(), connection)
    return {"connection": connection.to_json_with_next_token(world().public_url, world().variants)}


@blueprint.post("/<connection_id>/rotate/complete")
@call
def rotate_complete(organization: str, connection_id: str) -> dict[str, object]:
    connection = _find(_authorized(organization, "update"), connection_id)
    rotation.complete(world(), connection)
    return {"connection": _json(connection)}


@blueprint.post("/<connection_id>/rotate/cancel")
@call
def rotate_cancel(organization: str, connection_id: str) -> dict[str, object]:
    connection = _find(_authorized(organization, "update"), connection_id)
    rotation.cancel(world(), connection)
    return {"connection": _json(connection)}


def _several() -> bool:
    """Whether an organization may have several connections, and a read gives them all: a future, not Stytch today."""
    return world().variants["connection_shape"] == "list"


def _authorized(organization: str, action: str) -> str:
    """The id of the organization (given by id or slug) in which the caller may do `action` on `stytch.scim`."""
    organization_id = world().find_organization(organization).organization_id
    authorize(organization_id, "stytch.scim", action)
    return organization_id


def _find(organization_id: str, connection_id: str) -> Connection:
    connection = world().connections.get(connection_id)
    if connection is not None and connection.organization_id == organization_id:
        return connection
    variants = world().variants
    raise ApiError(variants["wrong_connection_id_error"], int(variants["wrong_connection_id"]))


def _checked(assignment: _Assignment, connection: Connection) -> GroupRoleAssignment:
    """The assignment, if its group and role exist; whether one that was there before may be stale is not known."""
    if not assignment.group_id:
        raise ApiError("scim_group_role_assignment_does_not_contain_group_id")
    checked = GroupRoleAssignment(assignment.role_id, assignment.group_id)
    if checked in connection.group_role_assignments and world().variants["stale_role_assignments"] == "kept":
        return checked
    if assignment.group_id not in connection.directory.groups:
        raise ApiError("scim_group_role_assignment_group_does_not_exist")
    if assignment.role_id not in rbac.roles_of(connection.organization_id):
        raise ApiError("role_not_found")
    return checked


def _known_provider(identity_provider: str) -> str:
    if identity_provider not in IDENTITY_PROVIDERS:
        raise ApiError("invalid_scim_idp")
    return identity_provider


def _json(connection: Connection) -> dict[str, object]:
    return connection.to_json(world().public_url, world().variants)
