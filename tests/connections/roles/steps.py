"""What the tests of roles look at and press."""

import json
import re
from html import unescape

import httpx

from tests.conftest import Sandbox
from tests.connections.conftest import Press
from tests.signin.steps import Visitor
from webapp.history.database import Database
from webapp.sandbox.connections import Connection

ADA = "ada@acme.example"
WES = "wes@wayne.example"
REVIEW = "Review the change"
PUT = "/connection/[^/]+$"
Pairs = set[tuple[str, str]]


def pairs(connection: Connection) -> Pairs:
    """Which group, by its name, holds which role at Stytch."""
    groups = connection.directory.groups
    return {
        (groups[each.group_id].display_name if each.group_id in groups else each.group_id, each.role_id)
        for each in connection.group_role_assignments
    }


def group_id(connection: Connection, name: str) -> str:
    [found] = [each.id for each in connection.directory.groups.values() if each.display_name == name]
    return found


def group_page(visitor: Visitor, connection: Connection, name: str) -> httpx.Response:
    return visitor.get(f"/connections/{connection.connection_id}/groups/{group_id(connection, name)}")


def ticked(page: httpx.Response) -> list[str]:
    return re.findall(r'<input type="checkbox" name="role" value="([^"]*)" checked>', page.text)


def review(press: Press, visitor: Visitor, page: httpx.Response, *roles: str) -> httpx.Response:
    """What the choice of these roles comes to."""
    return press(visitor, page, REVIEW, role=list(roles))  # httpx sends a list as the browser sends ticks


def diff(page: httpx.Response) -> list[str]:
    """What the review lists: `Added scim_viewer`."""
    found = re.findall(r'<span class="diff__sign">(\w+)</span>\s*<strong class="role__id">(.*?)</strong>', page.text)
    return [f"{sign} {unescape(role)}" for sign, role in found]


def puts(sandbox: Sandbox) -> int:
    return len([each for each in sandbox.calls() if each.startswith("PUT")])


def events(history: Database) -> list[tuple[str, dict[str, object]]]:
    with history.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT outcome, details FROM events WHERE type = 'roles.change' ORDER BY sequence"
        )
        return [(row.outcome, json.loads(row.details)) for row in rows]
