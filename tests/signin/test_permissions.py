"""Which buttons a member sees follows the project's RBAC policy and the organization's own roles."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from pydantic import SecretStr

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, heading
from webapp.sandbox import rbac
from webapp.sandbox.faults import Fault
from webapp.sandbox.server import Server
from webapp.signin import permissions
from webapp.signin.member import SignedIn
from webapp.stytch import Stytch

START = "Start rotation"
POLICIES = "GET rbac/"


def policy_reads(visitor: Visitor) -> int:
    return sum(request.startswith(POLICIES) for request in visitor.requests())


@pytest.mark.parametrize(
    ("email", "organization", "sees_start"),
    [
        ("ada@acme.example", "Acme", True),  # `*`
        ("olga@acme.example", None, True),  # `get`, `update`
        ("vic@acme.example", None, False),  # `get`
    ],
)
def test_buttons_are_drawn_by_permission(
    visitor: Visitor, email: str, organization: str | None, sees_start: bool
) -> None:
    assert (START in visitor.sign_in(email, organization).text) is sees_start


def test_who_may_not_even_look_is_told_what_is_missing(visitor: Visitor) -> None:
    page = visitor.sign_in("noel@acme.example")
    assert (page.status_code, heading(page)) == (403, "You can't see SCIM connections")
    assert "<code>get</code> on <code>stytch.scim</code>" in page.text
    assert "request-id-test-" in page.text
    assert visitor.session["member"]


def test_role_names_mean_nothing(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rbac.ROLES, "stytch_admin", ("", {"stytch.scim": ["get"]}))
    monkeypatch.setitem(rbac.ROLES, "scim_operator", ("", {"stytch.scim": ["get"], "stytch.sso": ["*"]}))
    assert START not in visitor.sign_in("ada@acme.example", "Acme").text
    visitor.cookie = ""
    assert START not in visitor.sign_in("olga@acme.example").text


def test_an_organization_s_own_roles_count_in_it_alone() -> None:
    """The sandbox's organizations have none, so another stands in for Stytch."""
    app = Flask(__name__)
    own = {"role_id": "rotator", "permissions": [{"resource_id": "stytch.scim", "actions": ["update"]}]}
    app.add_url_rule("/v1/b2b/rbac/policy", "policy", lambda: {"policy": {"roles": []}})
    app.add_url_rule(
        "/v1/b2b/rbac/organizations/<name>",
        "own",
        lambda name: {"org_policy": {"roles": [own] if name == "acme" else []}},
    )
    server = Server(app)
    server.start()
    stytch = Stytch(server.url, "project-test-1", SecretStr("secret-test-1"))
    roles = permissions.Permissions(stytch)
    acme = SignedIn(
        session_token=SecretStr(""),
        session_jwt=SecretStr(""),
        member_id="member-test-1",
        email="vic@acme.example",
        organization_id="acme",
        organization_name="Acme",
        organization_slug="acme",
        session_id="member-session-test-1",
        started_at=datetime.now(UTC),
        roles=("rotator",),
    )
    globex = replace(acme, organization_id="globex")
    assert roles.allowed(acme, "stytch.scim", "update")
    assert not roles.allowed(acme, "stytch.scim", "get")
    assert not roles.allowed(acme, "stytch.sso", "update")
    assert not roles.allowed(replace(acme, roles=("other",)), "stytch.scim", "update")
    assert not roles.allowed(globex, "stytch.scim", "update")
    stytch.close()
    server.stop()


@pytest.mark.parametrize(("status", "error_type"), [(403, "forbidden"), (404, "route_not_found")])
def test_a_project_without_organization_roles_works(
    visitor: Visitor, sandbox: Sandbox, status: int, error_type: str
) -> None:
    sandbox.world.faults.append(
        Fault(method="GET", path="rbac/organizations", fault="status", status=status, error_type=error_type)
    )
    assert START in visitor.sign_in("olga@acme.example").text


def test_policies_are_read_once_in_ten_minutes(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    visitor.sign_in("olga@acme.example")
    assert policy_reads(visitor) == 2
    visitor.get("/connections")
    assert policy_reads(visitor) == 0

    passed = 0

    def pass_ten_minutes() -> None:
        nonlocal passed
        passed += permissions.POLICY_SECONDS

    monkeypatch.setattr(permissions, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed))
    pass_ten_minutes()
    monkeypatch.setitem(rbac.ROLES, "scim_operator", ("", {"stytch.scim": ["get"]}))
    assert START not in visitor.get("/connections").text
    assert policy_reads(visitor) == 2

    # A policy that can't be read anew goes on as it was.
    pass_ten_minutes()
    sandbox.world.faults.append(Fault(method="GET", path="rbac", fault="status", status=503, times=4))
    page = visitor.get("/connections")
    assert page.status_code == 200
    assert START not in page.text


def test_without_any_policy_the_page_says_that_stytch_is_away(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.faults.append(Fault(method="GET", path="rbac", fault="status", status=503, times=2))
    page = visitor.sign_in("olga@acme.example")
    assert (page.status_code, heading(page)) == (502, "Stytch did not answer")
    assert visitor.get("/connections").status_code == 200
