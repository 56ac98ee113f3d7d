"""Every call of the client, against the sandbox over a socket."""

import base64
import hashlib
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from tests.conftest import Sandbox
from tests.stytch.conftest import Change, caught, each_change
from webapp.sandbox.clock import Clock
from webapp.sandbox.variants import CHOICES
from webapp.stytch import Actor, Proven, Stytch, errors
from webapp.stytch.errors import StytchError
from webapp.stytch.models import DiscoveryAnswer


def prove(stytch: Stytch, sandbox: Sandbox, email: str) -> DiscoveryAnswer:
    """An intermediate session, by a mailed link."""
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    stytch.send_discovery_email(email, redirect_url="http://127.0.0.1/login/callback", pkce_code_challenge=challenge)
    link = sandbox.world.inbox[0].link
    assert link
    token = parse_qs(urlsplit(link).query)["token"][0]
    return stytch.authenticate_discovery(token, pkce_code_verifier=verifier)


def test_signing_in_asking_about_the_session_and_ending_it(stytch: Stytch, sandbox: Sandbox) -> None:
    found = prove(stytch, sandbox, "ada@acme.example")
    assert found.email_address == "ada@acme.example"
    again = stytch.list_discovered_organizations(Proven(found.intermediate_session_token))
    assert {each.organization.organization_name for each in again.discovered_organizations} == {
        "Acme",
        "Globex",
        "Initech",
    }
    acme = sandbox.world.find_organization("acme").organization_id
    entered = stytch.exchange_intermediate_session(found.intermediate_session_token, acme, session_duration_minutes=60)
    assert entered.member_authenticated
    assert entered.organization.organization_id == acme
    [session] = sandbox.world.sessions.values()
    ends = session.expires_at

    answer = stytch.authenticate_session(entered.session_token)
    assert answer.member_session.roles == ["stytch_member", "stytch_admin"]
    assert (answer.member.email_address, answer.organization.organization_name) == ("ada@acme.example", "Acme")
    assert session.expires_at == ends, "a question prolonged the session"

    stytch.revoke_session(entered.session_token)
    assert sandbox.world.sessions == {}
    assert type(caught(lambda: stytch.authenticate_session(entered.session_token))) is errors.SessionEnded


def test_a_second_factor_that_is_missing(stytch: Stytch, sandbox: Sandbox) -> None:
    found = prove(stytch, sandbox, "una@umbrella.example")
    [umbrella] = found.discovered_organizations
    entered = stytch.exchange_intermediate_session(
        found.intermediate_session_token, umbrella.organization.organization_id, session_duration_minutes=60
    )
    assert not entered.member_authenticated
    assert entered.mfa_required is not None
    assert entered.session_token.get_secret_value() == ""


def test_a_first_factor_that_is_not_enough(stytch: Stytch, sandbox: Sandbox) -> None:
    found = prove(stytch, sandbox, "hal@hooli.example")
    hooli = sandbox.world.find_organization("hooli").organization_id
    entered = stytch.exchange_intermediate_session(found.intermediate_session_token, hooli, session_duration_minutes=60)
    assert entered.primary_required is not None
    assert entered.primary_required.allowed_auth_methods == ["sso"]


def test_a_second_mail_in_the_same_second(stytch: Stytch, sandbox: Sandbox) -> None:
    def send() -> object:
        return stytch.send_discovery_email(
            "vic@acme.example", redirect_url="http://127.0.0.1/login/callback", pkce_code_challenge="c" * 43
        )

    now = sandbox.world.clock.now()
    sandbox.world.clock = Clock(lambda: now)
    send()
    assert type(caught(send)) is errors.RateLimited
    sandbox.world.variants["link_send_limit"] = "off"
    send()
    assert len(sandbox.world.inbox) == 2


def test_keys_and_policies(stytch: Stytch, sandbox: Sandbox) -> None:
    [key] = stytch.get_jwks().keys
    assert key.model_dump()["n"] == sandbox.world.signing_key.jwks()[0]["n"]
    viewer = next(role for role in stytch.get_policy() if role.role_id == "scim_viewer")
    assert [(each.resource_id, each.actions) for each in viewer.permissions] == [("stytch.scim", ["get"])]
    assert stytch.get_organization_policy("acme") == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_whose_organizations_can_have_no_roles(stytch: Stytch, sandbox: Sandbox, status: int) -> None:
    sandbox.fail("status", "/rbac/organizations/", "GET", status=status, error_type="not_in_beta")
    assert stytch.get_organization_policy("acme") == []


def test_a_rotation_started_cancelled_started_again_and_completed(stytch: Stytch, sandbox: Sandbox) -> None:
    connection, ada = sandbox.connection(), sandbox.actor()
    old = connection.bearer_token

    (read,) = stytch.get_scim_connections(ada).connections
    assert read is not None
    assert (read.display_name, read.bearer_token_last_four, read.rotating) == ("Acme Okta", old[-4:], False)
    assert read.base_url == connection.base_url(sandbox.url)
    assert connection.bearer_token_expires_at is not None
    assert read.bearer_token_expires_at == connection.bearer_token_expires_at.replace(microsecond=0)

    started = stytch.start_rotation(ada, connection.connection_id)
    assert started.next_bearer_token.get_secret_value() == connection.next_bearer_token
    assert started.connection.next_bearer_token_last_four == (connection.next_bearer_token or "")[-4:]
    cancelled = stytch.cancel_rotation(ada, connection.connection_id).connection
    assert cancelled == read

    new = stytch.start_rotation(ada, connection.connection_id).next_bearer_token.get_secret_value()
    completed = stytch.complete_rotation(ada, connection.connection_id).connection
    assert completed is not None
    assert (completed.bearer_token_last_four, completed.rotating) == (new[-4:], False)
    assert connection.bearer_token == new

    [ada_id] = {session.member_id for session in sandbox.world.sessions.values()}
    assert {entry.acting_member_id for entry in sandbox.world.requests} == {ada_id}, "a call in nobody's name"


