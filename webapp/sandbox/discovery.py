"""Discovery: proving an email address by magic link, and what organizations that opens (stytch-api.md §4.2)."""

import re
from datetime import timedelta
from urllib.parse import urlencode

from webapp.sandbox.authentication import missing_factors, new_intermediate_session
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import PUBLIC_TOKEN, new_opaque_token, timestamp
from webapp.sandbox.pkce import check_challenge, check_verifier
from webapp.sandbox.redirects import DEFAULT_REDIRECT_URL, is_registered
from webapp.sandbox.sessions import Factor, IntermediateSession, MagicLink, email_factor
from webapp.sandbox.world import Mail, World

TOKEN_TYPE = "discovery"  # noqa: S105 - the value of stytch_token_type

# Documented test values (stytch-api.md §8).
_SANDBOX_EMAIL = "sandbox@stytch.com"
_SANDBOX_LINK = "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94="
_SANDBOX_USED_LINK = "3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU="

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def send_magic_link(
    world: World, email_address: str, redirect_url: str | None, code_challenge: str | None, minutes: int | None
) -> None:
    """Mail a link, good for `minutes` (60 if not said) and for one use, to any address; ApiError if refused."""
    email_address = email_address.lower()
    if not _EMAIL.fullmatch(email_address):
        raise ApiError("invalid_email")
    redirect_url = redirect_url or DEFAULT_REDIRECT_URL
    if not is_registered(redirect_url):
        raise ApiError("no_match_for_provided_magic_link_url")
    check_challenge(code_challenge)
    minutes = 60 if minutes is None else minutes
    if not 5 <= minutes <= 10080:
        raise ApiError("invalid_expiration_minutes")
    if email_address == _SANDBOX_EMAIL:
        return
    now = world.clock.now()
    # One per second and address, by whole seconds of the clock (stytch-api.md §1.5).
    second = int(now.timestamp())
    if world.variants["discovery_send_limit"] == "on" and world.last_discovery_send.get(email_address) == second:
        raise ApiError("too_many_requests")
    world.last_discovery_send[email_address] = second

    link = MagicLink(new_opaque_token(), email_address, redirect_url, code_challenge, now + timedelta(minutes=minutes))
    world.magic_links[link.token] = link
    query = urlencode({"public_token": PUBLIC_TOKEN, "stytch_token_type": TOKEN_TYPE, "token": link.token})
    hop = f"{world.public_url}/v1/magic_links/redirect?{query}"
    world.inbox.appendleft(Mail(email_address, "Your sign-in link", "discovery_magic_link", hop, None, now))


def authenticate_magic_link(world: World, token: str, code_verifier: str | None) -> IntermediateSession:
    """Use up a mailed link; ApiError if it is unknown, used, too old, or its PKCE verifier is not right."""
    if token == _SANDBOX_LINK:
        return new_intermediate_session(world, (email_factor("magic_link", _SANDBOX_EMAIL, world.clock.now()),))
    if token == _SANDBOX_USED_LINK:
        raise ApiError("unable_to_auth_magic_link")
    link = world.magic_links.get(token)
    if link is None:
        raise ApiError("magic_link_not_found")
    now = world.clock.now()
    if link.used or link.expires_at <= now:
        raise ApiError("unable_to_auth_magic_link")
    check_verifier(link.code_challenge, code_verifier)
    link.used = True
    return new_intermediate_session(world, (email_factor("magic_link", link.email_address, now),))


def discovery_answer(world: World, session: IntermediateSession) -> dict[str, object]:
    """What every discovery authenticate call answers (stytch-api.md §4.2)."""
    return {
        "intermediate_session_token": session.token,
        "intermediate_session_token_expires_at": timestamp(session.expires_at),
        "email_address": session.email_address,
        "discovered_organizations": discovered_organizations(world, session.factors),
    }


def discovered_organizations(world: World, factors: tuple[Factor, ...]) -> list[dict[str, object]]:
    """The organizations that whoever gave `factors` belongs to; no seeded one can be joined by domain."""
    found: list[dict[str, object]] = []
    for member in world.members.values():
        if member.email_address != factors[0].email_address or member.status == "deleted":
            continue
        organization = world.organizations[member.organization_id]
        missing = missing_factors(world, member, factors)
        membership = {"type": f"{member.status}_member", "details": None, "member": member.to_json()}
        found.append(
            {
                "organization": world.organization_json(organization),
                "membership": membership,
                "member_authenticated": not any(missing.values()),
                **missing,
            }
        )
    return found
