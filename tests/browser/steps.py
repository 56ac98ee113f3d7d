"""Steps that many journeys begin with, done as a person does them."""

from urllib.parse import urljoin, urlsplit

import httpx
from playwright.sync_api import APIRequestContext, APIResponse, Frame, Locator, Page, expect

from tests.conftest import Sandbox
from tests.signin.steps import form_of
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox.connections import Connection
from webapp.sandbox.faults import Fault

View = Page | Frame
"""A page, or the console in a frame of one."""


def sign_in(page: Page, sandbox: Sandbox, email: str, organization: str | None = None) -> None:
    """Signs in by a mailed link, and enters `organization` where there is a choice.

    Ends on the page first asked for, the console's first page if none was. A browser that has not been anywhere sends
    the forms alone, and shows the page it ends on: most tests are about what comes after.
    """
    if page.url != "about:blank":
        sign_in_by_hand(page, sandbox, email, organization)
        return
    sandbox.world.last_link_send.pop(email, None)  # Stytch mails an address one link a second
    http = page.context.request
    _send(http, http.get("/login"), "Email me a sign-in link", email=email)
    answer = http.get(newest_link(sandbox, email))
    if organization is not None:
        _send(http, answer, organization)
    page.goto("/connections")


def _send(http: APIRequestContext, page: APIResponse, button: str, **fields: str) -> APIResponse:
    pressed = form_of(page.text(), button)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    sent: dict[str, str | float | bool] = {**pressed.sent_by(button), **fields}
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": origin}
    return http.post(urljoin(page.url, pressed.action), form=sent, headers=headers)


def sign_in_by_hand(page: Page, sandbox: Sandbox, email: str, organization: str | None = None) -> None:
    """Asks for a link, takes it from the newest mail, opens it, and enters `organization` where there is a choice."""
    ask(page, email, "Email me a sign-in link")
    page.wait_for_url("**/authenticate/link")
    page.goto(newest_link(sandbox, email))
    if organization is not None:
        page.get_by_role("button", name=organization).click()
    page.wait_for_url("**/connections**")


def ask(page: View, email: str, way: str) -> None:
    """Enters the address on the sign-in page that is open, else on the console's, and presses the way's button."""
    if "/login" not in page.url:
        page.goto("/")
    page.get_by_label("Work email").fill(email)
    press(page, way)


def give_code(page: View, code: str, button: str = "Sign in") -> None:
    """Types a code of any kind into the page that asks for it."""
    page.get_by_role("textbox", name="Code", exact=False).fill(code)
    press(page, button)


def sign_in_by_code(page: Page, sandbox: Sandbox, email: str) -> None:
    """The first factor by a mailed code, on the sign-in page that is open, else on the console's."""
    ask(page, email, "Email me a code")
    give_code(page, newest_code(sandbox, email))


def newest_link(sandbox: Sandbox, email: str) -> str:
    """The link in the newest mail to this address."""
    return str(_newest_mail(sandbox, email)["link"])


def newest_code(sandbox: Sandbox, to: str) -> str:
    """The code in the newest mail to this address, or text message to this phone number."""
    return str(_newest_mail(sandbox, to)["code"])


def _newest_mail(sandbox: Sandbox, to: str) -> dict[str, object]:
    mails: list[dict[str, object]] = httpx.get(f"{sandbox.url}/_sandbox/inbox.json", params={"to": to}).json()
    return mails[0]


def app_code(sandbox: Sandbox, email: str, slug: str = "umbrella") -> str:
    """What the member's authenticator app shows."""
    member = sandbox.world.find_member(sandbox.world.find_organization(slug).organization_id, email=email)
    return sandbox.world.totps[member.member_id].code(sandbox.world.clock.now())


def other_than(code: str) -> str:
    """A code of six digits that is another one."""
    return f"{(int(code) + 1) % 10**6:06}"


def expect_signed_in(page: Page, email: str, organization: str) -> None:
    """The page is one of the console's, and says who is signed in where."""
    banner = page.get_by_role("banner")
    expect(banner.get_by_role("link", name="change organization")).to_contain_text(organization)
    expect(banner.get_by_role("link", name="where you are signed in")).to_contain_text(email)


