"""The pages of a connection: what they show, to whom, and at what cost."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import (
    Enter,
    Press,
    buttons,
    changing,
    htmx,
    press_by_htmx,
    press_plainly,
    words,
)
from tests.signin.steps import form, heading
from webapp.sandbox.variants import CHOICES


@pytest.mark.parametrize("where", ["list", "own page"])
def test_a_healthy_connection(enter: Enter, sandbox: Sandbox, where: str) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    if where == "own page":
        page = visitor.get(f"/connections/{connection.connection_id}")
        assert "<title>Acme Okta" in page.text
    assert page.status_code == 200
    assert f'<article id="connection-{connection.connection_id}" class="card" data-rotation="none"' in page.text
    text = words(page)
    for shown in ("Acme Okta", "Okta · Active", connection.base_url(sandbox.url), connection.connection_id):
        assert shown in text
    assert f"token ending in {connection.bearer_token[-4:]} Current token" in text
    expiry = connection.bearer_token_expires_at
    assert expiry is not None
    assert f"ends {expiry.day} {expiry:%b %Y, %H:%M} UTC , in 399 days" in text
    assert "Acme , change organization olga@acme.example" in text, "who is signed in, and where"
    assert [name for name in buttons(page) if name != "Sign out"] == ["Start rotation"]
    assert connection.bearer_token not in page.text


def test_the_list_leads_to_the_connection(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter()
    assert f'href="/connections/{sandbox.connection().connection_id}"' in page.text
    assert visitor.get("/").url.path == "/connections"


def test_an_open_rotation(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection("initech")
    _, page = enter("ian@initech.example")
    current, pending = connection.bearer_token[-4:], (connection.next_bearer_token or "")[-4:]
    assert 'data-rotation="started"' in page.text
    text = words(page)
    assert f"token ending in {current} Current token works until you complete" in text
    assert f"token ending in {pending} New token now works" in text
    assert "Start Done, but not from this console as far as is known Update Microsoft Entra" in text
    assert (
        f"Complete When Microsoft Entra uses ···· token ending in {pending} , switch off ···· token ending in" in text
    )
    assert page.text.index('<ol class="steps"') < page.text.index('<ul class="lanes"')
    assert "as “Secret Token”" in text
    assert connection.base_url(sandbox.url) in text
    offered = ["Cancel and start again", "Complete: switch off", "Cancel: switch off"]
    assert [next(name for name in offered if each.startswith(name)) for each in changing(buttons(page))] == offered
    fields = {"current_last_four": current, "next_last_four": pending}
    for name in offered:
        assert form(page, name).fields.items() >= fields.items()


def test_htmx_sends_each_form_to_where_browsers_do(enter: Enter) -> None:
    class Forms(HTMLParser):
        sent = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "form" and "hx-post" in given:
                assert given["hx-post"] == given["action"]
                self.sent += 1

    forms = Forms()
    for email in ("ian@initech.example", "olga@acme.example"):
        forms.feed(enter(email)[1].text)
    assert forms.sent == 4 + 2  # and one a page to stay signed in


def test_a_page_costs_one_call(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter("ian@initech.example")
    one = f"/connections/{sandbox.connection('initech').connection_id}"
    for path in ("/connections", one, f"{one}/rotation/complete", f"{one}/rotation/cancel"):
        sandbox.world.requests.clear()
        assert visitor.get(path).status_code == 200
        assert sandbox.calls() == ["GET connection"], path


def test_one_more_look(enter: Enter, sandbox: Sandbox) -> None:
    """Check again, by htmx: the card alone, as it is now."""
    connection = sandbox.connection()
    visitor, page = enter()
    connection.start_rotation(None)
    answer = visitor.get(f"/connections/{connection.connection_id}", headers=htmx(page))
    assert answer.headers["Console-Fragment"] == "true"
    assert answer.text.strip().startswith(f'<article id="connection-{connection.connection_id}"')
    assert 'data-rotation="started"' in answer.text


def test_a_viewer_looks_and_is_told_whom_to_ask(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    visitor, page = enter("vic@acme.example")
    assert changing(buttons(page)) == []
    connection.start_rotation(None)
    page = visitor.get("/connections")
    assert 'data-rotation="started"' in page.text
    assert changing(buttons(page)) == []
    assert "Rotating its token needs the permission update on stytch.scim" in words(page)
    assert "/rotation/" not in page.text


@pytest.mark.parametrize("step", ["complete", "cancel"])
def test_a_viewer_at_a_review_is_told_which_permission_is_missing(enter: Enter, sandbox: Sandbox, step: str) -> None:
    connection = sandbox.connection()
    connection.start_rotation(None)
    visitor, page = enter("vic@acme.example")
    review = f"/connections/{connection.connection_id}/rotation/{step}"
    answer = visitor.get(review)
    assert (answer.status_code, heading(answer)) == (403, "You can't change connections")
    assert "You are signed in to Acme as vic@acme.example" in words(answer)
    assert "They would need the permission update on stytch.scim" in words(answer)
    assert "An administrator of Acme can give you such a role" in words(answer)
    assert f'href="{review}">Reload' in answer.text
    assert connection.bearer_token[-4:] not in answer.text
    answer = visitor.get(review, headers=htmx(page))
    assert answer.status_code == 403
    assert "It needs the permission “update” on “stytch.scim”, which none of your roles has" in words(answer)
    assert "an administrator of Acme can give it to you" in words(answer)


def test_who_may_not_look_is_told_why(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("noel@acme.example")
    for answer in (page, visitor.get(f"/connections/{sandbox.connection().connection_id}")):
        assert (answer.status_code, heading(answer)) == (403, "You can't see SCIM connections")
        text = words(answer)
        assert "They would need the permission get on stytch.scim" in text
        assert "Stytch request id request-id-test-" in text
        assert "Acme Okta" not in answer.text


@pytest.mark.parametrize("variant", CHOICES["get_without_connection"])
def test_no_connection_yet(enter: Enter, sandbox: Sandbox, variant: str) -> None:
    sandbox.world.variants["get_without_connection"] = variant
    _, page = enter("gil@globex.example")
    assert page.status_code == 200
    assert "Globex has no SCIM connection yet" in words(page)
    assert changing(buttons(page)) == []


@pytest.mark.parametrize(
    ("ends_in", "said", "state"),
    [
        (timedelta(days=5, minutes=1), ", in 5 days", "lane--works lane--soon"),
        (timedelta(days=31), ", in 30 days", "lane--works"),
        (timedelta(days=-2, minutes=-1), "its time is over , ended", "lane--ended"),
        (None, "Current token works", "lane--works"),
    ],
)
def test_when_a_token_ends(enter: Enter, sandbox: Sandbox, ends_in: timedelta | None, said: str, state: str) -> None:
    sandbox.connection().bearer_token_expires_at = None if ends_in is None else datetime.now(UTC) + ends_in
    _, page = enter()
    assert said in words(page)
    assert f'class="lane {state}"' in page.text
    assert ("<time" in page.text) is (ends_in is not None)


@pytest.mark.parametrize(
    ("identity_provider", "label", "field"),
    [
        ("okta", "Okta", "HTTP Header Authorization: Bearer"),
        ("microsoft-entra", "Microsoft Entra", "Secret Token"),
        ("cyberark", "CyberArk", "Bearer Token"),
        ("jumpcloud", "JumpCloud", "Token Key"),
        ("onelogin", "OneLogin", "SCIM Bearer Token"),
        ("pingfederate", "PingFederate", "Access Token"),
        ("rippling", "Rippling", "Bearer Token"),
        ("generic", "Generic SCIM", "Bearer Token"),
        ("", "Generic SCIM", "Bearer Token"),
        ("invented-next-year", "Generic SCIM", "Bearer Token"),
    ],
)
def test_the_identity_provider_in_its_own_words(
    enter: Enter, sandbox: Sandbox, identity_provider: str, label: str, field: str
) -> None:
    connection = sandbox.connection()
    connection.identity_provider = identity_provider
    visitor, page = enter()
    started = press_plainly(visitor, page, "Start rotation")
    name = "your identity provider" if label == "Generic SCIM" else label
    assert f"Put this token into {name} as “{field}”" in words(started)
    assert f"{label} · Active" in words(started)


EVIL = '<img src=x onerror="alert(1)">\'</template><script>x</script>'


class Tags(HTMLParser):
    """The names of a page's elements, and of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag} | {name for name, _ in attrs}


