"""Time that passes: by the sandbox's clock, and for a session JWT, which lives by the real one."""

import time

from tests.conftest import Sandbox
from tests.signin.steps import Visitor
from webapp.sandbox.sessions import MemberSession


def later(visitor: Visitor, sandbox: Sandbox, minutes: float) -> None:
    """So many minutes later: after five, the session JWT in the browser has run out."""
    sandbox.world.clock.advance(minutes * 60)
    session = visitor.session
    jwt = session["member"]["session_jwt"]
    if jwt and minutes >= 5:
        claims = sandbox.world.signing_key.claims(jwt) | {"exp": int(time.time()) - 1}
        session["member"]["session_jwt"] = sandbox.world.signing_key.sign(claims)
        visitor.session = session


def held_session(visitor: Visitor, sandbox: Sandbox) -> MemberSession:
    """The session that this browser holds, as Stytch knows it."""
    token = visitor.session["member"]["session_token"]
    (found,) = [each for each in sandbox.world.sessions.values() if each.session_token == token]
    return found


def minutes_left(visitor: Visitor, sandbox: Sandbox) -> float:
    """How long that session lasts from now."""
    return (held_session(visitor, sandbox).expires_at - sandbox.world.clock.now()).total_seconds() / 60
