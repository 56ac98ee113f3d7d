"""SCIM PATCH (RFC 7644 §3.5.2), with the forms Okta and Microsoft Entra send."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.sandbox.scim_filter import Filter, parse_filter
from webapp.sandbox.scim_schema import (
    Attribute,
    Schema,
    ScimError,
    attributes_of,
    check,
    check_single,
    check_value,
    find,
)

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_PATH = re.compile(r"(?P<attribute>[a-z$][\w$-]*)(?:\[(?P<filter>.+)\])?(?:\.(?P<sub>[a-z$][\w$-]*))?", re.IGNORECASE)


@dataclass(frozen=True)
class Path:
    """Where an operation points: an attribute (of the extension or not), perhaps some of its elements or a part."""

    attribute: Attribute
    sub_attribute: Attribute | None = None
    filter: Filter | None = None
    extension: str | None = None


def patch(schema: Schema, attributes: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes after all operations of a PatchOp body; what was given is left as it is.

    Raises ScimError 400: invalidSyntax, invalidPath, invalidFilter, invalidValue, noTarget or mutability.
    """
    operations = body.get("Operations")
    if PATCH_OP not in (body.get("schemas") or []) or not isinstance(operations, list) or not operations:
        raise ScimError(400, "A PATCH body has the PatchOp schema and a list of Operations", "invalidSyntax")
    document = copy.deepcopy(dict(attributes))
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise ScimError(400, "Each of the Operations is an object", "invalidSyntax")
        op, path, value = str(operation.get("op")).lower(), operation.get("path"), operation.get("value")
        if op not in {"add", "replace", "remove"}:
            raise ScimError(400, f"There is no operation {op}", "invalidSyntax")
        if op != "remove" and "value" not in operation:
            raise ScimError(400, f"{op} needs a value", "invalidValue")
        if path is not None:
            _apply(document, _parse_path(schema, str(path)), op, value)
        elif op == "remove":
            raise ScimError(400, "remove needs a path", "noTarget")
        elif isinstance(value, Mapping):
            _apply_object(document, schema, op, value)
        else:
            raise ScimError(400, f"Without a path, {op} takes an object", "invalidValue")
    return check(schema, document)


def _apply_object(document: dict[str, Any], schema: Schema, op: str, value: Mapping[str, Any]) -> None:
    """Each key as if it were a path. Okta repeats a group's id here; what can't be set is ignored, as in a PUT."""
    for key, part in _keys_as_paths(schema, value):
        try:
            path = _parse_path(schema, key)
        except ScimError as error:
            if error.scim_type in {"mutability", "invalidPath"}:
                continue
            raise
        _apply(document, path, op, part)


def _keys_as_paths(schema: Schema, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, part in value.items():
        if schema.extension and key.lower() == schema.extension.id.lower() and isinstance(part, Mapping):
            yield from ((f"{key}:{name}", extension_part) for name, extension_part in part.items())
        else:
            yield key, part


def _parse_path(schema: Schema, text: str) -> Path:
    """Raises ScimError 400: invalidPath if nothing is there, mutability if it is read-only, invalidFilter."""
    attributes, extension, rest = attributes_of(schema), None, text.strip()
    if schema.extension and rest.lower().startswith(f"{schema.extension.id.lower()}:"):
        attributes, extension = schema.extension.attributes, schema.extension.id
        rest = rest[len(schema.extension.id) + 1 :]
    elif rest.lower().startswith(f"{schema.id.lower()}:"):
        rest = rest[len(schema.id) + 1 :]
    match = _PATH.fullmatch(rest)
    attribute = match and find(attributes, match["attribute"])
    if not match or not attribute:
        raise ScimError(400, f"There is nothing at {text}", "invalidPath")
    sub = find(attribute.sub_attributes, match["sub"]) if match["sub"] else None
    if (match["sub"] and not sub) or (match["filter"] and not attribute.multi_valued):
        raise ScimError(400, f"There is nothing at {text}", "invalidPath")
    if attribute.mutability == "readOnly":
        raise ScimError(400, f"{attribute.name} can't be changed", "mutability")
    return Path(attribute, sub, parse_filter(match["filter"]) if match["filter"] else None, extension)


def _apply(document: dict[str, Any], path: Path, op: str, value: Any) -> None:
    holder = document.setdefault(path.extension, {}) if path.extension else document
    if path.filter or (path.attribute.multi_valued and path.sub_attribute):
        _apply_to_elements(holder, path, op, value)
    elif path.sub_attribute:
        part = holder.setdefault(path.attribute.name, {})
        if op == "remove" or value is None:
            part.pop(path.sub_attribute.name, None)
        else:
            part[path.sub_attribute.name] = check_value(path.sub_attribute, value)
    elif path.attribute.multi_valued:
        _apply_to_list(holder, path.attribute, op, value)
    elif op == "remove" or value is None:
        holder.pop(path.attribute.name, None)
    elif path.attribute.type == "complex":
        # What is not named stays, in replace too (RFC 7644 §3.5.2.3).
        holder.setdefault(path.attribute.name, {}).update(check_value(path.attribute, value))
    else:
        holder[path.attribute.name] = check_value(path.attribute, value)


def _apply_to_list(holder: dict[str, Any], attribute: Attribute, op: str, value: Any) -> None:
    """A whole multi-valued attribute; one value may stand without its list."""
    given = [] if value is None else check_value(attribute, value if isinstance(value, list) else [value])
    held = holder.get(attribute.name, [])
    if op == "remove" and value is not None:
        # Microsoft Entra names the members to remove in the value.
        gone = [element.get("value") for element in given]
        holder[attribute.name] = [element for element in held if element.get("value") not in gone]
    elif op == "remove":
        holder.pop(attribute.name, None)
    elif op == "replace":
        holder[attribute.name] = given
    else:
        holder[attribute.name] = held + [element for element in given if element not in held]


def _apply_to_elements(holder: dict[str, Any], path: Path, op: str, value: Any) -> None:
    """The elements the path's filter selects, all without one."""
    held: list[dict[str, Any]] = holder.get(path.attribute.name, [])
    selected = [element for element in held if not path.filter or path.filter.matches(element)]
    if not selected and op == "add" and path.filter and all(each.op == "eq" for each in path.filter.comparisons):
        # Microsoft Entra adds `emails[type eq "work"].value` before there is a work email.
        selected = [{each.path: each.value for each in path.filter.comparisons}]
        held = holder[path.attribute.name] = held + selected
    if not selected:
        raise ScimError(400, f"No value of {path.attribute.name} matches", "noTarget")
    if op == "remove" and not path.sub_attribute:
        holder[path.attribute.name] = [element for element in held if element not in selected]
    for element in selected:
        if not path.sub_attribute:
            element.update({} if op == "remove" else check_single(path.attribute, value))
        elif op == "remove":
            element.pop(path.sub_attribute.name, None)
        else:
            element[path.sub_attribute.name] = check_value(path.sub_attribute, value)
