"""Organizations and members through the official SDK's searches: all of them, in parts, and to whom."""

from functools import partial
from typing import Any

import pytest
from stytch import B2BClient
from stytch.b2b.models.organizations_members import SearchRequestOptions

from tests.conftest import Sandbox
from tests.contract.conftest import SignIn, refusal


def test_all_organizations_in_parts(stytch: B2BClient, sandbox: Sandbox) -> None:
    found, cursor = [], None
    while True:
        part = stytch.organizations.search(cursor=cursor, limit=4)
        assert part.results_metadata.total == 6
        found += part.organizations
        cursor = part.results_metadata.next_cursor
        if cursor is None:
            break
    assert [each.organization_id for each in found] == list(sandbox.world.organizations)
    connections = {each.organization_slug: each.scim_active_connection for each in found}
    assert connections["globex"] is None
    umbrella, seeded = connections["umbrella"], sandbox.connection("umbrella")
    assert umbrella is not None
    assert umbrella.bearer_token_last_four == seeded.bearer_token[-4:]
    assert seeded.bearer_token_expires_at is not None
    assert umbrella.bearer_token_expires_at == seeded.bearer_token_expires_at.replace(microsecond=0)


def test_a_workspace_that_does_not_count(stytch: B2BClient, sandbox: Sandbox) -> None:
    sandbox.world.variants["search_totals"] = "off"
    assert stytch.organizations.search().results_metadata.total == -1


def test_members_with_their_roles(stytch: B2BClient) -> None:
    found = stytch.organizations.members.search(["acme"])
    roles = {member.email_address: {role.role_id for role in member.roles} for member in found.members}
    assert roles["olga@acme.example"] == {"stytch_member", "scim_operator"}
    assert len(roles) == found.results_metadata.total == 5
    assert {each.organization_slug for each in found.organizations.values()} == {"acme"}


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"limit": 0}, (400, "invalid_limit")),
        ({"limit": 1001}, (400, "invalid_limit")),
        ({"cursor": "nowhere"}, (400, "invalid_cursor")),
        ({"query": {"operator": "XOR", "operands": []}}, (400, "bad_request")),
        ({"query": {"operator": "AND", "operands": [{"filter_name": "x"}]}}, (501, "not_implemented_in_sandbox")),
    ],
)
def test_what_no_search_takes(stytch: B2BClient, asked: dict[str, Any], refused: tuple[int, str]) -> None:
    for search in (stytch.organizations.search, partial(stytch.organizations.members.search, ["acme"])):
        assert refusal(partial(search, **asked)) == refused


def test_members_of_nowhere(stytch: B2BClient) -> None:
    assert refusal(lambda: stytch.organizations.members.search([])) == (400, "bad_request")
    assert refusal(lambda: stytch.organizations.members.search(["nowhere"])) == (404, "organization_not_found")


def test_a_member_searches_their_own_organization_if_a_role_allows_it(stytch: B2BClient, sign_in: SignIn) -> None:
    def search(organization: str, email: str) -> int:
        options = SearchRequestOptions(authorization=sign_in(email, "acme"))
        return len(stytch.organizations.members.search([organization], method_options=options).members)

    assert search("acme", "ada@acme.example") == 5
    assert refusal(lambda: search("acme", "olga@acme.example")) == (403, "session_authorization_error")
    assert refusal(lambda: search("globex", "ada@acme.example")) == (403, "session_authorization_tenancy_error")
