"""A walk over every organization of the project, at a pace that Stytch allows, past what fails for a moment."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import TypeVar

from webapp.stytch import Stytch, errors
from webapp.stytch.models import FoundOrganization
from webapp.tokens.place import Ending, Place

SEARCH_PACE = 0.7
"""Seconds from one search to the next: Stytch takes 100 a minute, says the official SDK of `organizations.search`."""
READ_PACE = 0.05
"""The same for one connection."""
TRIES = 5
LONGEST_WAIT = 300
"""Seconds. When Stytch asks for a longer one, whoever runs the command should know."""

_T = TypeVar("_T")
Say = Callable[[str], None]


class WentAstray(Exception):
    """Stytch led back to where the walk had been."""


class Patience:
    """Calls Stytch at a steady pace; waits as long as a 429 asks for, and tries reads again that failed.

    `say` is told of each wait.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._not_before = float("-inf")

    def __call__(self, pace: float, call: Callable[[], _T]) -> _T:
        """What a read answers. Raises a `StytchError` when it has failed too often."""
        for tries in range(1, TRIES + 1):
            early = self._not_before - monotonic()
            if early > 0:
                sleep(early)
            self._not_before = monotonic() + pace
            try:
                return call()
            except errors.RateLimited as error:
                wait = max(error.retry_after, 2**tries)
                if tries == TRIES or wait > LONGEST_WAIT:
                    raise
                self._say(f"Stytch takes no more requests just now: waiting {wait} seconds.")
            except (errors.NotSent, errors.OutcomeUnknown) as error:
                wait = 2 ** (tries - 1)
                if tries == TRIES or isinstance(error, errors.NotTrusted):
                    raise
                self._say(f"Stytch gave no usable answer: asking again in {wait} second{'' if wait == 1 else 's'}.")
            sleep(wait)
        raise AssertionError("the last try returns or raises")


def walk(stytch: Stytch, place: Place, patience: Patience) -> Iterator[int]:
    """Goes on from the place to the end: after each part the place has moved, and how many there are in all is given.

    That is -1 where Stytch does not count. Raises a `StytchError`, or `WentAstray`; the place is good then, too.
    """
    soon = place.began_at + timedelta(days=place.within_days)
    while not place.done:
        part = patience(SEARCH_PACE, lambda: stytch.search_organizations(cursor=place.cursor))
        following = part.results_metadata.next_cursor
        if following and following == place.cursor:
            raise WentAstray
        found, without_end, refused = {}, 0, {}
        for organization in part.organizations:
            try:
                for ending in _tokens(stytch, organization, patience):
                    if ending is None:
                        without_end += 1
                    elif ending.bearer_token_expires_at <= soon:
                        found[ending.connection_id] = ending
            except (errors.BadCredentials, errors.RateLimited):
                raise
            except errors.Refused as error:  # of this organization alone: the others are to be told all the same
                refused[organization.organization_id] = f"{error}, request id {error.request_id}"
        place.found.update(found)
        place.refused.update(refused)
        place.without_end += without_end
        place.looked_at += len(part.organizations)
        place.cursor, place.done = following, not following
        yield part.results_metadata.total


def _tokens(stytch: Stytch, organization: FoundOrganization, patience: Patience) -> Iterator[Ending | None]:
    """The organization's tokens, None for one without an end. What the search does not tell, the connection does."""
    active = organization.scim_active_connection
    if active is None:
        return
    if active.bearer_token_last_four and active.bearer_token_expires_at:
        yield _ending(
            organization,
            active.connection_id,
            active.display_name,
            active.bearer_token_last_four,
            active.bearer_token_expires_at,
        )
        return
    for each in patience(READ_PACE, lambda: stytch.read_scim_connections(organization.organization_id)):
        ends = each.bearer_token_expires_at
        yield (
            _ending(organization, each.connection_id, each.display_name, each.bearer_token_last_four, ends)
            if ends
            else None
        )


def _ending(
    organization: FoundOrganization, connection_id: str, display_name: str, last_four: str, ends: datetime
) -> Ending:
    return Ending(
        organization_id=organization.organization_id,
        organization_slug=organization.organization_slug,
        organization_name=organization.organization_name,
        connection_id=connection_id,
        display_name=display_name,
        bearer_token_last_four=last_four,
        bearer_token_expires_at=ends,
    )
