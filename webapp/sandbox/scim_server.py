"""The SCIM 2.0 server an IdP provisions through (RFC 7644), below each base_url (stytch-api.md §2.2, §7.2).

Not played: Bulk, Me, .search, sorting, and the filters scim_filter leaves out.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, jsonify, request, url_for

from webapp.sandbox.api import failing
from webapp.sandbox.context import world
from webapp.sandbox.directory import MAX_PAGE, Directory, Group, Resource, User
from webapp.sandbox.scim_schema import ENTERPRISE_USER_SCHEMA, GROUP_SCHEMA, USER_SCHEMA, Schema, ScimError
from webapp.sandbox.webhooks import group_actions

# The second segment tells this server from the management calls, which have an organization there.
blueprint = Blueprint("scim_server", __name__, url_prefix="/v1/b2b/scim/scim-connection-<connection>")

_KINDS: dict[str, type[Resource]] = {"Users": User, "Groups": Group}
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
_CORE = "urn:ietf:params:scim:schemas:core:2.0"


@blueprint.url_value_preprocessor
def _take_connection_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.connection_id = f"scim-connection-{(values or {}).pop('connection')}"


@blueprint.before_request
def _fail_before() -> Response | None:
    return failing.before_request()


@blueprint.after_request
def _fail_after(response: Response) -> Response:
    return failing.after_request(response)


@blueprint.before_request
def _require_bearer_token() -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not world().accepts_scim_token(g.connection_id, token.strip()):
        raise ScimError(401, "The bearer token is missing, or is not one of this connection")


@blueprint.errorhandler(ScimError)
def _refused(error: ScimError) -> Response:
    body = {"schemas": [f"{_MESSAGES}:Error"], "status": str(error.status), "detail": error.detail}
    if error.scim_type:
        body["scimType"] = error.scim_type
    response = _scim(body, error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    return response


@blueprint.get("/ServiceProviderConfig")
def service_provider_config() -> Response:
    """What this server can do (RFC 7643 §5)."""
    return _scim(
        {
            "schemas": [f"{_CORE}:ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": MAX_PAGE},
            "changePassword": {"supported": False},
            "sort": {"supported": False},
            "etag": {"supported": True},
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "The connection's SCIM bearer token",
                    "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                    "primary": True,
                }
            ],
        }
    )


@blueprint.get("/ResourceTypes")
@blueprint.get("/ResourceTypes/<name>")
def resource_types(name: str | None = None) -> Response:
    """User and Group, or one of them (RFC 7643 §6)."""
    return _list_or_one([_resource_type(kind) for kind in _KINDS.values()], name)


@blueprint.get("/Schemas")
@blueprint.get("/Schemas/<schema_id>")
def schemas(schema_id: str | None = None) -> Response:
    """The schemas, or one of them (RFC 7643 §7)."""
    return _list_or_one([_schema(schema) for schema in (USER_SCHEMA, ENTERPRISE_USER_SCHEMA, GROUP_SCHEMA)], schema_id)


@blueprint.get("/<any(Users, Groups):plural>")
def search(plural: str) -> Response:
    """A page of users or groups: filter, startIndex, count, attributes, excludedAttributes (RFC 7644 §3.4.2)."""
    page = _directory().search(
        _KINDS[plural], request.args.get("filter"), _number("startIndex", 1), _number("count", 100)
    )
    return _list([_document(resource) for resource in page.resources], page.start_index, page.total)


@blueprint.post("/<any(Users, Groups):plural>")
def create(plural: str) -> Response:
    """201 with the new resource."""
    with world().lock:
        resource = _directory().create(_KINDS[plural], _body())
        _tell(resource, "create")
        return _one(resource, 201)


@blueprint.get("/<any(Users, Groups):plural>/<resource_id>")
def read(plural: str, resource_id: str) -> Response:
    """One resource; 304 when If-None-Match names its version."""
    response = _one(_directory().read(_KINDS[plural], resource_id))
    response.make_conditional(request)
    return response


@blueprint.put("/<any(Users, Groups):plural>/<resource_id>")
def replace(plural: str, resource_id: str) -> Response:
    """Replaces all attributes; 412 when If-Match names another version."""
    with world().lock:
        before = _require_match(plural, resource_id)
        resource = _directory().replace(_KINDS[plural], resource_id, _body())
        _tell_change(resource, before)
        return _one(resource)


@blueprint.patch("/<any(Users, Groups):plural>/<resource_id>")
def patch(plural: str, resource_id: str) -> Response:
    """Applies the operations, and answers the whole resource; 412 when If-Match names another version."""
    with world().lock:
        before = _require_match(plural, resource_id)
        resource = _directory().patch(_KINDS[plural], resource_id, _body())
        _tell_change(resource, before)
        return _one(resource)


@blueprint.delete("/<any(Users, Groups):plural>/<resource_id>")
def delete(plural: str, resource_id: str) -> Response:
    """204; 412 when If-Match names another version."""
    with world().lock:
        _require_match(plural, resource_id)
        resource = _directory().read(_KINDS[plural], resource_id)
        _directory().delete(_KINDS[plural], resource_id)
        _tell(resource, "delete")
    return Response(status=204)


@blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def not_played(rest: str) -> Response:
    """501 for what this server lacks."""
    raise ScimError(501, f"The sandbox does not play {request.method} /{rest}")


def _directory() -> Directory:
    return world().connections[g.connection_id].directory


def _body() -> Mapping[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ScimError(400, "The body is not a JSON object", "invalidSyntax")
    return body


def _number(name: str, default: int) -> int:
    try:
        return int(request.args.get(name, default))
    except ValueError:
        raise ScimError(400, f"{name} takes a whole number", "invalidValue") from None


def _require_match(plural: str, resource_id: str) -> list[str]:
    """The members before the change, of a group."""
    resource = _directory().read(_KINDS[plural], resource_id)
    if "If-Match" in request.headers and not request.if_match.contains_weak(str(resource.version)):
        raise ScimError(412, f"It has changed: this is version {resource.version}")
    return resource.member_ids if isinstance(resource, Group) else []


def _tell_change(resource: Resource, members_before: list[str]) -> None:
    after = resource.member_ids if isinstance(resource, Group) else []
    for action in group_actions(members_before, after):
        _tell(resource, action)


def _tell(resource: Resource, action: str) -> None:
    """Has Stytch's webhook tell of it (stytch-api.md §7.1)."""
    connection = world().connections[g.connection_id]
    world().webhooks.tell(connection, resource, action, world().variants["idp_group_names"])


