"""What stories are made of: what a tester does, and what they see then. Each says itself in words.

tests/browser/acceptance.py does and looks for the same, from the same objects. A name that ends in “…” is how the real
one begins.
"""

from dataclasses import dataclass
from enum import Enum


def _quoted(text: str) -> str:
    """The text between quotation marks, with the full stop that ends the sentence."""
    return f"“{text}”" if text.endswith((".", "?", "…")) else f"“{text}”."


class Value(Enum):
    """What is typed and is not known before."""

    TOKEN = "the token that the console showed"  # noqa: S105 - words
    MAILED_CODE = "the code of the newest mail in the inbox"
    TEXTED_CODE = "the code of the newest text message in the inbox"
    APP_CODE = "the code that the authenticator shows"


@dataclass(frozen=True)
class Action:
    """Something that the tester does."""

    @property
    def words(self) -> str:
        """The sentence that tells them to."""
        raise NotImplementedError


@dataclass(frozen=True)
class Expectation:
    """Something that the tester then sees."""

    @property
    def words(self) -> str:
        """The sentence that says what."""
        raise NotImplementedError


@dataclass(frozen=True)
class Press(Action):
    """A button or a link, in the page's own header or below it."""

    name: str
    at_the_top: bool = False

    @property
    def words(self) -> str:
        return (
            f"At the top of the page, press {_quoted(self.name)}" if self.at_the_top else f"Press {_quoted(self.name)}"
        )


@dataclass(frozen=True)
class PressTwice(Action):
    """Two clicks, as fast as somebody who doubts the first."""

    name: str

    @property
    def words(self) -> str:
        return f"Double-click {_quoted(self.name)}"


@dataclass(frozen=True)
class Unfold(Action):
    """What is folded away below a line of this text."""

    name: str

    @property
    def words(self) -> str:
        return f"Unfold {_quoted(self.name)}"


@dataclass(frozen=True)
class Fill(Action):
    """Something typed into a field."""

    label: str
    value: str | Value

    @property
    def words(self) -> str:
        if not self.value:
            return f"Empty the field {_quoted(self.label)}"
        what = self.value.value if isinstance(self.value, Value) else f"“{self.value}”"
        return f"Enter {what} as {_quoted(self.label)}"


@dataclass(frozen=True)
class Pick(Action):
    """One of the choices of a list that opens."""

    label: str
    choice: str

    @property
    def words(self) -> str:
        return f"Pick “{self.choice}” as {_quoted(self.label)}"


@dataclass(frozen=True)
class Choose(Action):
    """A box that is ticked, or one of several choices."""

    name: str

    @property
    def words(self) -> str:
        return f"Choose {_quoted(self.name)}"


@dataclass(frozen=True)
class TickAll(Action):
    """Whatever a review wants to be confirmed."""

    @property
    def words(self) -> str:
        return "Tick what there is to confirm."


@dataclass(frozen=True)
class Key(Action):
    """One key, by the name that is on it."""

    name: str

    @property
    def words(self) -> str:
        return f"Press the key {self.name}."


@dataclass(frozen=True)
class TabTo(Action):
    """On by the keyboard alone, until the button or link of this name has the focus."""

    name: str

    @property
    def words(self) -> str:
        return f"Press the key Tab until “{self.name}” has the focus."


@dataclass(frozen=True)
class Reload(Action):
    """The page once more; the browser's own question, if it asks one, is answered with yes."""

    @property
    def words(self) -> str:
        return "Reload the page; if the browser asks whether to leave it, do."


@dataclass(frozen=True)
class TryToLeave(Action):
    """A link that leads away from something that would be lost; the browser asks, and the tester stays."""

    name: str

    @property
    def words(self) -> str:
        return f"Press “{self.name}”. The browser asks whether to leave the page: stay."


@dataclass(frozen=True)
class Back(Action):
    """The browser's own button."""

    @property
    def words(self) -> str:
        return "Go back by the browser's own button."


@dataclass(frozen=True)
class Visit(Action):
    """A page of the console, by its path."""

    path: str

    @property
    def words(self) -> str:
        return f"Open the console's address {self.path} in this tab."


@dataclass(frozen=True)
class OpenMail(Action):
    """The newest link that was mailed, in the tab in which it was asked for."""

    @property
    def words(self) -> str:
        return "In the sandbox's inbox, open the link of the newest mail."


@dataclass(frozen=True)
class OpenSecondTab(Action):
    """The same page once more; what follows happens there."""

    @property
    def words(self) -> str:
        return "Open the same page in a second tab, and go on there."