def test_every_shape_of_a_rotation(stytch: Stytch, sandbox: Sandbox) -> None:
    """The answers that Stytch may give one way or another, each read as the same thing."""
    names = ("token_lifetime", "next_last_four_outside_rotation", "expiry_that_is_none", "status_of_a_post")
    connection, ada = sandbox.connection(), sandbox.actor()
    for shape in product(*(CHOICES[name] for name in names)):
        sandbox.world.variants |= dict(zip(names, shape, strict=True))
        started = stytch.start_rotation(ada, connection.connection_id).connection
        assert (started.next_bearer_token_expires_at is None) is ("unlimited" in shape), shape
        completed = stytch.complete_rotation(ada, connection.connection_id).connection
        assert completed is not None, shape
        assert not completed.rotating, shape
        assert completed.bearer_token_expires_at == started.next_bearer_token_expires_at, shape


@pytest.mark.parametrize("variant", CHOICES["get_without_connection"])
def test_an_organization_without_connection(stytch: Stytch, sandbox: Sandbox, variant: str) -> None:
    sandbox.world.variants["get_without_connection"] = variant
    assert stytch.get_scim_connections(sandbox.actor("gil@globex.example", "globex")).connections == []


def test_an_organization_that_is_gone_is_not_one_without_connection(stytch: Stytch, sandbox: Sandbox) -> None:
    ada = sandbox.actor()
    gone = Actor("organization-test-00000000-0000-4000-8000-000000000000", ada.session_token)
    error = caught(lambda: stytch.get_scim_connections(gone))
    assert (type(error), error.error_type) == (errors.NotFound, "organization_not_found")


@each_change
def test_another_organizations_connection(stytch: Stytch, sandbox: Sandbox, step: str, change: Change) -> None:
    foreign, ada = sandbox.connection("initech"), sandbox.actor()
    before = (foreign.bearer_token, foreign.next_bearer_token)
    answers = [*product(CHOICES["wrong_connection_id"], CHOICES["wrong_connection_id_error"])]
    for status, error_type in answers:
        sandbox.world.variants |= {"wrong_connection_id": status, "wrong_connection_id_error": error_type}
        error = caught(lambda: change(stytch, ada, foreign.connection_id))
        assert (type(error), error.status, error.error_type) == (errors.NotFound, int(status), error_type)
        assert error.request_id.startswith("request-id-test-")
    assert (foreign.bearer_token, foreign.next_bearer_token) == before
    assert sandbox.calls() == [f"POST {step}"] * len(answers)


@pytest.mark.parametrize("variant", CHOICES["not_rotating_status"])
@pytest.mark.parametrize("change", [Stytch.complete_rotation, Stytch.cancel_rotation])
def test_nothing_to_complete_or_cancel(stytch: Stytch, sandbox: Sandbox, change: Change, variant: str) -> None:
    sandbox.world.variants["not_rotating_status"] = variant
    error = caught(lambda: change(stytch, sandbox.actor(), sandbox.connection().connection_id))
    assert isinstance(error, errors.Refused)
    assert error.error_type == "scim_connection_not_rotating_token"


@pytest.mark.parametrize("variant", CHOICES["start_twice"])
def test_a_second_start(stytch: Stytch, sandbox: Sandbox, variant: str) -> None:
    sandbox.world.variants["start_twice"] = variant
    initech, ian = sandbox.connection("initech"), sandbox.actor("ian@initech.example", "initech")
    before = initech.next_bearer_token
    if variant == "refused":
        error = caught(lambda: stytch.start_rotation(ian, initech.connection_id))
        assert (type(error), error.error_type) == (errors.Refused, "scim_connection_already_rotating_token")
        assert initech.next_bearer_token == before
    else:
        stytch.start_rotation(ian, initech.connection_id)
        assert initech.next_bearer_token != before


@pytest.mark.parametrize(
    ("variant", "expected"),
    [("404", errors.SessionEnded), ("401", errors.SessionEnded), ("403", errors.Forbidden)],
)
def test_a_dead_session(stytch: Stytch, sandbox: Sandbox, variant: str, expected: type[StytchError]) -> None:
    sandbox.world.variants["dead_session_in_header"] = variant
    ada = sandbox.actor()
    sandbox.world.sessions.clear()
    assert type(caught(lambda: stytch.get_scim_connections(ada))) is expected


@each_change
def test_roles_are_enforced_by_stytch(stytch: Stytch, sandbox: Sandbox, step: str, change: Change) -> None:
    vic = sandbox.actor("vic@acme.example")
    assert stytch.get_scim_connections(vic).connections
    error = caught(lambda: change(stytch, vic, sandbox.connection().connection_id))
    assert (type(error), error.status) == (errors.Forbidden, 403)
    assert sandbox.calls() == ["GET connection", f"POST {step}"]


def test_the_projects_own_credentials_are_sent_and_may_be_wrong(sandbox: Sandbox) -> None:
    stranger = Stytch(sandbox.url, "project-test-00000000-0000-4000-8000-000000000000", SecretStr("secret-test-other"))
    for call in (stranger.get_policy, lambda: stranger.get_scim_connections(sandbox.actor())):
        assert type(caught(call)) is errors.BadCredentials
    stranger.close()