def expect_page(page: View, heading: str) -> None:
    """The page has this heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def connection_of(sandbox: Sandbox, slug: str) -> Connection:
    """The organization's connection, as it is at Stytch."""
    connection = sandbox.world.connection_of(sandbox.world.find_organization(slug).organization_id)
    assert connection is not None
    return connection


def rotation_calls(sandbox: Sandbox) -> list[str]:
    """What Stytch was asked to do about rotations, oldest first: `start`, `complete`, `cancel`."""
    paths = [entry.path for entry in reversed(sandbox.world.requests)]
    return [path.rpartition("/")[2] for path in paths if "/rotate/" in path]


def fail(sandbox: Sandbox, call: str, fault: str, times: int = 1) -> None:
    """Queues a fault for `start`, `complete`, `cancel`, or for `read`, the look at the connection."""
    method, path = ("GET", "/connection$") if call == "read" else ("POST", f"/rotate/{call}$")
    sandbox.world.faults.append(Fault.model_validate({"method": method, "path": path, "fault": fault, "times": times}))


def lose_contact(sandbox: Sandbox, call: str, reads: int) -> None:
    """Stytch is reached once more; `call` and then `reads` looks at the connection, each tried twice, get no answer."""
    sandbox.world.faults.append(Fault(method="GET", path="/connection$", fault="latency", seconds=0))
    fail(sandbox, call, "drop_after_commit")
    fail(sandbox, "read", "drop_before_commit", times=2 * reads)


def let_it_settle(sandbox: Sandbox) -> None:
    """So much time passes that nothing sent before can still arrive."""
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds())


def press(page: View, name: str) -> None:
    """Presses the button of exactly this name."""
    page.get_by_role("button", name=name, exact=True).click()


def token_field(page: View) -> Locator:
    """The field that shows the new token."""
    return page.get_by_role("textbox", name="New token")


def start(page: View) -> str:
    """Starts the rotation, and returns the new token as the page shows it."""
    press(page, "Start rotation")
    return token_field(page).input_value()


def open_review(page: View, action: str) -> Locator:
    """Opens the review, a dialog or a page, of `Complete` or `Cancel`; returns its form."""
    page.get_by_role("link", name=f"{action} rotation").click()
    button = page.get_by_role("button", name=f"{action}: switch off")
    expect(button).to_be_visible()
    return page.locator("form", has=button)


def confirm(review: Locator) -> None:
    """Ticks what the review wants ticked, and presses its button."""
    for box in review.get_by_role("checkbox").all():
        box.check()
    review.get_by_role("button").click()


def complete(page: View) -> None:
    """Completes the rotation through its review."""
    confirm(open_review(page, "Complete"))


def cancel(page: View) -> None:
    """Cancels the rotation through its review."""
    confirm(open_review(page, "Cancel"))


def notice(page: View, title: str) -> Locator:
    """The message of this title, once it is there."""
    heading = page.get_by_role("heading", name=title, exact=True)
    expect(heading).to_be_visible()
    return page.locator("section.notice", has=heading)


def last_four(token: str) -> str:
    """How a token's last four characters stand in a page's text, for eyes and for screen readers."""
    return f"····token ending in {token[-4:]}"


def provision(page: Page, sandbox: Sandbox, connection: Connection, token: str | None = None) -> int:
    """One run of the connection's pretend IdP, in a tab of its own, `token` pasted first; the last answer's status."""
    tab = page.context.new_page()
    tab.goto(f"{sandbox.url}/_sandbox/idp/{connection.connection_id}")
    if token is not None:
        tab.get_by_label("HTTP Header Authorization: Bearer").fill(token)
        press(tab, "Save token")
    runs = tab.locator("tr[data-status]")
    before = runs.count()
    press(tab, "Provision now")
    expect(runs).to_have_count(before + 1)
    status = runs.first.get_attribute("data-status")
    tab.close()
    return int(status or 0)
