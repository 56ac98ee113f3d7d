"""Each call that sign-in makes fails in each way: the page says what is so, leads on, and nothing stays half-done."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, heading
from tests.signin.ways import (
    app_code,
    ask_for_mail,
    by_code,
    by_password,
    by_portal_session,
    come_back,
    finish,
    last_hop,
)
from webapp.sandbox.faults import Fault

FAULTS: dict[str, dict[str, Any]] = {
    "lost before": {"fault": "drop_before_commit"},
    "lost after": {"fault": "drop_after_commit"},
    "malformed": {"fault": "malformed_json"},
    "wrong shape": {"fault": "wrong_shape"},
    "429": {"fault": "status", "status": 429, "error_type": "too_many_requests", "retry_after": 7},
    "500": {"fault": "status", "status": 500},
    "502": {"fault": "status", "status": 502, "body": "html"},
}
OURS = "This console made a mistake"


@dataclass(frozen=True)
class Scene:
    """Who does what, where."""

    visitor: Visitor
    sandbox: Sandbox
    console: Console


Step = Callable[[Scene], httpx.Response]
Begin = Callable[[Scene], Step]


@dataclass(frozen=True)
class Call:
    """A call of Stytch's, by method and path, and how it comes to it: `begin` leads up to the step that makes it.

    `done` is where the step leads when all is well; the whole is repeated after the failure, and has to end there.
    """

    path: str
    begin: Begin
    method: str = "POST"
    done: str = "/connections"


def opening(way: str, button: str = "") -> Begin:
    """Opens the address that ends the way; after that, maybe, sets a password."""

    def begin(scene: Scene) -> Step:
        url = come_back(scene.visitor, way, scene.sandbox, scene.console)
        page = scene.visitor.get(url) if button else None
        if page is None:
            return lambda at: at.visitor.get(url)
        return lambda at: at.visitor.press(page, button, password="seven quiet tortoises 41")

    return begin


def asking(way: str) -> Begin:
    return lambda _scene: lambda at: ask_for_mail(at.visitor, way, at.sandbox, "vic@acme.example")


def typing_a_code(path: str, email: str = "vic@acme.example") -> Begin:
    def begin(scene: Scene) -> Step:
        page = scene.visitor.press(scene.visitor.get(path), "Email me a code", email=email)
        return lambda at: at.visitor.press(page, "Sign in", code=at.visitor.code())

    return begin


def asking_for_a_code(path: str) -> Begin:
    return lambda _scene: lambda at: at.visitor.press(at.visitor.get(path), "Email me a code", email="vic@acme.example")


def at_once(step: Step) -> Begin:
    return lambda _scene: step


def second_factor(scene: Scene) -> Step:
    page = by_code(scene.visitor, email="uma@umbrella.example")
    return lambda at: at.visitor.press(page, "Sign in", code=app_code(at.sandbox))


def recovery(scene: Scene) -> Step:
    page = scene.visitor.click(by_code(scene.visitor, email="uma@umbrella.example"), "Use a recovery code")
    (registration,) = scene.sandbox.world.totps.values()
    code = registration.recovery_codes[0]
    return lambda at: at.visitor.press(page, "Sign in", code=code)


def texted(scene: Scene) -> Step:
    page = by_code(scene.visitor, email="una@umbrella.example")
    return lambda at: at.visitor.press(page, "Sign in", code=at.visitor.code())


def texting(scene: Scene) -> Step:
    page = by_code(scene.visitor, email="una@umbrella.example")
    return lambda at: at.visitor.press(page, "Text another code")


def enrolling(scene: Scene) -> Step:
    page = by_code(scene.visitor, email="ugo@umbrella.example")
    return lambda at: at.visitor.press(page, "Set up an authenticator app")


def first_code(scene: Scene) -> Step:
    page = enrolling(scene)(scene)
    world = scene.sandbox.world
    member_id = scene.visitor.session["attempt"]["member_id"]
    code = world.totps[member_id].code(world.clock.now())
    return lambda at: at.visitor.press(page, "Check it", code=code)


def choosing(scene: Scene) -> Step:
    page = scene.visitor.sign_in("ada@acme.example")
    return lambda at: at.visitor.press(page, "Acme")


CALLS: dict[str, Call] = {
    "send a link": Call("magic_links/email/discovery/send", asking("link"), done="/authenticate/link"),
    "send a link at a door": Call("magic_links/email/login_or_signup", asking("door link"), done="/authenticate/link"),
    "send a code": Call("otps/email/discovery/send", asking_for_a_code("/login"), done="/authenticate/code"),
    "send a code at a door": Call("email/login_or_signup", asking_for_a_code("/login/acme"), done="/authenticate/code"),
    "send a reset": Call("discovery/email/reset/start", asking("reset"), done="/authenticate/link"),
    "send a reset at a door": Call("passwords/email/reset/start", asking("door reset"), done="/authenticate/link"),
    "redeem a link": Call("magic_links/discovery/authenticate", opening("link")),
    "redeem a link at a door": Call("magic_links/authenticate", opening("door link")),
    "redeem a code": Call("otps/email/discovery/authenticate", typing_a_code("/login")),
    "redeem a code at a door": Call("otps/email/authenticate", typing_a_code("/login/acme")),
    "redeem OAuth": Call("oauth/discovery/authenticate", opening("oauth")),
    "redeem OAuth at a door": Call("oauth/authenticate", opening("door oauth")),
    "redeem SSO": Call("sso/authenticate", opening("sso")),
    "check a password": Call("passwords/discovery/authenticate", at_once(lambda at: by_password(at.visitor))),
    "check a password at a door": Call(
        "passwords/authenticate", at_once(lambda at: by_password(at.visitor, "/login/wayne"))
    ),
    "check a new password": Call("passwords/strength_check", opening("reset", "Set it")),
    "set a password": Call("passwords/discovery/email/reset$", opening("reset", "Set it")),
    "set a password at a door": Call("passwords/email/reset$", opening("door reset", "Set it")),
    "exchange the proof": Call("intermediate_sessions/exchange", choosing),
    "list organizations": Call(
        "discovery/organizations",
        lambda scene: (scene.visitor.sign_in("ada@acme.example"), lambda at: at.visitor.get("/organizations"))[1],
        done="/organizations",
    ),
    "find a door": Call(
        "organizations/acme", at_once(lambda at: at.visitor.get("/login/acme")), method="GET", done="/login/acme"
    ),
    "check an app's code": Call("totp/authenticate", second_factor),
    "check a recovery code": Call("recovery_codes/recover", recovery),
    "check a texted code": Call("otps/sms/authenticate", texted),
    "text a code": Call("otps/sms/send", texting, done="/authenticate/second-factor"),
    "set up an app": Call("b2b/totp$", enrolling, done="/authenticate/second-factor/authenticator"),
    "check an app's first code": Call(
        "totp/authenticate", first_code, done="/authenticate/second-factor/authenticator"
    ),
    "exchange the portal's token": Call("exchange_access_token", opening("portal")),
    "redeem the portal's code": Call("oauth2/token", opening("portal")),
    "adopt the portal's session": Call(
        "sessions/authenticate", at_once(lambda at: by_portal_session(at.visitor, at.sandbox))
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CALLS)
def test_it_is_told_as_what_it_is_and_can_be_done_again(
    visitor: Visitor, sandbox: Sandbox, console: Console, name: str, fault: str
) -> None:
    call, scene = CALLS[name], Scene(visitor, sandbox, console)
    step = call.begin(scene)
    # What only reads is tried twice.
    trouble = Fault.model_validate({"method": call.method, "path": call.path, "times": 2, **FAULTS[fault]})
    sandbox.world.faults.append(trouble)
    page = step(scene)
    assert trouble.times < 2, "the call was not made"
    sandbox.world.faults.clear()
    assert page.status_code < 500 or page.status_code in (502, 503)
    assert heading(page) != OURS
    ways_on = re.findall(r"<main.*</main>", page.text, re.DOTALL)[0]
    assert re.search(r"<a [^>]*href=|<button", ways_on), "a dead end"
    if page.status_code >= 500:
        assert visitor.get("/connections").url.path == "/login", "it said that something was wrong, and was not"
        told = " ".join(ways_on.split())
        assert re.search(r"Nobody was signed in|Nothing was changed|is not known", told), told
        assert ("Nothing was changed" in told) <= (fault in ("lost before", "429") or is_read(name)), told
    # Again from the start, as whoever reads that page may.
    visitor.cookie = ""
    sandbox.world.clock.advance(60)
    sandbox.world.totps = {
        member_id: each for member_id, each in sandbox.world.totps.items() if each.expires_at is None
    }
    if "app's first code" in name:  # Ugo may have an app now
        return
    done = call.begin(scene)(scene)
    assert (done.status_code, done.url.path) == (200, call.done)


def is_read(name: str) -> bool:
    return name.startswith(("list", "find", "check a new password", "adopt"))


@pytest.mark.parametrize("path", ["openid-configuration", "jwks.json"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_portal_s_papers_can_t_be_had(
    visitor: Visitor, sandbox: Sandbox, console: Console, path: str, fault: str
) -> None:
    trouble = Fault.model_validate({"method": "GET", "path": path, "times": 9, **FAULTS[fault]})
    sandbox.world.faults.append(trouble)
    page = visitor.get("/authenticate/portal")
    if path == "jwks.json":
        page = visitor.press(visitor.press(page, "vic@acme.example of Acme"), "Allow")
    assert (page.status_code, heading(page)) == (502, "Signing in through the portal does not work right now")
    assert "Nobody was signed in" in page.text
    sandbox.world.faults.clear()
    visitor.cookie = ""
    assert finish(visitor, "portal", come_back(visitor, "portal", sandbox, console)).url.path == "/connections"


@pytest.mark.parametrize("way", ["link", "door link"])
@pytest.mark.parametrize("fault", ["lost before", "429", "500"])
def test_a_link_that_stytch_never_saw_still_works(
    visitor: Visitor, sandbox: Sandbox, console: Console, way: str, fault: str
) -> None:
    ask_for_mail(visitor, way, sandbox, "vic@acme.example")
    url = last_hop(visitor, visitor.link(), console)
    sandbox.world.faults.append(
        Fault.model_validate({"method": "POST", "path": "magic_links.*authenticate", **FAULTS[fault]})
    )
    assert visitor.get(url).status_code in (502, 503)
    assert visitor.get(url).url.path == "/connections"