def test_vendor_text_is_only_ever_text(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    expected = Tags()
    one = f"/connections/{connection.connection_id}"
    paths = ["/connections", one, f"{one}/rotation/complete", f"{one}/rotation/cancel"]
    for path in paths:
        expected.feed(visitor.get(path).text)
    expected.feed(press_by_htmx(visitor, page, "Complete: switch off").text)

    connection.display_name = connection.identity_provider = connection.status = EVIL
    sandbox.world.public_url += f"/{EVIL}"
    connection.bearer_token = connection.bearer_token[:-4] + "\"'<b"
    connection.next_bearer_token = (connection.next_bearer_token or "")[:-4] + '"><u'
    answers = [visitor.get(path) for path in paths]
    answers += [visitor.get(path, headers=htmx(page)) for path in paths]
    answers.append(press_by_htmx(visitor, answers[0], "Complete: switch off"))
    answers.append(press_by_htmx(visitor, answers[0], "Complete: switch off", confirmed="yes"))
    answers.append(press_by_htmx(visitor, page, "Cancel: switch off"))
    found = Tags()
    for answer in answers[:8]:
        assert answer.status_code == 200
        assert "&lt;img src=x" in answer.text or "&lt;u" in answer.text
    for answer in answers:
        found.feed(answer.text)
        assert "<img" not in answer.text
        assert "<u" not in answer.text.replace("<ul", "")
    assert found.seen - expected.seen <= {"hx-partial", "section", "h3"}


@pytest.mark.parametrize("press", [press_plainly, press_by_htmx], ids=["page", "fragment"])
def test_no_such_connection_here(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, page = enter()
    headers = htmx(page) if press is press_by_htmx else {}
    for connection_id in (sandbox.connection("initech").connection_id, "..%2f..", "x"):
        for path in ("", "/rotation/complete", "/rotation/cancel"):
            answer = visitor.get(f"/connections/{connection_id}{path}", headers=headers)
            assert answer.status_code == 404
            assert "Initech" not in answer.text
            assert ("Console-Fragment" in answer.headers) is (press is press_by_htmx)
    assert set(sandbox.calls()) <= {"GET connection"}


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ({"kind": "status", "status": 429, "retry_after": 30, "error_type": "too_many_requests"}, 503, "30 seconds"),
        ({"kind": "status", "status": 502, "body": "html"}, 502, "Stytch did not answer"),
        ({"kind": "malformed_json"}, 502, "Stytch did not answer"),
        ({"kind": "drop_before_commit"}, 502, "Stytch did not answer"),
        ({"kind": "status", "status": 401, "error_type": "unauthorized_credentials"}, 502, "is not set up right"),
        ({"kind": "status", "status": 400, "error_type": "something_new"}, 502, "Stytch refused that"),
    ],
)
def test_stytch_fails_a_page(enter: Enter, sandbox: Sandbox, fault: dict[str, object], status: int, said: str) -> None:
    visitor, page = enter()
    for headers in ({}, htmx(page)):
        sandbox.world.faults.clear()
        sandbox.fail(path="/connection$", method="GET", times=9, **fault)  # type: ignore[arg-type]
        answer = visitor.get(f"/connections/{sandbox.connection().connection_id}", headers=headers)
        assert answer.status_code == status
        assert said in words(answer)
        assert "Bad Gateway" not in answer.text
        assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("variant", CHOICES["dead_session_in_header"])
def test_a_session_that_ended_leads_from_each_page_to_sign_in_and_back(
    enter: Enter, sandbox: Sandbox, variant: str
) -> None:
    sandbox.world.variants["dead_session_in_header"] = variant
    one = f"/connections/{sandbox.connection().connection_id}"
    for path in ("/connections", one, f"{one}/rotation/complete"):
        visitor, _ = enter("vic@acme.example")
        sandbox.world.sessions.clear()
        answer = visitor.get(path)
        assert "Your session has ended" in words(answer)
        assert form(answer, "Email me").fields["next"] == path
