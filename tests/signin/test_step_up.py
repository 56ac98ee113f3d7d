"""What is hard to undo asks for a fresh proof of identity, and goes on with the very step, form kept."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Form, Visitor, form, heading
from tests.signin.times import held_session, later, minutes_left
from tests.signin.ways import app_code, by_code, by_second_factor, last_hop, sso_connection
from tests.visits import link
from webapp.sandbox.api import signing_in
from webapp.sandbox.identifiers import new_id

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def olga(visitor: Visitor) -> Visitor:
    """Olga, who may rotate at Acme, and has no second factor."""
    by_code(visitor, email="olga@acme.example")
    return visitor


@pytest.fixture
def uma(visitor: Visitor, sandbox: Sandbox) -> Visitor:
    """Uma of Umbrella, who has an authenticator app."""
    by_second_factor(visitor, sandbox)
    return visitor


def rotating(sandbox: Sandbox, slug: str = "acme") -> bool:
    return sandbox.connection(slug).next_bearer_token is not None


def stale_step(visitor: Visitor, sandbox: Sandbox, minutes: float = 16) -> tuple[Form, httpx.Response]:
    """Start is pressed too long after the last proof: the form, and the page that it led to."""
    page = visitor.get("/connections")
    later(visitor, sandbox, minutes)
    return form(page, "Start rotation"), visitor.press(page, "Start rotation")


def assert_goes_on(visitor: Visitor, sandbox: Sandbox, sent: Form, page: httpx.Response, slug: str = "acme") -> None:
    assert (page.status_code, page.url.path, heading(page)) == (200, "/authenticate/resume", "It is you. Go on")
    assert not rotating(sandbox, slug), "it went on by itself"
    kept = form(page, "Start rotation")
    assert kept.action == sent.action
    for fields in (kept.fields, sent.fields):
        fields.pop("csrf_token")
    assert kept.fields == sent.fields
    assert sent.fields["intent"]
    done = visitor.press(page, "Start rotation")
    assert done.status_code == 200
    assert rotating(sandbox, slug)
    assert str(sandbox.connection(slug).next_bearer_token) in done.text
    assert visitor.get("/authenticate/resume").url.path == "/connections", "it is still kept"


def test_a_fresh_proof_is_enough(olga: Visitor, sandbox: Sandbox) -> None:
    _, page = stale_step(olga, sandbox, 14)
    assert page.status_code == 200
    assert rotating(sandbox)


def test_an_old_one_is_not_and_the_page_says_what_is_asked_instead(olga: Visitor, sandbox: Sandbox) -> None:
    before = minutes_left(olga, sandbox)
    _, page = stale_step(olga, sandbox)
    assert (page.url.path, heading(page)) == ("/authenticate/confirm", "Confirm it is you")
    assert "more than 15 minutes ago. You have no second factor at Acme" in page.text
    assert "what you entered is kept" in page.text
    assert not rotating(sandbox)
    assert before


def code(visitor: Visitor, page: httpx.Response, _sandbox: Sandbox, _console: Console) -> httpx.Response:
    return visitor.press(visitor.press(page, "Email me a code"), "Confirm", code=visitor.code())


def mailed_link(visitor: Visitor, page: httpx.Response, _sandbox: Sandbox, _console: Console) -> httpx.Response:
    assert heading(visitor.press(page, "Email me a link")) == "Check your inbox"
    return visitor.get(visitor.link())


def oauth(visitor: Visitor, page: httpx.Response, _sandbox: Sandbox, _console: Console) -> httpx.Response:
    return visitor.click(visitor.click(page, "Continue with Google"), "olga@acme.example")


def sso(visitor: Visitor, page: httpx.Response, _sandbox: Sandbox, _console: Console) -> httpx.Response:
    return visitor.click(visitor.click(page, "Continue with Acme Okta"), "olga@acme.example")


def new_password(visitor: Visitor, page: httpx.Response, _sandbox: Sandbox, console: Console) -> httpx.Response:
    asked = visitor.press(page, "Use my password")
    assert heading(asked) == "Enter your password"
    visitor.press(visitor.get("/authenticate/password/reset"), "Email me the link")
    reset = visitor.get(last_hop(visitor, visitor.link(), console))
    return visitor.press(reset, "Set it", password="seven quiet tortoises 41")


Confirm = Callable[[Visitor, httpx.Response, Sandbox, Console], httpx.Response]
FIRST_FACTORS: list[Confirm] = [code, mailed_link, oauth, sso, new_password]


@pytest.mark.parametrize("confirm", FIRST_FACTORS, ids=lambda confirm: confirm.__name__)
def test_each_way_to_sign_in_confirms(olga: Visitor, sandbox: Sandbox, console: Console, confirm: Confirm) -> None:
    held = held_session(olga, sandbox)
    sent, page = stale_step(olga, sandbox)
    page = confirm(olga, page, sandbox, console)
    assert held_session(olga, sandbox) is held, "another session was begun"
    assert_goes_on(olga, sandbox, sent, page)
    assert "attempt" not in olga.session


def app(visitor: Visitor, page: httpx.Response, sandbox: Sandbox) -> httpx.Response:
    return visitor.press(page, "Confirm", code=app_code(sandbox))


def recovery_code(visitor: Visitor, page: httpx.Response, sandbox: Sandbox) -> httpx.Response:
    (registration,) = sandbox.world.totps.values()
    page = visitor.click(page, "Use a recovery code")
    return visitor.press(page, "Confirm", code=registration.recovery_codes[3])


@pytest.mark.parametrize("confirm", [app, recovery_code], ids=lambda confirm: confirm.__name__)
def test_a_second_factor_confirms(
    uma: Visitor, sandbox: Sandbox, confirm: Callable[[Visitor, httpx.Response, Sandbox], httpx.Response]
) -> None:
    sent, page = stale_step(uma, sandbox)
    assert (page.url.path, heading(page)) == ("/authenticate/second-factor", "Confirm it is you")
    assert_goes_on(uma, sandbox, sent, confirm(uma, page, sandbox), "umbrella")


def test_a_texted_code_confirms(visitor: Visitor, sandbox: Sandbox) -> None:
    visitor.press(by_code(visitor, email="una@umbrella.example"), "Sign in", code=visitor.code())
    sent, page = stale_step(visitor, sandbox)
    page = visitor.press(page, "Text me a code")
    assert_goes_on(visitor, sandbox, sent, visitor.press(page, "Confirm", code=visitor.code()), "umbrella")


def test_whoever_has_a_second_factor_is_asked_for_it_alone(uma: Visitor, sandbox: Sandbox) -> None:
    """The mail of an open browser may be open, too."""
    _, page = stale_step(uma, sandbox)
    held = held_session(uma, sandbox).factors
    fields = form(page, "Confirm").fields
    for way in ("email_otp", "magic_link", "password"):
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = uma.http.post("/authenticate/confirm", data={**fields, "way": way}, headers=headers)
        assert (answer.url.path, heading(answer)) == ("/authenticate/second-factor", "Confirm it is you")
    assert held_session(uma, sandbox).factors == held


def test_nor_does_a_first_factor_count_that_was_begun_otherwise(
    uma: Visitor, other_browser: Visitor, sandbox: Sandbox
) -> None:
    stale_step(uma, sandbox)
    other_browser.press(other_browser.get("/login/umbrella"), "Email me a code", email="uma@umbrella.example")
    page = uma.press(uma.get("/authenticate/code"), "Confirm", code=uma.code())
    assert uma.press(page, "Start rotation").url.path == "/authenticate/second-factor"
    assert not rotating(sandbox, "umbrella")
    # At the provider uma is known already, without a press.
    provider = uma.get("/authenticate/oauth/google_oauth?organization=umbrella")
    page = uma.get(link(provider, "uma@umbrella.example"))
    assert uma.press(uma.get("/connections"), "Start rotation").url.path == "/authenticate/second-factor"


def test_a_new_second_factor_is_no_proof(olga: Visitor, sandbox: Sandbox) -> None:
    """Whoever sits at somebody's open browser could set one up in a minute."""
    _, page = stale_step(olga, sandbox)
    csrf = form(page, "Sign out").fields
    headers = {"Sec-Fetch-Site": "same-origin"}
    olga.requests()
    for path, fields in (
        ("/authenticate/second-factor/new", {"factor": "totp"}),
        ("/authenticate/second-factor/new", {"factor": "sms_otp", "phone": "+12025550177"}),
        ("/authenticate/second-factor/authenticator", {"code": "123456"}),
        ("/authenticate/second-factor/text", {}),
    ):
        assert olga.get(path).status_code in (200, 405)
        olga.http.post(path, data={**csrf, **fields}, headers=headers)
    asked = [request for request in olga.requests() if "totp" in request or "sms" in request]
    assert asked == []
    assert olga.press(olga.get("/connections"), "Start rotation").url.path == "/authenticate/confirm"


