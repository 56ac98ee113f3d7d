"""Every fault on creating and on deleting a connection, by htmx and by a plain form."""

import time
import uuid

import httpx
import pytest
import sqlalchemy as sa

from tests.matrix.failing import failing
from tests.matrix.invariants import OUTCOMES, check_secrecy, intents_of
from tests.matrix.lifecycle import cells, told
from tests.matrix.stage import Press, Stage, title
from tests.matrix.table import SIGN_IN, UNKNOWN
from tests.matrix.test_faults import AMBIGUOUS, FREED_WITHIN
from webapp.history.database import events
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.connections import Connection
from webapp.stytch import Stytch

WHO = {"create": ("gil@globex.example", "globex"), "delete": ("ada@acme.example", "acme")}
BUTTON = {"create": "Create connection", "delete": "Delete connection"}
FIELDS = {
    "create": {"display_name": "Globex Okta", "identity_provider": "okta"},
    "delete": {"confirmation": "Acme Okta"},
}


class Scene:
    """Somebody at the form that creates or deletes a connection."""

    def __init__(self, stage: Stage, call: str) -> None:
        self.stage, self.call = stage, call
        self.email, self.slug = WHO[call]
        self.sign_in()
        path = f"/connections/{stage.sandbox.connection().connection_id}/delete"
        self.form = stage.visitor.get("/connections/new" if call == "create" else path)

    def sign_in(self) -> None:
        kept = self.stage.visitor.arrive(self.email, self.slug)
        self.stage.secrets += [kept["session_token"], kept["session_jwt"]]

    def press(self, press: Press, **more: str) -> httpx.Response:
        """Sends the form; where htmx is told to leave for another page, that page."""
        answer = press(self.stage.visitor, self.form, BUTTON[self.call], **FIELDS[self.call], **more)
        return self.stage.at_sign_in(answer)

    def there(self) -> list[Connection]:
        """The organization's connections at Stytch."""
        world = self.stage.sandbox.world
        return world.connections_of(world.find_organization(self.slug).organization_id)

    def asked(self) -> int:
        """How often Stytch was asked for the change."""
        method = {"create": "POST connection", "delete": "DELETE"}[self.call]
        return sum(call.startswith(method) for call in self.stage.sandbox.calls())

    def recorded(self) -> list[str]:
        """The outcomes in the history, oldest first, without those of presses that found it busy."""
        of_this = (events.c.type == f"connection.{self.call}", events.c.outcome != "busy")
        with self.stage.history.read() as read:
            chosen = sa.select(events.c.outcome).where(*of_this).order_by(events.c.sequence)
            return list(read.execute(chosen).scalars())

    def check(self, answer: httpx.Response) -> None:
        """What an answer says is so."""
        assert answer.status_code != 500, "the console's own mistake"
        said, there = title(answer), self.there()
        if said in ("Connection created", "It was created, but its token could not be shown"):
            assert len(there) == 1
        if said == "Acme Okta was deleted":
            assert there == []
        if "Nothing was changed" in answer.text or said.startswith(("The connection was not", "Not ")):
            assert len(there) == (0 if self.call == "create" else 1)

    def check_all(self) -> None:
        """At the end: a token is shown once at most, and in the answer that made it; every intent has an end."""
        made = [each.bearer_token for each in self.there()] if self.call == "create" else []
        self.stage.tokens += made
        for token in self.stage.tokens:
            answers = self.stage.shown(token)
            assert len(answers) <= made.count(token), "I3"
            assert [each for each in answers if title(each) != "Connection created"] == [], "I3"
        kept = intents_of(self.stage)
        assert self.asked() <= len(kept), "I2"
        assert [intent for intent in kept if intent["outcome"] not in OUTCOMES] == [], "I6"
        check_secrecy(self.stage)


@pytest.mark.parametrize(("fault", "call"), cells(), ids=lambda value: value.replace(" ", "_"))
def test_a_fault(stage: Stage, unreachable: dict[str, Stytch], press: Press, fault: str, call: str) -> None:
    scene, expected = Scene(stage, call), told(fault, call)
    began = time.monotonic()
    with failing(stage, unreachable, fault, call):
        answer = scene.press(press)
    assert time.monotonic() - began < FREED_WITHIN, "I7"
    assert (title(answer), answer.status_code) == (expected.title, expected.status)
    assert scene.recorded() == ([expected.recorded] if expected.recorded else [])
    scene.check(answer)
    if expected.title == SIGN_IN.title:
        scene.sign_in()
    else:
        asked = scene.asked()
        scene.check(scene.press(press))
        assert scene.asked() == asked, "a form that is sent again does nothing"
        if expected.later:
            refused = scene.press(press, intent=str(uuid.uuid4()))
            assert (title(refused), refused.status_code) == (UNKNOWN.title, 409)
            assert scene.asked() == asked, "I9"
    said = looks(scene)
    assert (expected.later.title in said) if expected.later else UNKNOWN.title not in said
    if expected.later:
        assert scene.recorded() == [expected.recorded, expected.later.recorded]
        assert said.count(expected.later.title) == 1, "it is said once"
    scene.check_all()


def looks(scene: Scene) -> list[str]:
    """What the list says at once, while what is late arrives, and after the settle time."""
    said = []
    for _ in range(4):
        listed = scene.stage.visitor.get("/connections")
        scene.check(listed)
        said.append(title(listed))
        scene.stage.sandbox.world.clock.advance(SETTLE.total_seconds() / 2)
    assert said[-1] != UNKNOWN.title
    return said


@pytest.mark.parametrize("fault", AMBIGUOUS)
@pytest.mark.parametrize("call", ["create", "delete"])
def test_a_fault_and_the_check_after_it_fails_too(
    stage: Stage, unreachable: dict[str, Stytch], press: Press, fault: str, call: str
) -> None:
    scene = Scene(stage, call)
    # The read before the change meets no fault; the two tries after it do.
    stage.sandbox.fail("latency", "/connection$", "GET", seconds=0)
    stage.sandbox.fail("status", "/connection$", "GET", status=500, times=2)
    with failing(stage, unreachable, fault, call, times=1):
        answer = scene.press(press)
    assert (title(answer), answer.status_code) == (UNKNOWN.title, UNKNOWN.status)
    assert scene.recorded() == ["unknown"]
    asked = scene.asked()
    stage.sandbox.world.clock.advance(SETTLE.total_seconds() + 1)
    looks(scene)
    assert scene.asked() == asked
    scene.check_all()
