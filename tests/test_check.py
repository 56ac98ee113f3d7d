"""`flask check`, as a terminal sees it: a fault is named, with what to do about it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.wrappers import Request, Response

from tests.conftest import Console, Sandbox
from tests.web.apps import app_of
from webapp.history import provisioning
from webapp.history.database import Database
from webapp.history.provisioning import ScimEvent
from webapp.sandbox import rbac
from webapp.sandbox.faults import Kind
from webapp.sandbox.identifiers import CONNECTED_APP_ID
from webapp.sandbox.server import Server

Check = Callable[..., tuple[int, dict[str, str]]]

SILENT = "http://127.0.0.1:9"


@pytest.fixture
def check(console: Console) -> Check:
    """Runs it with some settings changed: the exit status, and by subject what was found of it."""

    def run(*arguments: str, **changes: Any) -> tuple[int, dict[str, str]]:
        with app_of(console, **changes) as app:
            done = app.test_cli_runner().invoke(args=["check", *arguments])
            app.extensions["history"].close()
        assert done.exception is None or isinstance(done.exception, SystemExit)
        lines = (line.partition(": ") for line in done.stdout.splitlines())
        found = {
            mark_and_subject[7:]: mark_and_subject[:7].strip() + " " + words for mark_and_subject, _, words in lines
        }
        return done.exit_code, found

    return run


def test_all_is_well(check: Check, console: Console, sandbox: Sandbox) -> None:
    assert check() == (
        0,
        {
            "PUBLIC_URL": f"ok {console.url}",
            "Database": "ok its tables are those of this version",
            "Redis": "ok none: each worker counts tries to sign in by itself, so keep to one worker",
            "Webhooks": "- not set up: no card says whether provisioning goes on. See docs/operate.md, Webhooks",
            "Stytch": f"ok {sandbox.url} accepts project id and secret",
            "Clock": "ok as Stytch's",
            "Roles": "ok may rotate: scim_operator, stytch_admin",
            "Public token": "ok of the test environment, as the project",
            "Redirect URL": f"ok {console.url}/login/callback is registered for discovery",
            "OIDC issuer": f"ok {sandbox.url} describes itself",
            "OIDC client": f"ok {CONNECTED_APP_ID} is accepted",
            "OIDC redirect URL": f"- {console.url}/login/portal/callback was not tried: "
            "only a sign-in through the portal tells whether the Connected App has it.",
        },
    )


def fault(check: Check, subject: str, *arguments: str, **changes: Any) -> str:
    """What is said of the one fault there is."""
    status, found = check(*arguments, **changes)
    assert status == 1
    assert [name for name, words in found.items() if words.startswith("FAULT ")] == [subject]
    return found[subject].removeprefix("FAULT ")


def test_http_that_others_could_read(check: Check) -> None:
    status, found = check(public_url="http://console.example.com")
    assert status == 1
    assert found["PUBLIC_URL"].startswith("FAULT http://console.example.com is not HTTPS")
    assert check(public_url="https://console.example.com")[0] == 0


def test_a_redirect_url_that_is_not_registered(check: Check) -> None:
    status, found = check(public_url="http://console.example.com")
    assert status == 1
    assert found["Redirect URL"].startswith("FAULT http://console.example.com/login/callback is not registered")


def test_a_mail_of_ones_own_tries_the_redirect_url(check: Check, sandbox: Sandbox) -> None:
    assert check("--mail-to", "ops@acme.example")[0] == 0
    assert [mail.to for mail in sandbox.world.inbox] == ["ops@acme.example"]


def test_a_redirect_url_that_could_not_be_tried(check: Check, sandbox: Sandbox) -> None:
    sandbox.fail("status", "/discovery/send$", status=429, error_type="too_many_requests")
    status, found = check()
    assert (status, found["Redirect URL"].partition(".")[0]) == (0, "- It could not be tried")


def test_a_database_without_tables(check: Check, tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    assert fault(check, "Database", database_url=url).endswith("Run: flask --app wsgi history upgrade")


def test_a_database_that_is_away(check: Check) -> None:
    url = "postgresql://console:worth-hiding@127.0.0.1:9/console"
    words = fault(check, "Database", database_url=url)
    assert words.startswith("It can't be reached (OperationalError). See to DATABASE_URL")
    assert "worth-hiding" not in words


@pytest.mark.filterwarnings("ignore:.*unreachable.*")
def test_redis_that_is_away(check: Check) -> None:
    assert fault(check, "Redis", redis_url="redis://127.0.0.1:9/0").startswith("It does not answer. See to REDIS_URL")


def test_webhooks_and_when_the_last_event_was(check: Check, history: Database, tmp_path: Path) -> None:
    secret = (SecretStr("whsec_" + "a" * 32),)
    assert check(stytch_webhook_secret=secret)[1]["Webhooks"] == "ok set up; no provisioning event yet"
    at = datetime(2026, 11, 24, 14, 33, tzinfo=UTC)
    provisioning.record(history, "msg_1", ScimEvent("organization", "connection", "member.update", at), at)
    words = check(stytch_webhook_secret=secret)[1]["Webhooks"]
    assert words == "ok set up; the last provisioning event was at 2026-11-24 14:33 UTC"
    status, found = check(stytch_webhook_secret=secret, database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert (status, found["Webhooks"]) == (1, "- set up; what came last can't be read")


def test_credentials_that_stytch_does_not_take(check: Check) -> None:
    words = fault(check, "Stytch", stytch_secret=SecretStr("secret-test-another"))
    assert words.startswith("It does not accept STYTCH_PROJECT_ID and STYTCH_SECRET.")
    assert "secret-test-another" not in words


def test_stytch_that_is_out_of_reach(check: Check) -> None:
    assert fault(check, "Stytch", stytch_base_url=SILENT).startswith(f"{SILENT} can't be reached.")


def test_stytch_that_fails(check: Check, sandbox: Sandbox) -> None:
    sandbox.fail("status", "/rbac/policy$", "GET", times=2)
    assert fault(check, "Stytch").startswith("It answered 500 internal_server_error (request id request-id-test-")


def test_a_clock_that_is_wrong(check: Check, sandbox: Sandbox) -> None:
    sandbox.world.clock.advance(90)
    words = fault(check, "Clock")
    assert words.startswith(("This machine's is 90 seconds behind Stytch's.", "This machine's is 89 seconds behind"))
    assert words.endswith("Have it set by NTP.")


def test_a_policy_in_which_nobody_may_rotate(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    may_look = {name: role for name, role in rbac.ROLES.items() if name in ("stytch_member", "scim_viewer")}
    monkeypatch.setattr(rbac, "ROLES", may_look)
    assert fault(check, "Roles").startswith("No role of the project has the actions get and update on stytch.scim")


def test_a_public_token_of_another_environment(check: Check) -> None:
    words = fault(check, "Public token", stytch_public_token="public-token-live-1")
    assert words.startswith("STYTCH_PUBLIC_TOKEN is of the live environment, STYTCH_PROJECT_ID of test.")


def test_no_portal_is_no_fault(check: Check) -> None:
    status, found = check(oidc_issuer="", oidc_client_id="", oidc_client_secret=SecretStr(""))
    assert status == 0
    assert not [subject for subject in found if subject.startswith("OIDC")]


def test_an_issuer_that_is_out_of_reach(check: Check) -> None:
    assert fault(check, "OIDC issuer", oidc_issuer=SILENT).startswith(f"{SILENT} can't be reached")


def test_an_issuer_by_another_name(check: Check, sandbox: Sandbox) -> None:
    another = sandbox.url.replace("127.0.0.1", "localhost")
    assert fault(check, "OIDC issuer", oidc_issuer=another).startswith(f"{another} calls itself '{sandbox.url}'.")


def test_a_project_whose_portal_has_no_authorization_page(check: Check, sandbox: Sandbox) -> None:
    error_type = "authorization_endpoint_not_configured_for_project"
    sandbox.fail("status", "/openid-configuration$", "GET", status=400, error_type=error_type)
    assert fault(check, "OIDC issuer").startswith("The project has no authorization endpoint. Set it in the dashboard")


@pytest.mark.parametrize(("kind", "status"), [("malformed_json", 200), ("status", 404)])
def test_an_issuer_that_does_not_describe_itself(check: Check, sandbox: Sandbox, kind: Kind, status: int) -> None:
    sandbox.fail(kind, "/openid-configuration$", "GET", status=404, error_type="route_not_found")
    assert fault(check, "OIDC issuer").startswith(f"{sandbox.url} answered {status}, and does not describe itself.")


def test_a_description_that_lacks_something(check: Check) -> None:
    server = Server(Request.application(lambda request: Response(json.dumps({"issuer": request.host_url[:-1]}))))
    server.start()
    words = fault(check, "OIDC issuer", oidc_issuer=server.url)
    server.stop()
    assert "lacks authorization_endpoint, token_endpoint, jwks_uri." in words


@pytest.mark.parametrize(
    "changes", [{"oidc_client_id": "connected-app-test-1"}, {"oidc_client_secret": SecretStr("another-worth-hiding")}]
)
def test_a_client_that_is_not_accepted(check: Check, changes: dict[str, Any]) -> None:
    words = fault(check, "OIDC client", **changes)
    assert words.startswith("It does not accept OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    assert "worth-hiding" not in words


@pytest.mark.parametrize("error_type", ["idp_auth_code_not_found", "too_many_requests"])
def test_a_provider_whose_answer_does_not_tell_of_the_client(check: Check, sandbox: Sandbox, error_type: str) -> None:
    # It may look at the code first: then a wrong secret would be told the same.
    sandbox.fail("status", "/oauth2/token$", status=404, error_type=error_type, times=2)
    status, found = check()
    assert (status, found["OIDC client"]) == (0, f"- Its answer does not tell: '{error_type}'.")
