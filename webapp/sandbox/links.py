"""Links that Stytch mails: each goes through Stytch to a redirect URL, and works once (stytch-api.md §4.1, §4.6)."""

from urllib.parse import urlencode

from webapp.sandbox.codes import checked_address, lifetime
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import PUBLIC_TOKEN, new_opaque_token
from webapp.sandbox.organizations import Organization
from webapp.sandbox.pkce import check_challenge, check_verifier
from webapp.sandbox.redirects import DEFAULT_REDIRECT_URL, is_registered
from webapp.sandbox.sessions import LinkKind, MagicLink
from webapp.sandbox.world import Mail, World

DISCOVERY = LinkKind("discovery_magic_link", "Your sign-in link", "discovery", 60)
LOGIN = LinkKind("login_magic_link", "Your sign-in link", "multi_tenant_magic_links", 60)
SIGNUP = LinkKind("signup_magic_link", "Confirm your email address", "multi_tenant_magic_links", 60)
RESET = LinkKind("password_reset", "Reset your password", "multi_tenant_passwords", 30)
DISCOVERY_RESET = LinkKind("discovery_password_reset", "Reset your password", "discovery", 30, "reset_password")

# Documented test values (stytch-api.md §8).
SANDBOX_EMAIL = "sandbox@stytch.com"
SANDBOX_LINK = "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94="
_SANDBOX_USED_LINK = "3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU="


def send_link(
    world: World,
    kind: LinkKind,
    email_address: str,
    *,
    redirect_url: str | None,
    code_challenge: str | None,
    minutes: int | None,
    organization: Organization | None = None,
) -> None:
    """Mail a link, good for `minutes` (the kind's if not said) and for one use; ApiError if refused."""
    email_address = checked_address(email_address)
    redirect_url = redirect_url or DEFAULT_REDIRECT_URL
    if not is_registered(redirect_url):
        raise ApiError("no_match_for_provided_magic_link_url")
    check_challenge(code_challenge)
    life = lifetime(minutes, kind.minutes, 5, 10080)
    if email_address == SANDBOX_EMAIL:
        return
    now = world.clock.now()
    # One per second and address, by whole seconds of the clock (stytch-api.md §1.5).
    second = int(now.timestamp())
    if world.variants["link_send_limit"] == "on" and world.last_link_send.get(email_address) == second:
        raise ApiError("too_many_requests")
    world.last_link_send[email_address] = second

    link = MagicLink(
        kind,
        new_opaque_token(),
        email_address,
        redirect_url,
        code_challenge,
        now + life,
        organization.organization_id if organization else None,
    )
    world.magic_links[link.token] = link
    query = urlencode({"public_token": PUBLIC_TOKEN, **redirect_query(world, link)})
    hop = f"{world.public_url}/v1/magic_links/redirect?{query}"
    world.inbox.appendleft(Mail(email_address, kind.subject, kind.name, hop, None, now))


def redirect_query(world: World, link: MagicLink) -> dict[str, str]:
    """What the link's redirect URL is given; the slug in the flows of one organization only (stytch-api.md §4.1)."""
    query = {"stytch_token_type": link.kind.token_type, "token": link.token}
    if link.kind.redirect_type is not None:
        query["stytch_redirect_type"] = link.kind.redirect_type
    if link.organization_id is not None:
        query["slug"] = world.organizations[link.organization_id].organization_slug
    return query


def find_link(world: World, token: str, *kinds: LinkKind, code_verifier: str | None) -> MagicLink:
    """The link of one of these kinds with this token, for the caller to mark as used once all went well.

    ApiError if it is unknown, used, too old, or its PKCE verifier is not right.
    """
    if token == _SANDBOX_USED_LINK:
        raise ApiError("unable_to_auth_magic_link")
    link = world.magic_links.get(token)
    if link is None or link.kind not in kinds:
        raise ApiError("magic_link_not_found")
    if link.used or link.expires_at <= world.clock.now():
        raise ApiError("unable_to_auth_magic_link")
    check_verifier(link.code_challenge, code_verifier)
    return link
