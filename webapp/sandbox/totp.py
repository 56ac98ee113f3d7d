"""Authenticator apps: TOTP as in RFC 6238 (SHA-1, six digits, 30 seconds), and recovery codes (stytch-api.md §4.7)."""

import base64
import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime

from webapp.sandbox.errors import ApiError

STEP_SECONDS = 30
RECOVERY_CODES = 10

_TOTP_CODE = re.compile(r"\d{6}")
_RECOVERY_CODE = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}")
_LETTERS = string.ascii_lowercase + string.digits


@dataclass
class TotpRegistration:
    """A member's authenticator app, not theirs yet as long as it `expires_at` some time: a code of it settles that.

    `secret` is the shared one in base32. `used_steps` are those whose code was given.
    """

    totp_registration_id: str
    secret: str
    recovery_codes: list[str]
    expires_at: datetime | None = None
    used_steps: set[int] = field(default_factory=set)

    def use_code(self, code: str, now: datetime) -> None:
        """Use up a code of the step of `now`, or of the one before or after it; ApiError if it is none of these."""
        if _RECOVERY_CODE.fullmatch(code.lower()):
            raise ApiError("recovery_code_used_as_totp_code")
        if not _TOTP_CODE.fullmatch(code):
            raise ApiError("invalid_totp_code")
        current = _step(now)
        matching = [step for step in (current - 1, current, current + 1) if code == _code(self.secret, step)]
        if not matching:
            raise ApiError("unable_to_authenticate_totp")
        if not self.used_steps.isdisjoint(matching):
            raise ApiError("totp_code_already_authenticated")
        self.used_steps.update(matching)

    def use_recovery_code(self, code: str) -> None:
        """Use up a recovery code; ApiError if there is none such."""
        if _TOTP_CODE.fullmatch(code):
            raise ApiError("totp_code_used_as_recovery_code")
        if code.lower() not in self.recovery_codes:
            raise ApiError("unable_to_authenticate_recovery_code")
        self.recovery_codes.remove(code.lower())

    def code(self, now: datetime) -> str:
        """What the app shows now."""
        return _code(self.secret, _step(now))

    def is_used(self, now: datetime) -> bool:
        """Whether what the app shows now was given already."""
        return _step(now) in self.used_steps

    def is_over(self, now: datetime) -> bool:
        """Whether it was not confirmed in time."""
        return self.expires_at is not None and self.expires_at <= now


def seconds_left(now: datetime) -> int:
    """How long the code of now is still shown."""
    return STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS


def new_secret() -> str:
    """A fresh shared secret: 32 base32 characters."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def new_recovery_codes() -> list[str]:
    """Fresh recovery codes, such as `a1b2-c3d4-e5f6`."""
    return [_recovery_code(secrets.token_bytes(12)) for _ in range(RECOVERY_CODES)]


def stable_registration(totp_registration_id: str) -> TotpRegistration:
    """A registration whose secret and recovery codes are the same in every run."""

    def digest(purpose: str) -> bytes:
        return hashlib.sha256(f"{purpose} {totp_registration_id}".encode()).digest()

    secret = base64.b32encode(digest("totp secret")[:20]).decode()
    codes = [_recovery_code(digest(f"recovery code {number}")[:12]) for number in range(RECOVERY_CODES)]
    return TotpRegistration(totp_registration_id, secret, codes)


def _recovery_code(source: bytes) -> str:
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in source)
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _code(secret: str, step: int) -> str:
    """HOTP of the step: RFC 4226 §5.3."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"
