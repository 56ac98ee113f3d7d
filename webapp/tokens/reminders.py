"""Tells the organizations' admins by mail that a token ends: whoever may rotate it, once at each mark."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError

from webapp.connections import expiry
from webapp.connections.expiry import Expiry
from webapp.history.database import Database, reminders, timestamp
from webapp.settings import Settings
from webapp.smtp import NoServer, NotSent, Post, server_of
from webapp.stytch import Stytch, errors
from webapp.stytch.models import Connection, OrganizationMember, Role
from webapp.tokens import letter
from webapp.tokens.lists import by_end
from webapp.tokens.place import Ending
from webapp.tokens.walk import READ_PACE, SEARCH_PACE, Patience

_EVERYBODY = ""
"""Stands for a member's id once nobody is left to be told at a mark."""


@dataclass
class Told:
    """What came of a round of mails."""

    sent: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Reminders:
    """Sends mails and remembers which. `say` is told of each failure; the next round tries it again.

    `roles_of` gives the roles there are in an organization, the project's and its own.
    """

    stytch: Stytch
    database: Database
    settings: Settings
    roles_of: Callable[[str], list[Role]]
    patience: Patience
    say: Callable[[str], None]

    def send(self, found: Iterable[Ending], now: datetime) -> Told:
        """One round: to whoever has not been told at the marks that are reached."""
        told = Told()
        with closing(Post(server_of(self.settings.smtp_url.get_secret_value()))) as post:
            for ending in by_end(found):
                try:
                    self._tell_of(ending, now, post, told)
                except NoServer as error:
                    told.failed += 1
                    self.say(f"No mail can be sent. {error}")
                    break
                except errors.StytchError as error:
                    told.failed += 1
                    self.say(f"Nobody was told about {ending.connection_id}: asking Stytch came to nothing ({error}).")
        return told

    def _tell_of(self, ending: Ending, now: datetime, post: Post, told: Told) -> None:
        mark = expiry.mark(ending.bearer_token_expires_at, now)
        if mark is None or _EVERYBODY in self._told_before(ending.connection_id, ending.bearer_token_expires_at, mark):
            return
        # What the search said may be over by now, and it does not know of open rotations.
        connection = self._connection(ending)
        near = expiry.of(connection, now) if connection else None
        if connection is None or near is None:
            return
        before = self._told_before(connection.connection_id, near.ends, near.mark)
        if _EVERYBODY in before:
            return
        admins = list(self._admins(ending.organization_id))
        if not admins:
            self.say(f"Nobody in {ending.organization_id} may rotate its token: nobody was told.")
            return
        link = expiry.link(self.settings, connection.organization_id, connection.connection_id)
        about = letter.About(connection, near, ending.organization_name, link, self.settings.mail_from, now)
        failed_before = told.failed
        for admin in admins:
            if admin.member_id in before:
                continue
            try:
                others = [each.email_address for each in admins if each is not admin]
                with force_locale(self.settings.default_language):
                    mail = letter.write(about, admin.email_address, others)
                post.send(mail)
            except NoServer:
                raise
            except NotSent as error:
                told.failed += 1
                self.say(f"{admin.member_id} was not told about {connection.connection_id}: {error}.")
            else:
                told.sent += 1
                self._remember(connection, near, admin.member_id, now)
        if told.failed == failed_before:
            self._remember(connection, near, _EVERYBODY, now)

    def _connection(self, ending: Ending) -> Connection | None:
        there = self.patience(READ_PACE, lambda: self.stytch.read_scim_connections(ending.organization_id))
        return next((each for each in there if each.connection_id == ending.connection_id), None)

    def _admins(self, organization_id: str) -> Iterator[OrganizationMember]:
        """The organization's active members with a role that may rotate."""
        roles = self.patience(READ_PACE, lambda: self.roles_of(organization_id))
        granting = {role.role_id for role in roles if role.grants("stytch.scim", "update")}
        cursor, last = "", False
        while not last:
            search = partial(self.stytch.search_members, organization_id, cursor=cursor)
            part = self.patience(SEARCH_PACE, search)
            yield from (each for each in part.members if each.status == "active" and granting & each.role_ids)
            last = part.results_metadata.next_cursor in ("", cursor)
            cursor = part.results_metadata.next_cursor

    def _told_before(self, connection_id: str, ends: datetime, mark: int) -> set[str]:
        """Ids of the members who were told at this mark of this end."""
        where = (
            reminders.c.connection_id == connection_id,
            reminders.c.ends == timestamp(ends),
            reminders.c.mark == mark,
        )
        with self.database.read() as database:
            return set(database.execute(sa.select(reminders.c.member_id).where(*where)).scalars())

    def _remember(self, connection: Connection, near: Expiry, member_id: str, now: datetime) -> None:
        # Another run may have come at the same time.
        with suppress(IntegrityError), self.database.write() as database:
            database.execute(
                reminders.insert().values(
                    connection_id=connection.connection_id,
                    ends=timestamp(near.ends),
                    mark=near.mark,
                    member_id=member_id,
                    sent_at=timestamp(now),
                )
            )