def test_nor_is_a_new_one_beside_one_that_there_is(uma: Visitor, sandbox: Sandbox) -> None:
    _, page = stale_step(uma, sandbox)
    fields = {**form(page, "Confirm").fields, "factor": "sms_otp", "phone": "+12025550177"}
    uma.requests()
    uma.http.post("/authenticate/second-factor/new", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert [request for request in uma.requests() if "sms" in request] == []


@pytest.mark.parametrize("way", ["oauth/google_oauth", "sso/SSO"])
@pytest.mark.parametrize("stytch_looks", [True, False])
def test_a_proof_of_somebody_else_confirms_nothing(
    olga: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, way: str, stytch_looks: bool
) -> None:
    """Whether Stytch refuses a factor of another member than the session's is not known: here it may not."""
    stale_step(olga, sandbox)
    if not stytch_looks:
        monkeypatch.setattr(signing_in, "proven_before", lambda _given, _member: None)
    before = olga.session["member"]
    provider = olga.get(f"/authenticate/{way.replace('SSO', sso_connection(sandbox))}?organization=acme")
    answer = olga.get(link(provider, "vic@acme.example"))
    assert answer.status_code == 403
    if not stytch_looks:
        assert heading(answer) == "That proof is of somebody else"
    assert olga.session["member"]["session_token"] == before["session_token"]
    assert olga.session["member"]["member_id"] == before["member_id"]
    assert olga.press(olga.get("/connections"), "Start rotation").url.path == "/authenticate/confirm"
    assert not rotating(sandbox)


def test_a_wrong_code_confirms_nothing(olga: Visitor, sandbox: Sandbox) -> None:
    sent, page = stale_step(olga, sandbox)
    asked = olga.press(page, "Email me a code")
    wrong = olga.press(asked, "Confirm", code="000000")
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.text
    assert olga.press(olga.get("/connections"), "Start rotation").url.path == "/authenticate/confirm"
    page = olga.press(olga.get("/authenticate/confirm"), "Email me a code")
    page = olga.press(page, "Confirm", code=olga.code())
    sent.fields["intent"] = form(page, "Start rotation").fields["intent"]  # that of the form pressed last
    assert_goes_on(olga, sandbox, sent, page)


def test_a_step_of_htmx_is_led_the_same_way(olga: Visitor, sandbox: Sandbox) -> None:
    sent = form(olga.get("/connections"), "Start rotation")
    later(olga, sandbox, 16)
    answer = olga.http.post(sent.action, data=sent.fields, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/authenticate/confirm")
    assert_goes_on(olga, sandbox, sent, code(olga, olga.get("/authenticate/confirm"), sandbox, None))  # type: ignore[arg-type]  # not looked at


def test_completing_and_cancelling_ask_too_and_keep_what_was_ticked(olga: Visitor, sandbox: Sandbox) -> None:
    olga.press(olga.get("/connections"), "Start rotation")
    path = f"/connections/{sandbox.connection().connection_id}/rotation"
    for step, button, word in (("complete", "Complete:", "complete"), ("cancel", "Cancel:", "cancel")):
        later(olga, sandbox, 16)
        before = sandbox.connection().next_bearer_token
        page = olga.press(olga.get(f"{path}/{step}"), button, confirmed="yes")
        if step == "cancel" and page.url.path != "/authenticate/confirm":
            assert "cancel" in page.text.lower(), "cancelling undoes nothing that works"
            break
        assert page.url.path == "/authenticate/confirm", word
        assert sandbox.connection().next_bearer_token == before
        resumed = code(olga, page, sandbox, None)  # type: ignore[arg-type]  # not looked at
        kept = form(resumed, button)
        assert kept.fields["confirmed"] == "yes"
        assert olga.press(resumed, button).status_code == 200
        assert sandbox.connection().next_bearer_token is None
        olga.press(olga.get("/connections"), "Start rotation")


def test_one_proof_is_enough_for_the_steps_after_it(olga: Visitor, sandbox: Sandbox) -> None:
    sent, page = stale_step(olga, sandbox)
    assert_goes_on(olga, sandbox, sent, code(olga, page, sandbox, None))  # type: ignore[arg-type]  # not looked at
    later(olga, sandbox, 10)
    review = olga.get(f"/connections/{sandbox.connection().connection_id}/rotation/complete")
    assert olga.press(review, "Complete:", confirmed="yes").url.path != "/authenticate/confirm"


def test_nothing_is_kept_where_nothing_was_sent(olga: Visitor) -> None:
    assert olga.get("/authenticate/resume").url.path == "/connections"
    olga.get("/authenticate/resume?path=/logout&button=x")
    assert "step" not in olga.session


def test_a_kept_step_is_not_that_of_who_signs_in_next(olga: Visitor, sandbox: Sandbox) -> None:
    stale_step(olga, sandbox)
    by_code(olga, "/login?again=1", "vic@acme.example")
    assert olga.get("/authenticate/resume").url.path == "/connections"
    assert "step" not in olga.session


def test_the_session_ends_while_its_member_confirms(olga: Visitor, sandbox: Sandbox) -> None:
    _, page = stale_step(olga, sandbox)
    asked = olga.press(page, "Email me a code")
    sandbox.world.sessions.clear()
    answer = olga.press(asked, "Confirm", code=olga.code())
    assert (answer.url.path, heading(answer)) == ("/login", "Sign in")
    assert "Your last step changed nothing" in answer.text
    assert form(answer, "Email me a code").fields["next"] == f"/connections/{sandbox.connection().connection_id}"


def test_with_too_little_time_left_nothing_is_begun(olga: Visitor, sandbox: Sandbox) -> None:
    page = olga.get("/connections")
    for _ in range(16):
        later(olga, sandbox, 29.5)
        olga.get("/connections")
    answer = olga.press(page, "Start rotation")
    assert (answer.status_code, heading(answer)) == (409, "Your session ends too soon")
    assert "Nothing was changed" in answer.text
    assert not rotating(sandbox)
    (main,) = re.findall(r"<main.*</main>", answer.text, re.DOTALL)
    (onward,) = re.findall(r'href="([^"]*)">Sign in again', main)
    again = olga.get(unescape(onward))
    assert (again.url.path, heading(again)) == ("/login/acme", "Sign in to Acme")


def test_a_member_id_that_is_not_theirs_is_of_no_use(olga: Visitor, sandbox: Sandbox) -> None:
    """Fields that no form has are not looked at."""
    _, page = stale_step(olga, sandbox)
    asked = olga.press(page, "Email me a code", email="vic@acme.example", member_id=new_id("member"))
    assert sandbox.world.inbox[0].to == "olga@acme.example"
    assert heading(asked) == "Enter the code"


class TestWithoutStepUp:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"step_up_minutes": 0}

    def test_no_proof_is_too_old(self, olga: Visitor, sandbox: Sandbox) -> None:
        _, page = stale_step(olga, sandbox, 34)
        assert page.url.path.endswith("/rotation/start")
        assert rotating(sandbox)


@pytest.mark.parametrize("person", ["uma@umbrella.example of Umbrella", "ada@acme.example of Acme"])
def test_the_portal_s_word_is_no_proof_of_who_sits_here(visitor: Visitor, sandbox: Sandbox, person: str) -> None:
    """Whoever finds somebody's portal open could come in by it, and have a proof of that very minute."""
    slug = person.rpartition(" ")[2].lower()
    visitor.press(visitor.press(visitor.get("/authenticate/portal"), person), "Allow")
    page = visitor.press(visitor.get("/connections"), "Start rotation")
    assert page.url.path == ("/authenticate/second-factor" if slug == "umbrella" else "/authenticate/confirm")
    assert not rotating(sandbox, slug)
    if slug == "umbrella":
        page = visitor.press(page, "Confirm", code=app_code(sandbox))
    else:
        page = visitor.press(page, "Email me a code")
        page = visitor.press(page, "Confirm", code=str(sandbox.world.inbox[0].code))
    assert page.url.path == "/authenticate/resume"


def test_with_a_second_factor_no_first_one_is_enough_after_the_portal_s_word(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    visitor.press(visitor.press(visitor.get("/authenticate/portal"), "uma@umbrella.example of Umbrella"), "Allow")
    asked = visitor.press(visitor.get("/connections"), "Start rotation")
    fields = {"csrf_token": form(asked, "Confirm").fields["csrf_token"], "way": "email_otp"}
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    visitor.http.post("/authenticate/confirm", data=fields, headers=same_origin)
    code = str(sandbox.world.inbox[0].code) if sandbox.world.inbox else "000000"
    visitor.http.post("/authenticate/code", data={**fields, "code": code}, headers=same_origin)
    assert visitor.press(visitor.get("/connections"), "Start rotation").url.path == "/authenticate/second-factor"
    assert not rotating(sandbox, "umbrella")
