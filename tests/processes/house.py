"""Consoles in processes of their own, over one history and one Stytch, as behind one proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import sqlalchemy as sa

from tests.conftest import Console, Sandbox
from tests.connections.conftest import words
from tests.processes.gunicorn import Gunicorn
from tests.processes.waiting import wait_for
from tests.signin.steps import Visitor
from webapp.history import log, query
from webapp.history.database import Database, events, heads, intents, moment, timestamp
from webapp.rotation.outcome import LEASE, SETTLE

BUTTONS = {"start": "Start rotation", "complete": "Complete:", "cancel": "Cancel:", "restart": "Cancel and start"}
WRITES = ("POST start", "POST complete", "POST cancel")
PAST_LEASE = LEASE + timedelta(seconds=1)
PAST_SETTLE = SETTLE + timedelta(seconds=1)


@dataclass(frozen=True)
class House:
    """The consoles are one to a browser: one address, one cookie."""

    sandbox: Sandbox
    database: Database
    consoles: tuple[Gunicorn, ...]
    public: Console

    @contextmanager
    def browser(self, through: int, like: Visitor | None = None) -> Iterator[Visitor]:
        """A browser whose requests go to that console: a new one, or the cookies of `like` on another way."""
        way = httpx.HTTPTransport(uds=str(self.consoles[through].socket))
        cookies = like.http.cookies if like else None
        with httpx.Client(
            base_url=self.public.url,
            mounts={self.public.url: way},
            cookies=cookies,
            follow_redirects=True,
            timeout=30,
        ) as http:
            yield Visitor(self.public, self.sandbox, http)

    def writes(self) -> list[str]:
        """The changes of a rotation that Stytch was asked for."""
        return [call for call in self.sandbox.calls() if call in WRITES]

    def prepare(self, step: str) -> None:
        """Makes the step possible at Acme; no call to Stytch yet counted."""
        connection = self.sandbox.connection()
        if step != "start":
            connection.start_rotation(None)
        self.sandbox.world.requests.clear()

    def done(self) -> list[tuple[str, str]]:
        """Who did what at Acme by the history, oldest first; every row of it is as it was written."""
        assert log.verify(self.database).broken == ()
        organization_id = self.sandbox.connection().organization_id
        rows = list(query.every(self.database, query.Filters(organization_id, outcome="done")))
        return [(row["email"], row["type"].partition(".")[2]) for row in reversed(rows) if "rotation" in row["type"]]

    def wait_for_fault(self) -> None:
        """Returns when a request has met a fault at Stytch, which by then has carried out what it will."""
        wait_for(lambda: any(entry.fault for entry in self.sandbox.world.requests))

    def let_pass(self, time: timedelta) -> None:
        """Moves what is unsettled that far into the past."""
        with self.database.write() as connection:
            for row in connection.execute(sa.select(intents).where(intents.c.settled_at.is_(None))).mappings():
                earlier = {
                    name: timestamp(moment(row[name]) - time) for name in ("begun_at", "answered_at") if row[name]
                }
                connection.execute(intents.update().where(intents.c.id == row["id"]).values(earlier))

    def forget(self) -> None:
        """The first minute again: no history, and Stytch's world as it began."""
        self.sandbox.world.reset()
        with self.database.write() as connection:
            for table in (events, heads, intents):
                connection.execute(table.delete())


def expect_the_same_card(house: House, *visitors: Visitor) -> None:
    """Everybody sees the tokens that Stytch has, and no doubt about them."""
    connection = house.sandbox.connection()
    state = "started" if connection.next_bearer_token else "none"
    for visitor in visitors:
        card = visitor.get(f"/connections/{connection.connection_id}")
        assert card.status_code == 200
        assert f'data-rotation="{state}"' in card.text
        assert "we do not know yet" not in card.text
        for token in (connection.bearer_token, connection.next_bearer_token):
            assert token is None or f"token ending in {token[-4:]}" in words(card)
