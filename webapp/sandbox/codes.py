"""One-time codes by mail and SMS: the newest works, once, until it ends (stytch-api.md §4.2, §4.3, §4.7)."""

import re
from datetime import timedelta

from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_code
from webapp.sandbox.organizations import Organization
from webapp.sandbox.sessions import EmailCode, SmsCode
from webapp.sandbox.world import Mail, World

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def send_email_code(
    world: World, email_address: str, minutes: int | None, organization: Organization | None = None
) -> None:
    """Mail a code, good for `minutes` (10 if not said); earlier ones to the address are void; ApiError if refused."""
    email_address = checked_address(email_address)
    life = lifetime(minutes, 10, 2, 15)
    now = world.clock.now()
    organization_id = organization.organization_id if organization else None
    sent = EmailCode(new_code(), now + life, organization_id)
    world.email_codes[email_address] = sent
    world.inbox.appendleft(Mail(email_address, "Your sign-in code", "email_otp", None, sent.code, now))


def find_email_code(world: World, email_address: str, code: str, organization: Organization | None = None) -> EmailCode:
    """The code that was mailed to the address for that organization, or for discovery; as `check_code`."""
    sent = world.email_codes.get(email_address.lower())
    organization_id = organization.organization_id if organization else None
    if sent is None or sent.organization_id != organization_id:
        raise ApiError("otp_code_not_found")
    check_code(world, sent, code)
    return sent


def check_code(world: World, sent: EmailCode | SmsCode, code: str) -> None:
    """ApiError unless `code` is the one that was sent, not used and not ended; the caller marks it as used."""
    if code != sent.code:
        raise ApiError("otp_code_not_found")
    if sent.used or sent.expires_at <= world.clock.now():
        raise ApiError("unable_to_auth_otp_code")


def checked_address(email_address: str) -> str:
    """The address in lower case; ApiError `invalid_email` if it is none."""
    if not _EMAIL.fullmatch(email_address):
        raise ApiError("invalid_email")
    return email_address.lower()


def lifetime(minutes: int | None, usual: int, least: int, most: int) -> timedelta:
    """`minutes`, or the `usual` ones if not said; ApiError if out of range."""
    minutes = usual if minutes is None else minutes
    if not least <= minutes <= most:
        raise ApiError("invalid_expiration_minutes", message=f"The minutes must be between {least} and {most}.")
    return timedelta(minutes=minutes)