def _scim(body: dict[str, Any], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/scim+json"
    return response


def _one(resource: Resource, status: int = 200) -> Response:
    response = _scim(_document(resource), status)
    response.headers["Location"] = _location(resource)
    response.set_etag(str(resource.version), weak=True)
    return response


def _list(resources: list[dict[str, Any]], start_index: int, total: int) -> Response:
    return _scim(
        {
            "schemas": [f"{_MESSAGES}:ListResponse"],
            "totalResults": total,
            "startIndex": start_index,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
    )


def _list_or_one(documents: list[dict[str, Any]], document_id: str | None) -> Response:
    if document_id is None:
        return _list(documents, 1, len(documents))
    for document in documents:
        if document["id"] == document_id:
            return _scim(document)
    raise ScimError(404, f"{document_id} not found")


def _document(resource: Resource) -> dict[str, Any]:
    """As JSON with its location, less what attributes and excludedAttributes (whole attributes only) leave out."""
    document = _directory().document(resource)
    document["meta"]["location"] = _location(resource)
    wanted, unwanted = _names("attributes"), _names("excludedAttributes")
    always = {"id", "schemas"}
    return {
        name: value
        for name, value in document.items()
        if name in always or ((not wanted or name.lower() in wanted) and name.lower() not in unwanted)
    }


def _names(parameter: str) -> set[str]:
    return {name.strip().lower() for name in request.args.get(parameter, "").split(",") if name.strip()}


def _location(resource: Resource) -> str:
    return url_for(
        ".read",
        connection=g.connection_id.removeprefix("scim-connection-"),
        plural=resource.endpoint,
        resource_id=resource.id,
        _external=True,
    )


def _resource_type(kind: type[Resource]) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "schemas": [f"{_CORE}:ResourceType"],
        "id": kind.schema.name,
        "name": kind.schema.name,
        "endpoint": f"/{kind.endpoint}",
        "schema": kind.schema.id,
    }
    if kind.schema.extension:
        definition["schemaExtensions"] = [{"schema": kind.schema.extension.id, "required": False}]
    return definition


def _schema(schema: Schema) -> dict[str, Any]:
    return {
        "schemas": [f"{_CORE}:Schema"],
        "id": schema.id,
        "name": schema.name,
        "attributes": [attribute.as_json() for attribute in schema.attributes],
    }
