"""A story: who wants what, in which world it is played, and its steps."""

from dataclasses import dataclass
from enum import Enum

from webapp.sandbox.acceptance.deeds import Deed
from webapp.sandbox.acceptance.vocabulary import Action, Expectation


class Place(Enum):
    """Where a story begins."""

    CONSOLE = "the console"
    PORTAL = "the pretend portal"
    FRAME = "the console in a frame of the portal's page"
    OTHER_SITE = "the console in a frame of another site's page"
    BELOW_PATH = "the console below a path of the portal"


@dataclass(frozen=True)
class Step:
    """What the tester does, in this order, and what they see then."""

    items: tuple[Action | Expectation, ...]

    @property
    def actions(self) -> list[Action]:
        """What is done."""
        return [each for each in self.items if isinstance(each, Action)]

    @property
    def expectations(self) -> list[Expectation]:
        """What is seen then."""
        return [each for each in self.items if isinstance(each, Expectation)]

    @property
    def deeds(self) -> list[Deed]:
        """What the kit does at the press of its own buttons."""
        return [each for each in self.items if isinstance(each, Deed)]


def step(*items: Action | Expectation) -> Step:
    """One step."""
    return Step(items)


@dataclass(frozen=True)
class Story:
    """One story. `name` is its address; `promises` are names of promises.PROMISES.

    `who`, a seeded member of the organization `at`, is signed in unless `signed_in` is False. `world` is done first.
    """

    name: str
    title: str
    promises: tuple[str, ...]
    steps: tuple[Step, ...]
    who: str = "ada@acme.example"
    at: str = "acme"
    signed_in: bool = True
    place: Place = Place.CONSOLE
    path: str = "/connections"
    world: tuple[Deed, ...] = ()
    javascript: bool = True
