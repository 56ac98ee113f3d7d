"""The set-up guides: each in its identity provider's own words, with the values of the connection it is for."""

import re
from dataclasses import dataclass
from html import unescape

import httpx
import pytest
from flask import render_template

from tests.conftest import Console, Sandbox
from tests.connections.conftest import Enter, htmx, words
from tests.web.apps import app_of
from webapp.connections.providers import choices, provider
from webapp.sandbox.connections import IDENTITY_PROVIDERS
from webapp.stytch.models import Connection

TOKEN = "tok" + "A1b2" * 11 + "z"


@dataclass(frozen=True)
class Words:
    """What an IdP calls its fields (`stytch-api.md §2.3`), what else is to be set there, the test, and the rhythm."""

    base_url: str
    token: str
    settings: tuple[tuple[str, str], ...]
    test: str
    rhythm: str


# What Stytch's own portal has each IdP set beside the two (`stytch-api.md §2.3, §7.2`); userName is the email address.
GUIDES = {
    "okta": Words(
        "SCIM connector base URL",
        "HTTP Header Authorization: Bearer",
        (
            ("Application username format", "Email"),
            ("Unique identifier field for users", "userName"),
            ("Supported provisioning actions", "Push New Users, Push Profile Updates, and Push Groups"),
            ("Authentication Mode", "HTTP Header"),
        ),
        "Test API Credentials",
        "as soon as it happens",
    ),
    "microsoft-entra": Words(
        "Tenant URL", "Secret Token", (("userName", "each person's email"),), "Test Connection", "every 40 minutes"
    ),
    "cyberark": Words(
        "SCIM Service URL", "Bearer Token", (("userName", "the person's email"),), "Verify", "by itself when a role"
    ),
    "jumpcloud": Words(
        "Base URL",
        "Token Key",
        (("SCIM Version", "SCIM 2.0"), ("userName", "the person's email address")),
        "Test Connection",
        "usually within minutes",
    ),
    "onelogin": Words(
        "SCIM Base URL",
        "SCIM Bearer Token",
        (("SCIM Username", "Email"), ("userName in the SCIM JSON Template", "{$parameters.scimusername}")),
        "Enable",
        "when somebody is saved",
    ),
    "pingfederate": Words(
        "SCIM URL",
        "Access Token",
        (
            ("SCIM Version", "2.0"),
            ("Authentication Method", "OAuth 2 Bearer Token"),
            ("Unique User Identifier", "userName"),
            ("userName", "the attribute that holds the email address"),
        ),
        "provisioner.log",
        "every 60 seconds",
    ),
    "rippling": Words(
        "SCIM Base URL",
        "Bearer Token",
        (
            ("SCIM Version", "2.0"),
            ("SCIM Authorization Method", "Bearer Token"),
            ("SCIM userName", "Email address"),
            ("Supported SCIM Attributes", "externalId, emails.primary, name.givenName, name.familyName"),
        ),
        "no button",
        "Provision Time",
    ),
    "generic": Words(
        "SCIM Base URL",
        "Bearer Token",
        (("Unique user field", "userName"), ("userName", "the person's primary email address")),
        "tries the connection",
        "in cycles",
    ),
}


