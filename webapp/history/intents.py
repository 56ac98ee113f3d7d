"""Intents: what is about to be done, written before Stytch is told, so that no kill, reload or race loses track of it.

An intent is begun, then sent, then settled. While one of a connection is not settled no other can begin, in whichever
process: the database's unique index is the lock.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import IntegrityError

from webapp.history import log
from webapp.history.database import Database, intents, moment, timestamp
from webapp.history.events import By, Event, Tokens

# Put together once: every page asks both.
_OF_ID = sa.select(intents).where(intents.c.id == sa.bindparam("of"))
_UNSETTLED = sa.select(intents).where(intents.c.organization_id == sa.bindparam("of"), intents.c.settled_at.is_(None))


class Subject(BaseModel):
    """The connection that is to be created or deleted, by its name, and the ids of all that were there before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    display_name: str = ""
    identity_provider: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intent:
    """An action on a connection, from before it is done until its outcome is known. Times are UTC.

    `before` is the connection on which it was decided, None until just before Stytch is told. `answered_at` is when the
    process that told Stytch had an answer or gave up; without one it is still at it, or was killed.
    `may_still_arrive` says that Stytch never answered. `outcome` and `found` are there once it is settled. `subject` is
    there where a connection is created or deleted; one that is created has its `connection_id` once it is settled.
    """

    id: str
    by: By
    connection_id: str
    action: str
    begun_at: datetime
    before: Tokens | None = None
    answered_at: datetime | None = None
    may_still_arrive: bool = True
    request_ids: tuple[str, ...] = ()
    outcome: str | None = None
    found: Tokens | None = None
    settled_at: datetime | None = None
    subject: Subject | None = None


class AlreadyBegun(Exception):
    """An intent of that id was begun before: a double click, a reload, a repeated form."""

    def __init__(self, intent: Intent) -> None:
        super().__init__()
        self.intent = intent


class Busy(Exception):
    """Another change of that connection is not settled yet."""


class Intents:
    """The intents in a database. Each method is one transaction, and raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, intent: Intent) -> None:
        """Writes down what is about to be done. Raises `AlreadyBegun`, or `Busy` while another is not settled."""
        row = {**intent.by.model_dump(), "id": intent.id, "connection_id": intent.connection_id}
        row |= {"action": intent.action, "begun_at": timestamp(intent.begun_at)}
        row |= {"subject": intent.subject.model_dump_json() if intent.subject else None}
        try:
            with self._database.write() as connection:
                connection.execute(intents.insert().values(row))
        except IntegrityError:
            earlier = self.get(intent.id)
            # The id comes from a form: one of another organization's tells nothing.
            if earlier and earlier.by.organization_id == intent.by.organization_id:
                raise AlreadyBegun(earlier) from None
            raise Busy from None

    def sending(self, intent_id: str, before: Tokens, at: datetime) -> bool:
        """Writes down on which state it was decided: from `at` on Stytch may have been told.

        False when the intent has been settled meanwhile: then Stytch must not be told.
        """
        with self._database.write() as connection:
            of_this = sa.and_(intents.c.id == intent_id, intents.c.settled_at.is_(None))
            values = {"before": before.model_dump_json(), "begun_at": timestamp(at)}
            return connection.execute(intents.update().where(of_this).values(values)).rowcount == 1

    def withdraw(self, intent: Intent) -> None:
        """Takes back an intent of which Stytch was not told. Its id may be another organization's, whose it stays."""
        own = (intents.c.id == intent.id, intents.c.organization_id == intent.by.organization_id)
        with self._database.write() as connection:
            connection.execute(intents.delete().where(*own, intents.c.before.is_(None)))

    def unknown(self, intent_id: str, event: Event, at: datetime, *, may_still_arrive: bool) -> None:
        """Writes down that no outcome is known yet, and why the intent stays unsettled."""
        with self._database.write() as connection:
            values = {"answered_at": timestamp(at), "may_still_arrive": may_still_arrive}
            values["request_ids"] = json.dumps(event.request_ids)
            of_this = sa.and_(intents.c.id == intent_id, intents.c.settled_at.is_(None))
            if connection.execute(intents.update().where(of_this).values(values)).rowcount:
                log.append(connection, event, at)

    def settle(
        self,
        intent_id: str,
        event: Event | None,
        outcome: str,
        found: Tokens | None,
        at: datetime,
        *,
        judged: Intent | None = None,
        connection_id: str = "",
    ) -> bool:
        """Writes down the outcome, and the event if there is one, together; and `connection_id`, if it is known now.

        False when it had been settled before; or, where the outcome rests on the intent as `judged`, when it has gone
        on since: Stytch has been told of it, or has answered.
        """
        with self._database.write() as connection:
            values: dict[str, object] = {"outcome": outcome, "settled_at": timestamp(at)}
            values["found"] = found.model_dump_json() if found else None
            if connection_id:
                values["connection_id"] = connection_id
            if event and event.request_ids:
                values["request_ids"] = json.dumps(event.request_ids)
            of_this = sa.and_(intents.c.id == intent_id, intents.c.settled_at.is_(None))
            if judged:
                of_this = sa.and_(of_this, _as(judged))
            if connection.execute(intents.update().where(of_this).values(values)).rowcount == 0:
                return False
            if event:
                log.append(connection, event, at)
            return True

    def get(self, intent_id: str) -> Intent | None:
        """The intent of that id."""
        return next(iter(self._select(_OF_ID, intent_id)), None) if intent_id else None

    def unsettled(self, organization_id: str) -> list[Intent]:
        """The organization's intents whose outcome is not known, at most one a connection."""
        return self._select(_UNSETTLED, organization_id)

    def _select(self, statement: sa.Select[Any], of: str) -> list[Intent]:
        with self._database.read() as connection:
            return [_intent(row) for row in connection.execute(statement, {"of": of}).mappings()]


def _as(judged: Intent) -> sa.ColumnElement[bool]:
    """Whether an intent is where it was: begun, sent or answered."""
    answered_at = timestamp(judged.answered_at) if judged.answered_at else None
    return sa.and_(
        intents.c.begun_at == timestamp(judged.begun_at),
        intents.c.before.is_(None) if judged.before is None else intents.c.before.is_not(None),
        intents.c.answered_at.is_not_distinct_from(answered_at),
    )


def _intent(row: sa.RowMapping) -> Intent:
    return Intent(
        id=row["id"],
        by=By(**{name: row[name] for name in By.model_fields}),
        connection_id=row["connection_id"],
        action=row["action"],
        begun_at=moment(row["begun_at"]),
        before=Tokens.model_validate_json(row["before"]) if row["before"] else None,
        answered_at=moment(row["answered_at"]) if row["answered_at"] else None,
        may_still_arrive=row["may_still_arrive"],
        request_ids=tuple(json.loads(row["request_ids"])),
        outcome=row["outcome"],
        found=Tokens.model_validate_json(row["found"]) if row["found"] else None,
        settled_at=moment(row["settled_at"]) if row["settled_at"] else None,
        subject=Subject.model_validate_json(row["subject"]) if row["subject"] else None,
    )
