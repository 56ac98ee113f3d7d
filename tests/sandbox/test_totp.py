"""The authenticator app's codes, against the test vectors of RFC 6238 appendix B."""

from base64 import b32encode
from datetime import UTC, datetime

import pytest

from webapp.sandbox.totp import TotpRegistration, seconds_left


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_of_the_rfc(seconds: int, code: str) -> None:
    secret = b32encode(b"12345678901234567890").decode()
    assert TotpRegistration("totp", secret, []).code(datetime.fromtimestamp(seconds, UTC)) == code


def test_seconds_left() -> None:
    assert [seconds_left(datetime.fromtimestamp(moment, UTC)) for moment in (0, 29, 30)] == [30, 1, 30]
