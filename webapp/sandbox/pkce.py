"""PKCE, S256 only: a flow that began with a challenge needs its verifier, and conversely (stytch-api.md §4.1)."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

from webapp.sandbox.errors import ApiError

_CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str | None) -> None:
    """ApiError `invalid_pkce_code_challenge` unless it is None or has the shape of a challenge."""
    if challenge is not None and not _CODE_CHALLENGE.fullmatch(challenge):
        raise ApiError("invalid_pkce_code_challenge")


def check_verifier(challenge: str | None, verifier: str | None) -> None:
    """ApiError unless `verifier` is that of the `challenge` which the flow began with; None is none of either."""
    if challenge is None:
        if verifier is not None:
            raise ApiError("pkce_did_not_expect_code_verifier")
        return
    if verifier is None:
        raise ApiError("pkce_expected_code_verifier")
    if not _CODE_VERIFIER.fullmatch(verifier):
        raise ApiError("invalid_pkce_code_verifier")
    computed = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not compare_digest(computed, challenge):
        raise ApiError("pkce_mismatch")
