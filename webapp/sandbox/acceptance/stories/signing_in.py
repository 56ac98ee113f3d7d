"""Later."""

from webapp.sandbox.acceptance.story import Story

STORIES: tuple[Story, ...] = ()