@dataclass(frozen=True)
class OpenIdp(Action):
    """The pretend identity provider of the organization, in a tab of its own; what follows happens there."""

    @property
    def words(self) -> str:
        return "Open the pretend identity provider in a tab of its own, and go on there."


@dataclass(frozen=True)
class Provision(Action):
    """One run of the pretend identity provider, whose tab is open."""

    @property
    def words(self) -> str:
        return "Press “Provision now”."


@dataclass(frozen=True)
class FirstTab(Action):
    """Where the story began."""

    @property
    def words(self) -> str:
        return "Go back to the first tab."


@dataclass(frozen=True)
class PressForWindow(Action):
    """A link that opens a window; what follows happens there."""

    name: str

    @property
    def words(self) -> str:
        return f"Press “{self.name}”, and go on in the window that opens."


@dataclass(frozen=True)
class PressAndClose(Action):
    """A button that closes its window; what follows happens where that was opened."""

    name: str

    @property
    def words(self) -> str:
        return f"Press “{self.name}”. The window closes."


@dataclass(frozen=True)
class Save(Action):
    """A link that saves a file."""

    name: str

    @property
    def words(self) -> str:
        return f"Press “{self.name}”, and open the file that is saved."


@dataclass(frozen=True)
class Wait(Action):
    """Time that passes, or until a message comes up, which it does by then."""

    seconds: int
    for_a_message: bool = False

    @property
    def words(self) -> str:
        minutes, seconds = divmod(self.seconds, 60)
        parts = [f"{minutes} min" if minutes else "", f"{seconds} s" if seconds else ""]
        time = " ".join(filter(None, parts))
        return f"Wait for a message to come up: it takes up to {time}." if self.for_a_message else f"Wait for {time}."


@dataclass(frozen=True)
class Heading(Expectation):
    """A heading or a message's title."""

    text: str

    @property
    def words(self) -> str:
        return f"There is the heading {_quoted(self.text)}"


@dataclass(frozen=True)
class Text(Expectation):
    """Words that are somewhere on the page."""

    text: str

    @property
    def words(self) -> str:
        return f"The page says {_quoted(self.text)}"


@dataclass(frozen=True)
class NoText(Expectation):
    """Words that are nowhere on it."""

    text: str

    @property
    def words(self) -> str:
        return f"The page does not say {_quoted(self.text)}"


@dataclass(frozen=True)
class Offered(Expectation):
    """A button or a link that is there."""

    name: str

    @property
    def words(self) -> str:
        return f"“{self.name}” is offered."


@dataclass(frozen=True)
class NotOffered(Expectation):
    """One that is not."""

    name: str

    @property
    def words(self) -> str:
        return f"“{self.name}” is not offered."


@dataclass(frozen=True)
class Token(Expectation):
    """A token in its field, shown for the first time."""

    label: str = "New token"

    @property
    def words(self) -> str:
        return f"“{self.label}” shows a token that was not there before."


@dataclass(frozen=True)
class SameToken(Expectation):
    """The token that was shown before."""

    label: str = "New token"

    @property
    def words(self) -> str:
        return f"“{self.label}” still shows that token."


@dataclass(frozen=True)
class LetIn(Expectation):
    """What the newest run of the pretend identity provider came to: 200, or 401 for a token that no longer works."""

    status: int

    @property
    def words(self) -> str:
        return f"The newest run, the first of the list, was answered {self.status}."


@dataclass(frozen=True)
class NoToken(Expectation):
    """The token that was shown before is nowhere on the page."""

    @property
    def words(self) -> str:
        return "The token is nowhere on the page."


@dataclass(frozen=True)
class Holds(Expectation):
    """What is in a field."""

    label: str
    value: str

    @property
    def words(self) -> str:
        return f"“{self.label}” holds “{self.value}”." if self.value else f"“{self.label}” is empty."


@dataclass(frozen=True)
class Focused(Expectation):
    """What has the focus: a button, a link or a heading."""

    name: str

    @property
    def words(self) -> str:
        return f"The focus is on {_quoted(self.name)}"


@dataclass(frozen=True)
class Announced(Expectation):
    """What a screen reader is told."""

    text: str

    @property
    def words(self) -> str:
        return f"A screen reader says {_quoted(self.text)}"


@dataclass(frozen=True)
class FileSays(Expectation):
    """What is in the file that was saved last."""

    text: str

    @property
    def words(self) -> str:
        return f"The file says {_quoted(self.text)}"
