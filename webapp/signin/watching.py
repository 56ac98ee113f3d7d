"""What an open page asks by itself. It is no use of the session, which ends as if nobody had asked.

A JWT that is renewed for it stays here: in the cookie it would keep the next real use from being told to Stytch.
"""

import threading
from collections import OrderedDict

from webapp.signin import guard, lifetime
from webapp.signin.member import SignedIn
from webapp.stytch import Stytch
from webapp.stytch.errors import SessionEnded
from webapp.web import clock

MOST = 1000
"""Sessions of which a JWT is kept; the one that was looked at longest ago goes first."""


class Watching:
    """Verifies sessions without making them last longer. Safe to share between threads.

    Stytch is asked once while a JWT lives, five minutes, so that a session that was ended elsewhere is told.
    """

    def __init__(self, stytch: Stytch) -> None:
        self._stytch = stytch
        self._lock = threading.Lock()
        self._jwts: OrderedDict[str, str] = OrderedDict()

    def verified(self, stored: SignedIn) -> SignedIn:
        """The member, with what the session is worth now. Raises a `StytchError`."""
        if lifetime.is_over(stored) or clock.now() >= stored.ends_at:
            raise SessionEnded("unused")
        if known := guard.by_jwt(stored, stored.session_jwt.get_secret_value()):
            return known
        with self._lock:
            newer = self._jwts.get(stored.session_id)
        if newer == "":
            raise SessionEnded("ended_elsewhere")
        if newer and (known := guard.by_jwt(stored, newer)):
            return known
        try:
            newer = self._stytch.authenticate_session(stored.session_token).session_jwt.get_secret_value()
        except SessionEnded:
            newer = ""
        with self._lock:
            self._jwts[stored.session_id] = newer
            self._jwts.move_to_end(stored.session_id)
            if len(self._jwts) > MOST:
                self._jwts.popitem(last=False)
        known = guard.by_jwt(stored, newer) if newer else None
        if known is None:
            raise SessionEnded("ended_elsewhere")
        return known
