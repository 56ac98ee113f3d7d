"""What an IdP has provisioned through one SCIM connection: its users and groups (RFC 7643), kept in memory."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from webapp.sandbox import scim_patch
from webapp.sandbox.scim_filter import parse_filter
from webapp.sandbox.scim_schema import GROUP_SCHEMA, USER_SCHEMA, Schema, ScimError, check

MAX_PAGE = 200


@dataclass
class Resource:
    """A user or group. `attributes` is what the IdP may set, in SCIM's own names; times are aware UTC."""

    schema: ClassVar[Schema]
    endpoint: ClassVar[str]

    id: str
    attributes: dict[str, Any]
    created: datetime
    last_modified: datetime
    version: int = 1


@dataclass
class User(Resource):
    """A provisioned person; id `scim-user-test-{uuid}`."""

    schema = USER_SCHEMA
    endpoint = "Users"

    @property
    def user_name(self) -> str:
        """The unique name, at Stytch the email address (stytch-api.md §7.2)."""
        return str(self.attributes["userName"])


@dataclass
class Group(Resource):
    """A provisioned group; its id `scim-group-test-{uuid}` is Stytch's `group_id` (stytch-api.md §7.2)."""

    schema = GROUP_SCHEMA
    endpoint = "Groups"

    @property
    def display_name(self) -> str:
        """Stytch's `group_name`."""
        return str(self.attributes["displayName"])

    @property
    def member_ids(self) -> list[str]:
        """Ids of the users in the group."""
        return [member["value"] for member in self.attributes.get("members", []) if "value" in member]


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Page(Generic[R]):
    """Part of a search's results; `start_index` counts from 1, `total` is how many there are in all."""

    resources: list[R] = field(default_factory=list)
    start_index: int = 1
    total: int = 0


class Directory:
    """The users and groups of one SCIM connection. Every method but add_group may raise ScimError."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """`now` tells the time as aware UTC."""
        self._now = now
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}

    def add_group(self, display_name: str) -> Group:
        """A new group without members, as the world's seed wants it."""
        return self._add(Group, {"displayName": display_name})

    def create(self, kind: type[R], body: Mapping[str, Any]) -> R:
        """Raises 400 invalidValue, or 409 uniqueness when another user has the userName."""
        attributes = check(kind.schema, body)
        self._refuse_taken_user_name(kind, attributes, own_id=None)
        return self._add(kind, attributes)

    def read(self, kind: type[R], resource_id: str) -> R:
        """Raises 404."""
        try:
            return self._of(kind)[resource_id]
        except KeyError:
            raise ScimError(404, f"{kind.schema.name} {resource_id} not found") from None

    def replace(self, kind: type[R], resource_id: str, body: Mapping[str, Any]) -> R:
        """PUT: what the body leaves out is gone. Raises 404, and as create does."""
        return self._change(self.read(kind, resource_id), check(kind.schema, body))

    def patch(self, kind: type[R], resource_id: str, body: Mapping[str, Any]) -> R:
        """PATCH with a PatchOp body, all operations or none. Raises 404, 409, and 400 as scim_patch.patch does."""
        resource = self.read(kind, resource_id)
        return self._change(resource, scim_patch.patch(kind.schema, resource.attributes, body))

    def delete(self, kind: type[R], resource_id: str) -> None:
        """Deletes it, and takes a deleted user out of the groups. Raises 404."""
        self.read(kind, resource_id)
        del self._of(kind)[resource_id]
        for group in self.groups.values():
            if resource_id in group.member_ids:
                others = [member for member in group.attributes["members"] if member.get("value") != resource_id]
                self._change(group, {**group.attributes, "members": others})

    def search(self, kind: type[R], filter_text: str | None, start_index: int, count: int) -> Page[R]:
        """One page in the order of creation, at most MAX_PAGE long; RFC 7644 §3.4.2.4 for odd numbers.

        Raises 400 invalidFilter.
        """
        found = list(self._of(kind).values())
        if filter_text is not None:
            wanted = parse_filter(filter_text)
            found = [resource for resource in found if wanted.matches(self.document(resource))]
        start = max(start_index, 1)
        return Page(found[start - 1 :][: min(max(count, 0), MAX_PAGE)], start, len(found))

    def document(self, resource: Resource) -> dict[str, Any]:
        """The resource as SCIM JSON, whole but for `meta.location`."""
        schemas = [resource.schema.id]
        if resource.schema.extension and resource.schema.extension.id in resource.attributes:
            schemas.append(resource.schema.extension.id)
        document = {"schemas": schemas, "id": resource.id, **resource.attributes}
        if isinstance(resource, User):
            groups = [group for group in self.groups.values() if resource.id in group.member_ids]
            document["groups"] = [{"value": group.id, "display": group.display_name} for group in groups]
        document["meta"] = {
            "resourceType": resource.schema.name,
            "created": _timestamp(resource.created),
            "lastModified": _timestamp(resource.last_modified),
            "version": f'W/"{resource.version}"',
        }
        return document

    def _add(self, kind: type[R], attributes: dict[str, Any]) -> R:
        now = self._now()
        resource = kind(f"scim-{kind.schema.name.lower()}-test-{uuid.uuid4()}", attributes, now, now)
        self._of(kind)[resource.id] = resource
        return resource

    def _change(self, resource: R, attributes: dict[str, Any]) -> R:
        self._refuse_taken_user_name(type(resource), attributes, own_id=resource.id)
        resource.attributes = attributes
        resource.last_modified = self._now()
        resource.version += 1
        return resource

    def _refuse_taken_user_name(self, kind: type[Resource], attributes: dict[str, Any], own_id: str | None) -> None:
        if kind is not User:
            return
        name = attributes["userName"]
        if any(user.user_name.casefold() == name.casefold() and user.id != own_id for user in self.users.values()):
            raise ScimError(409, f"userName {name} is taken", "uniqueness")

    def _of(self, kind: type[R]) -> dict[str, R]:
        return self.users if kind is User else self.groups  # type: ignore[return-value]  # mypy can't tie dict to kind


def _timestamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
