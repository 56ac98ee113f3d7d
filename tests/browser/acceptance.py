"""Does what the stories of the acceptance kit say: presses the kit's own buttons, then the console's."""

import re
from functools import singledispatchmethod
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Download, FrameLocator, Locator, Page, expect

from tests.browser.steps import newest_link
from tests.conftest import Sandbox
from tests.processes.waiting import wait_for
from webapp.sandbox.acceptance import vocabulary as v
from webapp.sandbox.acceptance.deeds import Deed
from webapp.sandbox.acceptance.story import Place, Step, Story
from webapp.sandbox.world import Mail

FRAMES = {
    Place.FRAME: "SCIM connections",
    Place.OTHER_SITE: "SCIM connections",
}
"""The titles of the frames in which stories are played."""


def name_of(words: str) -> str | re.Pattern[str]:
    """How Playwright is told of a name: one that ends in “…” is how the real one begins."""
    return re.compile(f"^{re.escape(words.removesuffix('…').strip())}") if words.endswith("…") else words


class Player:
    """Somebody with the kit in one tab, and the console in another, at the beginning of a story."""

    def __init__(self, kit: Page, story: Story, sandbox: Sandbox) -> None:
        self.kit, self.story, self.sandbox = kit, story, sandbox
        self.turns_clock = any(isinstance(each, v.Wait) for step in story.steps for each in step.items)
        if self.turns_clock:
            kit.context.clock.install()
        kit.goto(f"/_sandbox/acceptance/stories/{story.name}")
        with kit.expect_popup() as opened:
            kit.get_by_role("button", name="Take me there").click()
        self.first = self.page = opened.value
        self.token = ""
        self.file = Path()

    def go(self, step: Step, number: int) -> None:
        """Does a step, and looks for what it says."""
        self.number = number
        for item in step.items:
            try:
                if isinstance(item, v.Action):
                    self.do(item)
                else:
                    self.look_for(item)
            except Exception as error:
                error.add_note(f"in step {number} of “{self.story.title}”: {item.words}")
                raise

    @property
    def scope(self) -> Page | FrameLocator:
        """Where things are pressed: the page, or the frame in it."""
        title = FRAMES.get(self.story.place)
        if title is None or self.page is not self.first:
            return self.page
        return self.page.frame_locator(f"iframe[title='{title}']")

    @property
    def body(self) -> Locator:
        return self.scope.locator("body")

    def pressable(self, words: str, within: Locator | None = None) -> Locator:
        """The button or link of this name."""
        name, exact, where = name_of(words), not words.endswith("…"), within or self.scope
        button = where.get_by_role("button", name=name, exact=exact)
        return button.or_(where.get_by_role("link", name=name, exact=exact))

    def field(self, words: str) -> Locator:
        name = name_of(words)
        return self.scope.get_by_label(name, exact=isinstance(name, str))

    def value(self, value: str | v.Value) -> str:
        """What is typed."""
        match value:
            case v.Value.TOKEN:
                return self.token
            case v.Value.MAILED_CODE:
                return self.newest("email_otp").code or ""
            case v.Value.TEXTED_CODE:
                return self.newest("sms_otp").code or ""
            case v.Value.APP_CODE:
                world = self.sandbox.world
                organization = world.find_organization(self.story.at)
                member = world.find_member(organization.organization_id, email=self.story.who)
                return world.totps[member.member_id].code(world.clock.now())
        return str(value)

    def newest(self, kind: str) -> Mail:
        return next(mail for mail in self.sandbox.world.inbox if mail.kind == kind)

    @singledispatchmethod
    def do(self, action: v.Action) -> None:
        raise NotImplementedError(action)

    @do.register
    def _(self, action: Deed) -> None:
        step = self.kit.get_by_role("region", name=f"Step {self.number}", exact=True)
        step.get_by_role("button", name=action.button, exact=True).click()
        expect(self.kit.get_by_role("status")).to_have_text("Done.")

    @do.register
    def _(self, action: v.Press) -> None:
        self.pressable(action.name, self.scope.get_by_role("banner") if action.at_the_top else None).click()

    @do.register
    def _(self, action: v.PressTwice) -> None:
        self.pressable(action.name).dblclick()

    @do.register
    def _(self, action: v.Unfold) -> None:
        self.scope.locator("summary", has_text=action.name).click()

    @do.register
    def _(self, action: v.Fill) -> None:
        self.field(action.label).fill(self.value(action.value))

    @do.register
    def _(self, action: v.Pick) -> None:
        self.field(action.label).select_option(label=action.choice)

    @do.register
    def _(self, action: v.Choose) -> None:
        name = name_of(action.name)
        exact = isinstance(name, str)
        box = self.scope.get_by_role("checkbox", name=name, exact=exact)
        box.or_(self.scope.get_by_role("radio", name=name, exact=exact)).check()

    @do.register
    def _(self, action: v.TickAll) -> None:  # noqa: ARG002
        boxes = self.scope.get_by_role("checkbox")
        expect(boxes.first).to_be_visible()
        for box in boxes.all():
            box.check()

    @do.register
    def _(self, action: v.Key) -> None:
        self.page.keyboard.press(action.name)

    @do.register
    def _(self, action: v.TabTo) -> None:
        there = self.pressable(action.name)
        expect(there).to_be_visible()
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if there.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"“{action.name}” can't be reached")

    @do.register
    def _(self, action: v.Reload) -> None:  # noqa: ARG002
        self.page.once("dialog", lambda dialog: dialog.accept())
        self.page.reload()

    @do.register
    def _(self, action: v.TryToLeave) -> None:
        with self.page.expect_event("dialog", lambda dialog: dialog.dismiss() is None) as asked:
            self.pressable(action.name).click(no_wait_after=True)
        assert asked.value.type == "beforeunload"

    @do.register
    def _(self, action: v.Back) -> None:  # noqa: ARG002
        self.page.go_back()

    @do.register
    def _(self, action: v.Visit) -> None:
        self.page.goto(urljoin(self.page.url, action.path))

    @do.register
    def _(self, action: v.OpenMail) -> None:  # noqa: ARG002
        expect(self.page).to_have_url(re.compile("/authenticate/"))
        self.page.goto(newest_link(self.sandbox, self.story.who))

    @do.register
    def _(self, action: v.OpenSecondTab) -> None:  # noqa: ARG002
        address = self.page.url
        self.page = self.page.context.new_page()
        self.page.goto(address)

    @do.register
    def _(self, action: v.OpenIdp) -> None:  # noqa: ARG002
        self.page = self.page.context.new_page()
        self.page.goto(f"{self.sandbox.url}/_sandbox/acceptance/stories/{self.story.name}/idp")

    @do.register
    def _(self, action: v.Provision) -> None:  # noqa: ARG002
        runs = self.page.locator("tr[data-status]")
        before = runs.count()
        self.pressable("Provision now").click()
        expect(runs).to_have_count(before + 1)

    @do.register
    def _(self, action: v.FirstTab) -> None:  # noqa: ARG002
        self.page = self.first
        self.page.bring_to_front()

    @do.register
    def _(self, action: v.PressForWindow) -> None:
        with self.page.expect_popup() as opened:
            self.pressable(action.name).click()
        self.page = opened.value

    @do.register
    def _(self, action: v.PressAndClose) -> None:
        with self.page.expect_event("close"):
            self.pressable(action.name).click()
        self.page = self.first

    @do.register
    def _(self, action: v.Save) -> None:
        with self.page.expect_download() as saved:
            self.pressable(action.name).click()
        download: Download = saved.value
        self.file = Path(download.path())

    @do.register
    def _(self, action: v.Wait) -> None:
        wait_for(lambda: all(delivery.attempts for delivery in self.sandbox.world.webhooks.deliveries))
        self.sandbox.world.clock.advance(action.seconds)
        self.page.clock.fast_forward(action.seconds * 1000)

    @singledispatchmethod
    def look_for(self, expectation: v.Expectation) -> None:
        raise NotImplementedError(expectation)

    @look_for.register
    def _(self, expectation: v.Heading) -> None:
        heading = self.scope.get_by_role("heading", name=name_of(expectation.text), exact=True)
        expect(heading.first).to_be_visible()

    @look_for.register
    def _(self, expectation: v.Text) -> None:
        expect(self.body).to_contain_text(expectation.text, use_inner_text=True)

    @look_for.register
    def _(self, expectation: v.NoText) -> None:
        expect(self.body).not_to_contain_text(expectation.text, use_inner_text=True)

    @look_for.register
    def _(self, expectation: v.Offered) -> None:
        expect(self.pressable(expectation.name).first).to_be_visible()

    @look_for.register
    def _(self, expectation: v.NotOffered) -> None:
        expect(self.body).to_be_visible()
        for each in self.pressable(expectation.name).all():
            expect(each).to_be_hidden()

    @look_for.register
    def _(self, expectation: v.Token) -> None:
        field = self.field(expectation.label)
        expect(field).not_to_have_value(self.token)
        self.token = field.input_value()
        assert self.token

    @look_for.register
    def _(self, expectation: v.SameToken) -> None:
        expect(self.field(expectation.label)).to_have_value(self.token)

    @look_for.register
    def _(self, expectation: v.LetIn) -> None:
        expect(self.page.locator("tr[data-status]").first).to_have_attribute("data-status", str(expectation.status))

    @look_for.register
    def _(self, expectation: v.NoToken) -> None:  # noqa: ARG002
        assert self.token
        expect(self.scope.locator(f"[value='{self.token}']")).to_have_count(0)
        expect(self.body).not_to_contain_text(self.token)

    @look_for.register
    def _(self, expectation: v.Holds) -> None:
        expect(self.field(expectation.label)).to_have_value(expectation.value)

    @look_for.register
    def _(self, expectation: v.Focused) -> None:
        name = name_of(expectation.name)
        heading = self.scope.get_by_role("heading", name=name, exact=isinstance(name, str))
        expect(self.pressable(expectation.name).or_(heading)).to_be_focused()

    @look_for.register
    def _(self, expectation: v.Announced) -> None:
        told = self.scope.locator("#status, #alert").filter(has_text=expectation.text)
        expect(told).to_have_count(1)

    @look_for.register
    def _(self, expectation: v.FileSays) -> None:
        assert expectation.text in self.file.read_text(encoding="utf-8")
