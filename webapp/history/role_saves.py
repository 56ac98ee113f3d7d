"""Savings of roles, from before Stytch is told until it is known what came of it: one at a time for each connection.

Stytch takes all roles of a connection as one list. Two that save at once would each write a list without the other's
change, and a list that arrives late would undo what was saved after it.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from webapp.history import log
from webapp.history.database import Database, moment, role_saves, timestamp
from webapp.history.events import RolesChange


@dataclass(frozen=True)
class RoleSave:
    """A saving. `ends_at` (UTC) is when nothing of it can arrive any more.

    `event` tells what Stytch was told, None if it was not told yet; `answered` says that the process that told it has
    given up: without it that one is still at it, or was killed.
    """

    id: str
    organization_id: str
    connection_id: str
    ends_at: datetime
    answered: bool = False
    event: RolesChange | None = None


class RoleSaves:
    """The savings in a database. Each method is one transaction, and raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, save: RoleSave, now: datetime) -> RoleSave | None:
        """Begins a saving, or gives the one that is in its way. One that was never sent is, only until it ends."""
        of_connection = sa.and_(
            role_saves.c.organization_id == save.organization_id, role_saves.c.connection_id == save.connection_id
        )
        row: dict[str, object] = {"organization_id": save.organization_id, "connection_id": save.connection_id}
        row |= {"id": save.id, "ends_at": timestamp(save.ends_at), "answered": False}
        over = (role_saves.c.event.is_(None), role_saves.c.ends_at <= timestamp(now))
        try:
            with self._database.write() as connection:
                connection.execute(role_saves.delete().where(of_connection, *over))
                connection.execute(role_saves.insert().values(row))
        except IntegrityError:
            # Gone by now, perhaps: whoever asks tries again then.
            return self.of(save.organization_id, save.connection_id) or self.begin(save, now)
        return None

    def of(self, organization_id: str, connection_id: str) -> RoleSave | None:
        """The saving of a connection's roles that is not over, or of which nobody knows what came."""
        this = (role_saves.c.organization_id == organization_id, role_saves.c.connection_id == connection_id)
        with self._database.read() as connection:
            row = connection.execute(sa.select(role_saves).where(*this)).mappings().one_or_none()
        if row is None:
            return None
        event = RolesChange.model_validate_json(row["event"]) if row["event"] else None
        ends_at = moment(row["ends_at"])
        return RoleSave(row["id"], row["organization_id"], row["connection_id"], ends_at, row["answered"], event)

    def sending(self, save_id: str, event: RolesChange, ends_at: datetime) -> bool:
        """Writes down what Stytch is about to be told. False when another has begun meanwhile: it must not be told."""
        with self._database.write() as connection:
            values = {"event": event.model_dump_json(), "ends_at": timestamp(ends_at)}
            return (
                connection.execute(role_saves.update().where(role_saves.c.id == save_id).values(values)).rowcount == 1
            )

    def hold(self, save_id: str, event: RolesChange, at: datetime, until: datetime) -> None:
        """Writes down that no outcome is known: until then nothing else may be sent."""
        with self._database.write() as connection:
            values = {"answered": True, "ends_at": timestamp(until)}
            connection.execute(role_saves.update().where(role_saves.c.id == save_id).values(values))
            log.append(connection, event, at)

    def withdraw(self, save_id: str) -> None:
        """Takes back a saving of which Stytch was not told."""
        with self._database.write() as connection:
            never_sent = (role_saves.c.id == save_id, role_saves.c.event.is_(None))
            connection.execute(role_saves.delete().where(*never_sent))

    def end(self, save_id: str, event: RolesChange | None, at: datetime) -> None:
        """Ends a saving, and writes down what came of it, if anything did; once only."""
        with self._database.write() as connection:
            ended = connection.execute(role_saves.delete().where(role_saves.c.id == save_id)).rowcount
            if ended and event:
                log.append(connection, event, at)
