"""Each story of the acceptance kit, step by step, as a tester goes through it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from pydantic import SecretStr

from tests.browser.acceptance import Player
from tests.browser.conftest import open_page
from tests.conftest import Console, Sandbox
from webapp.sandbox import create_sandbox
from webapp.sandbox.acceptance.stories import STORIES
from webapp.sandbox.acceptance.story import Story
from webapp.sandbox.identifiers import WEBHOOK_SECRET
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.server import Server
from webapp.sandbox.world import World


@pytest.fixture
def app(signing_key: SigningKey) -> Flask:
    """The sandbox, which will know its console."""
    return create_sandbox(World(signing_key=signing_key))


@pytest.fixture
def sandbox(app: Flask) -> Iterator[Sandbox]:
    world: World = app.extensions["world"]
    server = Server(app)
    world.public_url = server.url
    server.start()
    yield Sandbox(server.url, world)
    server.stop()


@pytest.fixture
def changes(sandbox: Sandbox) -> dict[str, Any]:
    """What `make run` sets, too."""
    return {
        "portal_name": "the pretend portal",
        "stytch_webhook_secret": (SecretStr(WEBHOOK_SECRET),),
        "embed_origins": (sandbox.url, sandbox.url.replace("127.0.0.1", "localhost")),
    }


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_story(
    story: Story, app: Flask, sandbox: Sandbox, console: Console, browser: Browser, browser_errors: list[str]
) -> None:
    app.config["CONSOLE_URL"] = console.url
    sandbox.world.webhooks.url = f"{console.url}/webhooks/stytch"
    with open_page(browser, sandbox.url, browser_errors, javascript=story.javascript) as kit:
        player = Player(kit, story, sandbox, console)
        for number, step in enumerate(story.steps, 1):
            player.go(step, number)
