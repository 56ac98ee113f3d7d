"""Three machines with a console each, one PostgreSQL, one Redis, one Stytch, and people who come through a proxy."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests import postgres, redis
from tests.processes.gunicorn import Gunicorn
from tests.processes.house import House
from tests.signin.steps import Visitor

PLACE = "127.0.0.9"
"""Where people are, as this machine has more addresses than one."""


@dataclass(frozen=True)
class Site:
    """All of it. Each machine asks Stytch at a port of its own, by which it is known who asked."""

    house: House
    ports: tuple[int, ...]
    postgresql: postgres.Server
    redis: redis.Server
    public_port: int
    pem: Path

    @property
    def machines(self) -> tuple[Gunicorn, ...]:
        """The consoles."""
        return self.house.consoles

    @contextmanager
    def browser(self) -> Iterator[Visitor]:
        """A browser of somebody at `PLACE`."""
        trusting = ssl.create_default_context(cafile=str(self.pem))
        way = httpx.HTTPTransport(verify=trusting, local_address=PLACE)
        url = self.house.public.url
        with httpx.Client(base_url=url, mounts={url: way}, follow_redirects=True, timeout=30) as http:
            yield Visitor(self.house.public, self.house.sandbox, http)

    def has_asked(self, port: str) -> Gunicorn:
        """The machine that asked Stytch there."""
        return self.machines[self.ports.index(int(port))]

    def served(self, method: str = "GET") -> list[int]:
        """How many requests of people each machine has answered so far."""
        logs = [
            [json.loads(line) for line in each.log.read_text().splitlines() if line[:1] == "{"]
            for each in self.machines
        ]
        return [sum(line["event"] == "request" and line["method"] == method for line in lines) for lines in logs]

    def readiness(self, machine: Gunicorn) -> tuple[int, dict[str, object]]:
        """What the machine itself says to whoever watches it."""
        answer = httpx.get(f"http://127.0.0.1:{machine.port}/readyz", timeout=30)
        said: dict[str, object] = json.loads(answer.text)
        return answer.status_code, said

    def cut_postgresql(self) -> None:
        """Stops the server, on which then no connection of the test's own is open."""
        self.house.database.close()
        self.postgresql.stop()

    def begin(self) -> None:
        """The first minute again, with every machine up."""
        for machine in self.machines:
            if not machine.lives():
                machine.start()
        for machine in self.machines:
            machine.wait_until_served()
        self.house.forget()
        self.redis.forget()
