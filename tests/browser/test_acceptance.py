"""Each story of the acceptance kit, step by step, as a tester goes through it: one sandbox, one console, one report."""

import contextlib
import io
import re
import secrets
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from tests.browser.acceptance import Player
from tests.browser.conftest import open_page
from tests.browser.sweep.looks import look_at
from tests.conftest import Sandbox
from tools.run import PATH_OF_PORTAL, SANDBOX_PROJECT
from webapp import create_app
from webapp.history.database import Database
from webapp.rotation import Lifecycle, Rotations
from webapp.sandbox import create_sandbox
from webapp.sandbox.acceptance.stories import STORIES
from webapp.sandbox.acceptance.story import Story
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.server import Server
from webapp.sandbox.world import World
from webapp.settings import Settings

KIT = "/_sandbox/acceptance"


@pytest.fixture(scope="module")
def sandbox(signing_key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox with a console, and one more below a path of the portal, as `make run` has them.

    What has to settle does so by the sandbox's clock, in both.
    """
    folder = tmp_path_factory.mktemp("acceptance")
    database_url = f"sqlite:///{folder / 'history.sqlite3'}"
    database = Database(database_url)
    database.migrate()
    database.close()
    world = World(signing_key=signing_key)
    app = create_sandbox(world)
    server = Server(app)
    world.public_url = server.url
    apps: dict[str, Flask] = {}
    console = Server(lambda environ, start_response: apps["console"](environ, start_response))
    socket = folder / "below-path.sock"
    below_path = make_server(
        f"unix://{socket}", 0, lambda environ, start_response: apps["below path"](environ, start_response), True
    )
    app.config.update(CONSOLE_URL=console.url, CONSOLE_BELOW_PATH=str(socket))
    world.webhooks.url = f"{console.url}/webhooks/stytch"
    with contextlib.ExitStack() as stack:
        for name, public_url in (("console", console.url), ("below path", server.url + PATH_OF_PORTAL)):
            apps[name] = stack.enter_context(console_app(world, public_url, database_url))
        for each in (server, console):
            each.start()
            stack.callback(each.stop)
        Thread(target=below_path.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        stack.callback(below_path.shutdown)
        yield Sandbox(server.url, world)


@contextlib.contextmanager
def console_app(world: World, public_url: str, database_url: str) -> Iterator[Flask]:
    """A console with the settings of `make run`."""
    own = {
        "STYTCH_BASE_URL": world.public_url,
        "OIDC_ISSUER": world.public_url,
        "PUBLIC_URL": public_url,
        "EMBED_ORIGINS": f"{world.public_url},{world.public_url.replace('127.0.0.1', 'localhost')}",
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_urlsafe(32),
    }
    given = {name.lower(): value for name, value in (SANDBOX_PROJECT | own).items()}
    with contextlib.redirect_stderr(io.StringIO()):
        app = create_app(Settings.model_validate({"_env_file": None, **given}))
    for name, service in {"rotations": Rotations, "lifecycle": Lifecycle}.items():
        app.extensions[name] = service(app.extensions["stytch"], app.extensions["history"], world.clock.now)
    app.extensions["now"] = world.clock.now
    yield app
    app.extensions["stytch"].close()
    app.extensions["history"].close()


def test_the_kit_s_pages_can_be_used_by_everybody(
    sandbox: Sandbox, browser: Browser, browser_errors: list[str]
) -> None:
    with open_page(browser, sandbox.url, browser_errors) as kit:
        kit.goto(f"{KIT}/stories/complete-reply-lost")
        with kit.expect_popup() as opened:
            kit.get_by_role("button", name="Take me there").click()
        opened.value.close()
        kit.get_by_role("group", name="What came of step 2").get_by_label("Fail").check()
        kit.get_by_role("button", name="Rehearse complete: reply lost").click()
        expect(kit.get_by_role("status")).to_have_text("Done.")
        assert not decided(look_at(kit, kit.main_frame))
        kit.get_by_label("Note").nth(1).fill("The box is too small.")
        kit.keyboard.press("Enter")
        expect(kit.get_by_role("status")).to_have_text("Saved.")
        expect(kit.get_by_label("Fail").nth(1)).to_be_checked()
        kit.get_by_role("link", name="Acceptance kit").last.click()
        assert not decided(look_at(kit, kit.main_frame))
        kit.get_by_role("link", name="Report, to print or to save").click()
        expect(kit.get_by_role("heading", level=2).first).to_have_text(
            re.compile(r"Complete, and the reply is lost\s+failed")
        )
        expect(kit.get_by_text("The box is too small.")).to_be_visible()
        kit.set_viewport_size({"width": 320, "height": 800})
        assert kit.evaluate("document.documentElement.scrollWidth") == 320
        kit.emulate_media(media="print")
        expect(kit.get_by_role("link", name="Dashboard")).to_be_hidden()
        expect(kit.get_by_text("The box is too small.")).to_be_visible()


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_story(story: Story, sandbox: Sandbox, browser: Browser, browser_errors: list[str]) -> None:
    with open_page(browser, sandbox.url, browser_errors, javascript=story.javascript) as kit:
        player = Player(kit, story, sandbox)
        for number, step in enumerate(story.steps, 1):
            player.go(step, number)
        judged: dict[str, str | float | bool] = {
            f"outcome-{number}": "pass" for number in range(1, len(story.steps) + 1)
        }
        assert kit.request.post(f"{KIT}/stories/{story.name}", form=judged).ok


def test_all_were_played_and_the_report_has_outlived_every_world(
    sandbox: Sandbox, browser: Browser, browser_errors: list[str]
) -> None:
    """Last of this file."""
    with open_page(browser, sandbox.url, browser_errors) as kit:
        kit.goto(KIT)
        kit.get_by_label("Who is testing").fill("Grace Hopper")
        kit.get_by_role("button", name="Save").click()
        kit.get_by_role("link", name="Report, to print or to save").click()
        facts = kit.get_by_role("main").locator("dl")
        expect(facts).to_contain_text("Grace Hopper")
        expect(facts).to_contain_text(
            re.compile(rf"0\s+failed,\s+0\s+begun,\s+0\s+not tried,\s+{len(STORIES)}\s+passed")
        )
        expect(facts).to_contain_text("Chrome/")


def decided(wrong: list[str]) -> list[str]:
    """What is wrong for sure. axe can't read what is on the sandbox's stripes."""
    return [each for each in wrong if "bgGradient" not in each]
