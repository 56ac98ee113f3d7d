"""What the tests of the client share: the calls that change something, and Stytchs that misbehave."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from werkzeug.wrappers import Request, Response

from webapp.sandbox.server import Server
from webapp.stytch import Actor, Stytch
from webapp.stytch.errors import StytchError

Change = Callable[[Stytch, Actor, str], object]
CHANGES = {"start": Stytch.start_rotation, "complete": Stytch.complete_rotation, "cancel": Stytch.cancel_rotation}
each_change = pytest.mark.parametrize(("step", "change"), CHANGES.items(), ids=CHANGES)


def caught(call: Callable[[], object]) -> StytchError:
    """What the call raises."""
    with pytest.raises(StytchError) as info:
        call()
    return info.value


@dataclass(frozen=True)
class Served:
    """A server in Stytch's place: its origin, and the requests that reached it."""

    url: str
    requests: list[Request] = field(default_factory=list)


Serve = Callable[[Callable[[Request], Response]], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server in Stytch's place that gives the answers of a function."""
    servers: list[Server] = []

    def start(answer: Callable[[Request], Response]) -> Served:
        @Request.application
        def app(request: Request) -> Response:
            served.requests.append(request)
            return answer(request)

        server = Server(app)
        served = Served(server.url)
        server.start()
        servers.append(server)
        return served

    yield start
    for server in servers:
        server.stop()
