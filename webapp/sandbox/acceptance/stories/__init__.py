"""The stories, in chapters and in the order in which a session goes through them."""

from collections.abc import Mapping

from webapp.sandbox.acceptance.stories import (
    connections,
    everybody,
    faults,
    history,
    permissions,
    portals,
    roles,
    rotating,
    signing_in,
    tokens,
)
from webapp.sandbox.acceptance.story import Story

CHAPTERS: Mapping[str, tuple[Story, ...]] = {
    "Rotating a token": rotating.STORIES,
    "When something fails": faults.STORIES,
    "The token in the identity provider": tokens.STORIES,
    "Setting up connections": connections.STORIES,
    "Groups and roles": roles.STORIES,
    "Signing in": signing_in.STORIES,
    "Who may do what": permissions.STORIES,
    "History and sessions": history.STORIES,
    "In a portal": portals.STORIES,
    "For everybody": everybody.STORIES,
}
STORIES: Mapping[str, Story] = {story.name: story for stories in CHAPTERS.values() for story in stories}
