"""The ways to sign in, under Stytch's names (`stytch-api.md §3.1`)."""

from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import settings
from webapp.stytch.models import Organization

OAUTH_PROVIDERS = {
    "google_oauth": "Google",
    "microsoft_oauth": "Microsoft",
    "github_oauth": "GitHub",
    "slack_oauth": "Slack",
    "hubspot_oauth": "HubSpot",
}
BY_EMAIL = ("magic_link", "email_otp", "password")
"""Those that begin with an email address."""


def offered(organization: Organization | None, under_way: Attempt | None = None) -> list[str]:
    """The ways that the console is set up for and the organization allows.

    For a sign-in `under_way` to which another first factor has to be added, only those that Stytch asks for.
    """
    ways: list[str] = list(settings().login_methods)
    if organization:
        ways = [way for way in ways if organization.allows(way)]
        if not organization.sso_active_connections:
            ways = [way for way in ways if way != "sso"]
    if under_way:
        ways = [way for way in ways if way in under_way.wanted]
    return ways
