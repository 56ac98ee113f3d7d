"""All organizations of the project and their members, for whoever runs the console (`stytch-api.md §3`).

These calls are made in nobody's name: the project's secret alone may do everything (§1.3).
"""

from typing import TypeVar

from webapp.stytch import errors, models
from webapp.stytch.calls import Calls, segment

MOST = 1000
"""So many of them at a time, which is the most that Stytch gives."""
SEARCH_SECONDS = 20.0
"""A search may take nine seconds, says the official SDK of `organizations.search`; other calls have less."""

_A = TypeVar("_A", bound=models.Answer)


class Organizations(Calls):
    """The calls that look at every organization."""

    def search_organizations(self, *, cursor: str = "", limit: int = MOST) -> models.OrganizationsAnswer:
        """The next `limit` of the project's organizations, in Stytch's order."""
        return self._search("/v1/b2b/organizations/search", models.OrganizationsAnswer, {}, cursor, limit)

    def search_members(
        self, organization_id: str, *, cursor: str = "", limit: int = MOST
    ) -> models.OrganizationMembersAnswer:
        """The next `limit` of the organization's members, in Stytch's order."""
        path = "/v1/b2b/organizations/members/search"
        body = {"organization_ids": [organization_id]}
        return self._search(path, models.OrganizationMembersAnswer, body, cursor, limit)

    def read_scim_connections(self, organization_id: str) -> list[models.Connection]:
        """The organization's connections, as nobody in particular. What Stytch answers without one is not known."""
        path = f"/v1/b2b/scim/{segment(organization_id)}/connection"
        try:
            return self.read("GET", path, models.ConnectionsAnswer).connections
        except errors.NotFound:
            return []

    def _search(self, path: str, answer: type[_A], body: dict[str, list[str]], cursor: str, limit: int) -> _A:
        asked = {**body, "limit": limit, **({"cursor": cursor} if cursor else {})}
        return self.read("POST", path, answer, json=asked, seconds=SEARCH_SECONDS)
