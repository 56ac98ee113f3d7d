"""What a SCIM User and Group may hold (RFC 7643): the definitions served at `/Schemas`, and values checked by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

TypeName = Literal["string", "boolean", "complex", "reference"]


class ScimError(Exception):
    """A refusal: `status` is the HTTP status, `scim_type` a name of RFC 7644 table 9, like "invalidFilter"."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


@dataclass(frozen=True)
class Attribute:
    """One attribute's definition (RFC 7643 §7)."""

    name: str
    type: TypeName = "string"
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Literal["readWrite", "readOnly"] = "readWrite"
    uniqueness: Literal["none", "server"] = "none"
    sub_attributes: "tuple[Attribute, ...]" = ()

    def as_json(self) -> dict[str, Any]:
        """The definition as `/Schemas` shows it."""
        definition: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.multi_valued,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": "default",
            "uniqueness": self.uniqueness,
        }
        if self.sub_attributes:
            definition["subAttributes"] = [attribute.as_json() for attribute in self.sub_attributes]
        return definition


@dataclass(frozen=True)
class Schema:
    """A schema (RFC 7643 §4): its URN, name, attributes, and for User the extension that may come with it."""

    id: str
    name: str
    attributes: tuple[Attribute, ...]
    extension: "Schema | None" = None


def _strings(*names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name) for name in names)


def _values(name: str) -> Attribute:
    """A multi-valued attribute with the usual sub-attributes (RFC 7643 §2.4)."""
    subs = (*_strings("value", "display", "type"), Attribute("primary", "boolean"))
    return Attribute(name, "complex", multi_valued=True, sub_attributes=subs)


_REFERENCE = Attribute("$ref", "reference")

ENTERPRISE_USER_SCHEMA = Schema(
    ENTERPRISE_USER,
    "EnterpriseUser",
    (
        *_strings("employeeNumber", "costCenter", "organization", "division", "department"),
        Attribute("manager", "complex", sub_attributes=(*_strings("value", "displayName"), _REFERENCE)),
    ),
)

USER_SCHEMA = Schema(
    USER,
    "User",
    (
        Attribute("userName", required=True, uniqueness="server"),
        Attribute(
            "name",
            "complex",
            sub_attributes=_strings(
                "formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"
            ),
        ),
        *_strings("displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone"),
        Attribute("profileUrl", "reference"),
        Attribute("active", "boolean"),
        _values("emails"),
        _values("phoneNumbers"),
        _values("entitlements"),
        _values("roles"),
        Attribute(
            "addresses",
            "complex",
            multi_valued=True,
            sub_attributes=(
                *_strings("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"),
                Attribute("primary", "boolean"),
            ),
        ),
        Attribute(
            "groups",
            "complex",
            multi_valued=True,
            mutability="readOnly",
            sub_attributes=_strings("value", "display"),
        ),
    ),
    extension=ENTERPRISE_USER_SCHEMA,
)

GROUP_SCHEMA = Schema(
    GROUP,
    "Group",
    (
        Attribute("displayName", required=True),
        Attribute(
            "members",
            "complex",
            multi_valued=True,
            sub_attributes=(*_strings("value", "display", "type"), _REFERENCE),
        ),
    ),
)

# Common to every resource, and by RFC 7643 §3.1 not part of any schema's definition.
_COMMON = (
    Attribute("externalId", case_exact=True),
    Attribute("id", case_exact=True, mutability="readOnly"),
    Attribute("meta", "complex", mutability="readOnly"),
    Attribute("schemas", "reference", multi_valued=True, mutability="readOnly"),
)


def find(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """The attribute of that name, upper and lower case being the same (RFC 7643 §2.1)."""
    return next((attribute for attribute in attributes if attribute.name.lower() == name.lower()), None)


def attributes_of(schema: Schema) -> tuple[Attribute, ...]:
    """Every attribute a resource of this schema may have, the common ones included."""
    return schema.attributes + _COMMON


def check(schema: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of `body` to keep: canonical names, unknown and read-only ones ignored (RFC 7644 §3.3, §3.5.1).

    Raises ScimError (400 invalidValue) for a missing required attribute or a value of the wrong type.
    """
    kept = _check_attributes(attributes_of(schema), body)
    if schema.extension:
        extension = body.get(schema.extension.id)
        if isinstance(extension, Mapping) and (values := _check_attributes(schema.extension.attributes, extension)):
            kept[schema.extension.id] = values
    for attribute in schema.attributes:
        if attribute.required and not kept.get(attribute.name):
            raise ScimError(400, f"{attribute.name} is required", "invalidValue")
    return kept


def _check_attributes(attributes: tuple[Attribute, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, value in body.items():
        attribute = find(attributes, name)
        if attribute and attribute.mutability == "readWrite" and value is not None:
            kept[attribute.name] = check_value(attribute, value)
    return kept


def check_value(attribute: Attribute, value: Any) -> Any:
    """`value` as the attribute holds it, a list if it is multi-valued. Raises ScimError (400 invalidValue)."""
    if not attribute.multi_valued:
        return check_single(attribute, value)
    if not isinstance(value, list):
        raise ScimError(400, f"{attribute.name} takes a list", "invalidValue")
    return [check_single(attribute, element) for element in value]


def check_single(attribute: Attribute, value: Any) -> Any:
    """One value of an attribute, multi-valued or not. Raises ScimError (400 invalidValue)."""
    if attribute.type == "boolean":
        # Microsoft Entra writes booleans as "True" and "False".
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if isinstance(value, bool):
            return value
    elif attribute.type == "complex":
        # Microsoft Entra gives a manager as the bare id.
        if isinstance(value, str) and find(attribute.sub_attributes, "value"):
            return {"value": value}
        if isinstance(value, Mapping):
            return _check_attributes(attribute.sub_attributes, value)
    elif isinstance(value, str):
        return value
    raise ScimError(400, f"{attribute.name} takes a {attribute.type} value", "invalidValue")