def rows(html: str) -> dict[str, str]:
    """The fields of a guide, and what goes into each."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return {unescape(label): " ".join(unescape(re.sub(r"<[^>]*>", "", text)).split()) for label, text in found}


def copied(html: str, label: str) -> str:
    """What the copy button at this field copies: the text of the element that it names, of which there is one."""
    (target,) = re.findall(rf'data-copy="([^"]+)"[^>]*>(?:<[^>]*>|Copy|\s)*{re.escape(label)}</span>', html)
    (text,) = re.findall(rf'<(?:code|textarea)[^>]* id="{target}"[^>]*>(.*?)<', html)
    return unescape(text)


def part(page: httpx.Response, heading: str) -> str:
    """The text from a heading of the guide to the next."""
    found = re.search(rf"<h3[^>]*>{heading}</h3>(.*?)(?:<h3|</section>)", page.text, re.DOTALL)
    assert found
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[1])).split())


def test_there_is_a_guide_for_each_that_stytch_knows() -> None:
    assert set(GUIDES) == {each.value for each in choices()} == IDENTITY_PROVIDERS


@pytest.mark.parametrize("identity_provider", GUIDES)
def test_a_guide_has_the_idp_s_fields_and_this_connection_s_values(
    enter: Enter, sandbox: Sandbox, identity_provider: str
) -> None:
    connection, expected = sandbox.connection(), GUIDES[identity_provider]
    connection.identity_provider = identity_provider
    visitor, _ = enter("vic@acme.example")
    page = visitor.get(f"/connections/{connection.connection_id}/guide")
    assert page.status_code == 200
    assert sandbox.calls() == ["GET connection"]
    fields = rows(page.text)
    assert copied(page.text, expected.base_url) == connection.base_url(sandbox.url)
    assert fields[expected.base_url].startswith(connection.base_url(sandbox.url))
    assert fields[expected.token] == "the token, shown once when it was made: if nobody has it"
    for label, text in expected.settings:
        assert fields[label].startswith(text), label
    assert expected.test in part(page, "Test it there")
    assert expected.rhythm in part(page, "What comes next")
    replace = part(page, "When the token is replaced")
    assert expected.token in replace
    assert "Then complete the rotation" in replace
    assert connection.bearer_token not in page.text


def test_what_is_copied_beside_the_base_url(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/guide")
    assert copied(page.text, "Unique identifier field for users") == "userName"


def test_entra_s_flag_is_kept(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    path = f"/connections/{connection.connection_id}/guide"
    visitor, _ = enter()
    assert "aadOptscim062020" not in visitor.get(path).text
    connection.identity_provider = "microsoft-entra"
    page = visitor.get(path)
    assert copied(page.text, "Tenant URL").endswith(f"{connection.connection_id}?aadOptscim062020")
    assert "Take Tenant URL over whole" in words(page)


def test_a_new_idp_of_stytch_s_has_the_general_guide(enter: Enter, sandbox: Sandbox) -> None:
    sandbox.connection().identity_provider = "brand-new"
    visitor, _ = enter()
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/guide")
    assert "Set up your identity provider" in words(page)


def test_how_to_get_another_token(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    path = f"/connections/{connection.connection_id}/guide"
    lost = part(visitor.get(path), "If nobody has the token")
    assert lost.startswith("Stytch shows a token once, when it is made")
    assert "To get another, start a rotation on the connection's page" in lost
    assert connection.bearer_token[-4:] in lost
    connection.start_rotation(None)
    assert connection.next_bearer_token
    lost = part(visitor.get(path), "If nobody has the token")
    assert "cancel and start again on the connection's page" in lost
    assert connection.next_bearer_token[-4:] in lost


def test_a_token_that_was_never_shown_is_not_said_to_have_been(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter()
    sandbox.fail("drop_after_commit", "/start$")
    visitor.press(page, "Start rotation")
    guide = words(visitor.get(f"/connections/{sandbox.connection().connection_id}/guide"))
    assert "was shown" not in guide
    assert "If nobody has its value, cancel and start again" in guide
    assert "Start a rotation first" not in guide


def test_the_step_of_a_rotation_leads_to_the_guide_s_part(enter: Enter) -> None:
    visitor, page = enter("ian@initech.example")
    assert "Where that is in Microsoft Entra In the enterprise application" in words(page)
    (link,) = re.findall(r'<a href="([^"]+)" target="_blank">The whole set-up guide', page.text)
    path, _, anchor = link.partition("#")
    assert f'<h3 id="{anchor}">When the token is replaced</h3>' in visitor.get(path).text


def test_a_guide_of_another_organization_s_connection(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter()
    path = f"/connections/{sandbox.connection('initech').connection_id}/guide"
    assert visitor.get(path).status_code == 404
    assert visitor.get(path, headers=htmx(page)).status_code == 404


def test_who_may_not_see_connections_sees_no_guide(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter("noel@acme.example")
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/guide")
    assert page.status_code == 403
    assert "the permission get on stytch.scim" in words(page)


def rendered(console: Console, identity_provider: str, **more: str) -> str:
    """The guide for a connection without Entra's flag, as it is shown elsewhere than on its own page."""
    connection = Connection(
        organization_id="organization-test-1",
        connection_id="one",
        status="active",
        identity_provider=identity_provider,
        base_url="https://test.stytch.com/v1/b2b/scim/one",
        bearer_token_last_four=TOKEN[-4:],
    )
    context = {"connection": connection, "provider": provider(identity_provider), **more}
    with app_of(console) as app, app.test_request_context():
        return render_template("connections/_guide.html", **context)


@pytest.mark.parametrize("identity_provider", GUIDES)
def test_beside_a_new_token_the_guide_copies_it_and_holds_none(console: Console, identity_provider: str) -> None:
    html = rendered(console, identity_provider, new_token=TOKEN)
    field = f'<textarea id="token-one">{TOKEN}</textarea>'
    assert copied(field + html, GUIDES[identity_provider].token) == TOKEN
    assert TOKEN not in html
    assert "If nobody has the token" not in html


def test_entra_s_flag_is_missed_where_it_lacks(console: Console) -> None:
    assert "<strong>This base URL does not end in" in rendered(console, "microsoft-entra")
