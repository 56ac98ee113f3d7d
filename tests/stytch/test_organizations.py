"""What whoever runs the console reads of every organization, against the sandbox over a socket."""

import pytest

from tests.conftest import Sandbox
from webapp.stytch import Stytch, calls, organizations


def test_all_organizations_a_part_at_a_time(stytch: Stytch, sandbox: Sandbox) -> None:
    part = stytch.search_organizations(limit=4)
    assert part.results_metadata.total == 6
    rest = stytch.search_organizations(cursor=part.results_metadata.next_cursor, limit=4)
    assert rest.results_metadata.next_cursor == ""
    found = {each.organization_slug: each.scim_active_connection for each in part.organizations + rest.organizations}
    assert list(found) == ["acme", "globex", "initech", "umbrella", "hooli", "wayne"]
    assert found["globex"] is None
    assert found["acme"]
    assert found["acme"].bearer_token_last_four == sandbox.connection().bearer_token[-4:]
    assert {entry.acting_member_id for entry in sandbox.world.requests} == {None}


def test_members_and_their_roles(stytch: Stytch, sandbox: Sandbox) -> None:
    acme = sandbox.world.find_organization("acme")
    found = {each.email_address: each for each in stytch.search_members(acme.organization_id).members}
    assert found["olga@acme.example"].role_ids == {"stytch_member", "scim_operator"}
    assert found["ivy@globex.example"].status == "invited"


def test_a_connection_as_nobody_in_particular(stytch: Stytch, sandbox: Sandbox) -> None:
    ids = {each.organization_slug: each.organization_id for each in sandbox.world.organizations.values()}
    (found,) = stytch.read_scim_connections(ids["initech"])
    assert found.rotating
    for variant in ("null", "400", "404"):
        sandbox.world.variants["get_without_connection"] = variant
        assert stytch.read_scim_connections(ids["globex"]) == []


def test_a_search_has_more_time_than_other_calls(
    stytch: Stytch, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "READ_SECONDS", 0.2)
    monkeypatch.setattr(organizations, "SEARCH_SECONDS", 2)
    sandbox.fail("latency", "/organizations/search$", seconds=0.5)
    stytch.search_organizations()
    assert sandbox.calls() == ["POST search"], "one slow answer was waited for, not asked for again"
