"""What the console promises, in the words of its own documents. The stories say which of these they are about."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """A sentence, or the part of one that promises, as it stands in a document."""

    document: str
    quote: str


PROMISES: Mapping[str, Promise] = {
    "no-gap": Promise("README.md", "replaces the SCIM bearer token without provisioning ever stopping"),
    "which-works": Promise("README.md", "at every step the page says which token works"),
    "three-steps": Promise("docs/rotation.md", "Three steps, two tokens"),
    "cancel": Promise("docs/rotation.md", "the new token stops and the old one goes on as before"),
    "sent-twice": Promise("docs/rotation.md", "a form that you send twice tells you again what came of the first"),
    "nothing-by-itself": Promise("docs/rotation.md", "No page, reload or lost session\ncompletes or cancels anything by itself"),
    "shown-once": Promise("docs/rotation.md", "The console shows it once, in that one answer, and keeps it nowhere."),
    "start-again": Promise("docs/rotation.md", "**Cancel and start again** makes another"),
}
