"""Browsers drop a cookie of more than 4,096 bytes without a word: it never grows so large, whatever has to be kept."""

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import COOKIE, Visitor, form, heading
from tests.signin.times import held_session, later
from tests.signin.ways import app_code, by_code, by_second_factor, come_back

LONG_PATH = "/connections?" + "n" * 487
LONG_EMAIL = "v" * 60 + "@" + ".".join(["d" * 60] * 3) + ".example"
BROWSERS_TAKE = 4096


@pytest.fixture(autouse=True)
def _only_what_browsers_take(visitor: Visitor) -> None:
    """Drops what is too large as browsers do, and says so: Werkzeug warns of it as well, and warnings are errors."""

    def check(answer: httpx.Response) -> None:
        for header in answer.headers.get_list("Set-Cookie"):
            if header.startswith(COOKIE):
                assert len(header) <= BROWSERS_TAKE, f"{answer.url.path}: {len(header)} bytes"

    visitor.http.event_hooks["response"].append(check)


def lengthen(sandbox: Sandbox, name: str, slug: str = "acme", email: str = "vic@acme.example") -> str:
    """Names as long as Stytch takes them; answers the new slug."""
    organization = sandbox.world.find_organization(slug)
    organization.organization_name = name * 128
    organization.organization_slug = slug + "-" * (128 - len(slug))
    sandbox.world.find_member(organization.organization_id, email=email).email_address = LONG_EMAIL
    return organization.organization_slug


@pytest.mark.parametrize("name", ["A", "組", '"'])
def test_the_longest_names_there_are(visitor: Visitor, sandbox: Sandbox, name: str) -> None:
    slug = lengthen(sandbox, name)
    page = visitor.get(f"/login/{slug}", params={"next": LONG_PATH})
    page = visitor.press(page, "Email me a code", email=LONG_EMAIL)
    entered = visitor.press(page, "Sign in", code=visitor.code())
    assert entered.url.raw_path.decode() == LONG_PATH
    assert visitor.get("/connections").status_code == 200
    visitor.get("/authenticate/confirm")
    assert visitor.get("/connections").status_code == 200


def test_the_fullest_state(visitor: Visitor, sandbox: Sandbox) -> None:
    """Signed in with three factors; a step that waits, a proof under way, and a page looked at meanwhile."""
    slug = lengthen(sandbox, "A", "umbrella", "uma@umbrella.example")
    page = visitor.press(visitor.get(f"/login/{slug}"), "Email me a code", email=LONG_EMAIL)
    page = visitor.press(page, "Sign in", code=visitor.code())
    (registration,) = sandbox.world.totps.values()
    page = visitor.press(page, "Sign in", code=registration.code(sandbox.world.clock.now()))
    assert page.url.path == "/connections"
    sent = form(page, "Start rotation")
    later(visitor, sandbox, 16)
    confirm = visitor.press(page, "Start rotation")
    assert heading(confirm) == "Confirm it is you"
    for path in ("/connections", "/history", "/sessions"):
        assert visitor.get(path).status_code == 200
    page = visitor.press(
        visitor.get("/authenticate/second-factor"), "Confirm", code=registration.code(sandbox.world.clock.now())
    )
    kept = form(page, "Start rotation")
    assert (kept.action, kept.fields["intent"]) == (sent.action, sent.fields["intent"])
    assert visitor.press(page, "Start rotation").status_code == 200


def test_an_ordinary_step_up_keeps_all(visitor: Visitor, sandbox: Sandbox) -> None:
    by_second_factor(visitor, sandbox)
    later(visitor, sandbox, 16)
    page = visitor.press(visitor.get("/connections"), "Start rotation")
    visitor.get("/connections")
    page = visitor.press(visitor.get("/authenticate/second-factor"), "Confirm", code=app_code(sandbox))
    assert heading(page) == "It is you. Go on"


def test_the_jwt_is_kept_where_there_is_room(visitor: Visitor) -> None:
    by_code(visitor)
    assert visitor.session["member"]["session_jwt"]
    visitor.requests()
    visitor.get("/connections")
    assert len(visitor.requests()) == 1


def test_claims_that_the_project_adds(visitor: Visitor, sandbox: Sandbox) -> None:
    by_code(visitor)
    held_session(visitor, sandbox).custom_claims["large"] = "x" * 3900
    later(visitor, sandbox, 6)
    assert visitor.get("/connections").status_code == 200
    assert visitor.session["member"]["session_jwt"] == ""
    page = visitor.get("/authenticate/confirm")
    assert heading(page) == "Confirm it is you"


def test_setting_up_an_authenticator(visitor: Visitor, sandbox: Sandbox) -> None:
    slug = lengthen(sandbox, "A", "umbrella", "ugo@umbrella.example")
    page = visitor.get(f"/login/{slug}", params={"next": LONG_PATH})
    page = visitor.press(page, "Email me a code", email=LONG_EMAIL)
    page = visitor.press(visitor.press(page, "Sign in", code=visitor.code()), "Set up an authenticator app")
    assert heading(page) == "Set up an authenticator app"
    assert len(visitor.session["attempt"]["recovery_codes"]) == 10


def test_the_portal_s_button_pressed_again_and_again(visitor: Visitor, sandbox: Sandbox, console: Console) -> None:
    by_code(visitor)
    visitor.get("/authenticate/confirm")
    for _ in range(3):
        url = come_back(visitor, "portal", sandbox, console)
        visitor.get(f"{sandbox.url}/_sandbox/portal")
        visitor.press(visitor.get(f"{sandbox.url}/_sandbox/portal"), "Sign out of the portal")
    assert visitor.get(url).url.path == "/connections"


@pytest.mark.parametrize("path", ["/login", "/login/acme"])
@pytest.mark.parametrize(
    "email", ["v" * 250 + "@acme.example", "é" * 130 + "@acme.example", "😀" * 61 + "@acme.example"], ids=len
)
def test_an_address_of_more_than_254_bytes_is_none(visitor: Visitor, path: str, email: str) -> None:
    page = visitor.get(path)
    visitor.requests()
    answer = visitor.press(page, "Email me a code", email=email)
    assert answer.status_code == 422
    assert "Enter an email address" in answer.text
    assert [request for request in visitor.requests() if request.startswith("POST")] == []


@pytest.mark.parametrize("onward", ["/" + "n" * 500, "/" + "é" * 400, "/" + "組" * 499], ids=["long", "é", "組"])
def test_a_way_back_that_is_too_long_is_let_go(visitor: Visitor, onward: str) -> None:
    page = visitor.get("/login", params={"next": onward})
    assert "next" not in form(page, "Email me a code").fields
    page = visitor.press(page, "Email me a code", email="vic@acme.example", next=onward)
    assert visitor.press(page, "Sign in", code=visitor.code()).url.path == "/connections"


def test_a_form_with_more_than_a_step_has_room_for(visitor: Visitor, sandbox: Sandbox) -> None:
    """Only by hand can such a form be sent; nothing is done, and nobody is signed out."""
    by_code(visitor, email="olga@acme.example")
    page = visitor.get("/connections")
    later(visitor, sandbox, 16)
    answer = visitor.press(page, "Start rotation", more="x" * 5000)
    assert (answer.status_code, heading(answer)) == (413, "That was too much")
    assert sandbox.connection().next_bearer_token is None
    assert visitor.get("/connections").url.path == "/connections"
