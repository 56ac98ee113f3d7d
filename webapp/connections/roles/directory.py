"""The groups of a connection's directory: Stytch gives them part by part, in its own order, and can't search.

A page of the list is one call, however many there are. To search is to walk through the parts, as far as time allows.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Group, GroupsAnswer

PAGE = 50
"""Groups on a page. Stytch's time for a part grows with its size, and a reader's, too."""
PART = 1000
"""Groups in a part of a walk: the most that Stytch gives (`stytch-api.md §2.1`)."""
WALK_PARTS = 20
WALK_SECONDS = 10.0
"""A walk begins no further part after these."""

_MAY_PASS = (errors.NotSent, errors.OutcomeUnknown, errors.RateLimited)


@dataclass(frozen=True)
class Place:
    """Where in the list something begins: so many groups after Stytch's cursor."""

    cursor: str = ""
    skip: int = 0

    @classmethod
    def of(cls, text: str) -> "Place":
        """The place that was written so; the beginning for anything else."""
        skip, dot, cursor = text.partition(".")
        known = dot and skip.isascii() and skip.isdecimal() and len(skip) < 9
        return cls(cursor, int(skip)) if known else cls()

    def __str__(self) -> str:
        return f"{self.skip}.{self.cursor}" if self != Place() else ""


@dataclass(frozen=True)
class Found:
    """Groups, and the place after the last that was looked at: None at the end of the list.

    `looked` is how many groups were looked at. A walk that ended early says why: `stopped` by its bounds, or `error`.
    """

    groups: list[Group]
    after: Place | None
    looked: int
    stopped: bool = False
    error: errors.StytchError | None = None

    @property
    def early(self) -> bool:
        """Whether more might be found further on that nobody looked for."""
        return self.stopped or self.error is not None


class Groups:
    """The groups of one connection, as a member may see them. Each method raises a `StytchError`."""

    def __init__(self, stytch: Stytch, actor: Actor, connection_id: str) -> None:
        self._stytch = stytch
        self._actor = actor
        self._connection_id = connection_id

    def page(self, place: Place) -> Found:
        """The groups from a place on: one call."""
        answer = self._part(place.cursor, PAGE)
        after = Place(answer.next_cursor) if answer.next_cursor else None
        return Found(answer.scim_groups, after, len(answer.scim_groups))

    def search(self, words: str, place: Place) -> Found:
        """A page of the groups whose name has the words in it, in whatever case. Raises when not even one part came."""
        needle = words.casefold()
        found: list[Group] = []
        looked = 0
        for here, group in self._walk(place):
            if isinstance(group, Group):
                if needle in group.group_name.casefold():
                    if len(found) == PAGE:
                        return Found(found, here, looked)
                    found.append(group)
                looked += 1
            else:
                return Found(found, here, looked, stopped=group is None, error=group)
        return Found(found, None, looked)

    def missing(self, group_ids: Collection[str]) -> tuple[set[str], Found]:
        """Which of these the list does not have, and how far it was looked through."""
        missing = set(group_ids)
        looked = 0
        for here, group in self._walk(Place()):
            if not missing:
                break
            if not isinstance(group, Group):
                return missing, Found([], here, looked, stopped=group is None, error=group)
            looked += 1
            missing.discard(group.group_id)
        return missing, Found([], None, looked)

    def find(self, group_id: str, place: Place) -> Group | Found:
        """The group of that id, looked for first at the place where it was seen; else how far was looked."""
        if place.cursor:
            try:
                nearby = self._part(place.cursor, PART).scim_groups
            except errors.Refused:  # the cursor is not known any more
                nearby = []
            for each in nearby:
                if each.group_id == group_id:
                    return each
        looked = 0
        for here, group in self._walk(Place()):
            if not isinstance(group, Group):
                return Found([], here, looked, stopped=group is None, error=group)
            looked += 1
            if group.group_id == group_id:
                return group
        return Found([], None, looked)

    def _walk(self, place: Place) -> Iterator[tuple[Place, Group | errors.StytchError | None]]:
        """Each group with its place. Ends with the error that cut it short, or None for the walk's own bounds."""
        ends = time.monotonic() + WALK_SECONDS
        cursor, skip = place.cursor, place.skip
        for number in range(WALK_PARTS + 1):
            if number == WALK_PARTS or (number and time.monotonic() >= ends):
                yield Place(cursor), None
                return
            try:
                answer = self._part(cursor, PART)
            except _MAY_PASS as error:
                if not number:
                    raise
                yield Place(cursor), error
                return
            yield from ((Place(cursor, at), group) for at, group in enumerate(answer.scim_groups[skip:], skip))
            if not answer.next_cursor:
                return
            cursor, skip = answer.next_cursor, 0

    def _part(self, cursor: str, limit: int) -> GroupsAnswer:
        return self._stytch.get_groups(self._actor, self._connection_id, cursor=cursor, limit=limit)
