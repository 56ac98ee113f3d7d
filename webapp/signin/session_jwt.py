"""Checks session JWTs here, against Stytch's public keys, so that a page costs no extra call."""

import threading
import time
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from webapp.stytch import Stytch
from webapp.stytch.errors import StytchError
from webapp.stytch.models import MemberSession

JWKS_SECONDS = 3600
"""How long fetched keys are used; Stytch serves old and new side by side for a month (`stytch-api.md §4.9`)."""
RETRY_SECONDS = 5
"""After a failure the keys are not asked for again so soon: requests would wait for it one after the other."""
REFETCH_SECONDS = 30
"""A JWT with an unknown key id makes us ask for the keys anew, but no more often than this."""

SESSION_CLAIM = "https://stytch.com/session"
ORGANIZATION_CLAIM = "https://stytch.com/organization"


class NotValid(Exception):
    """The JWT has ended, or was not made by Stytch for this project."""


@dataclass(frozen=True)
class Claims:
    """What a verified session JWT says."""

    member_id: str
    organization_id: str
    standing: MemberSession


class SessionJwts:
    """Verifies the session JWTs of one project. Safe to share between threads."""

    def __init__(self, stytch: Stytch) -> None:
        self._stytch = stytch
        self._keys = KeySet([])
        self._fetched = float("-inf")
        self._failure: StytchError | None = None
        self._failed = float("-inf")
        self._lock = threading.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=0,
            iss={
                "essential": True,
                "values": [f"stytch.com/{stytch.project_id}", stytch.base_url],
            },
            aud={"essential": True, "value": stytch.project_id},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
            iat={"essential": True},
        )

    def verify(self, token: str) -> Claims:
        """The claims of a session JWT. Raises `NotValid`, or a `StytchError` when the keys can't be had."""
        try:
            decoded = self._decode(token)
            self._claims.validate(decoded.claims)
            session = decoded.claims[SESSION_CLAIM]
            organization = decoded.claims[ORGANIZATION_CLAIM]
            standing = MemberSession.model_validate(session)
            return Claims(decoded.claims["sub"], organization["organization_id"], standing)
        except (JoseError, ValueError, KeyError, TypeError):  # pydantic's is a ValueError
            raise NotValid from None

    def _decode(self, token: str) -> jwt.Token:
        keys = self._current_keys(JWKS_SECONDS)
        try:
            return jwt.decode(token, keys, algorithms=["RS256"])
        except InvalidKeyIdError:
            # The keys may have rotated.
            newer = self._current_keys(REFETCH_SECONDS)
            if newer is keys:
                raise
            return jwt.decode(token, newer, algorithms=["RS256"])

    def _current_keys(self, max_age: float) -> KeySet:
        with self._lock:
            if time.monotonic() - self._fetched > max_age:
                if self._failure and time.monotonic() - self._failed < RETRY_SECONDS:
                    raise self._failure
                try:
                    answer = self._stytch.get_jwks()
                except StytchError as error:
                    self._failure, self._failed = error, time.monotonic()
                    raise
                self._keys = KeySet.import_key_set({"keys": [key.model_dump() for key in answer.keys]})
                self._fetched = time.monotonic()
            return self._keys
