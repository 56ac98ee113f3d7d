"""Whether the console's surroundings are as it needs them: what `flask check` tries, and what it says of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy.exc import SQLAlchemyError

from webapp import smtp
from webapp.history import provisioning
from webapp.history.database import Database, NotMigrated
from webapp.settings import Settings
from webapp.stytch import Stytch, errors, exchanges
from webapp.stytch.calls import CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS
from webapp.stytch.models import Role
from webapp.stytch.transport import DeadlineTransport, deadline

NOBODY = "sandbox@stytch.com"
"""To this address Stytch mails nothing, and says that it did; in test projects alone (`stytch-api.md §8`)."""
SKEW = timedelta(seconds=5)
"""So far the clock may be from Stytch's. Further off, session JWTs seem to have ended, or not to hold yet."""
NEEDED = ("get", "update")
"""Actions on `stytch.scim`: to see a connection, and to rotate its token."""
NO_CODE = ("invalid_grant", "idp_auth_code_not_found")
NO_CLIENT = ("invalid_client", "connected_app_not_found")
"""What the token endpoint says of a code, and of a client, that it does not know (RFC 6749 §5.2, `§1.5`)."""


@dataclass(frozen=True)
class Finding:
    """What was found of one subject. `ok` is None for what was not tried."""

    ok: bool | None
    subject: str
    words: str


def look(
    settings: Settings, stytch: Stytch, database: Database, redis_answers: Callable[[], bool], mail_to: str | None
) -> Iterator[Finding]:
    """Tries everything. A link to sign in is mailed to `mail_to`, if given: a live project shows no other way."""
    yield _public_url(settings)
    yield _database(database)
    yield _redis(settings, redis_answers)
    yield _webhooks(settings, database)
    if settings.mail_from:
        yield _mail(settings)
    before = datetime.now(UTC)
    noted = exchanges.begin()
    try:
        roles = stytch.get_policy()
    except errors.StytchError as error:
        yield Finding(False, "Stytch", f"{why_not(error, settings)} Nothing else was tried there.")
        return
    yield Finding(True, "Stytch", f"{settings.stytch_base_url} accepts project id and secret")
    yield _clock(noted[-1].date, before, datetime.now(UTC))
    yield _policy(roles)
    yield _public_token(settings)
    yield _redirect_url(settings, stytch, mail_to)
    if settings.oidc_issuer:
        yield from _portal(settings)


def _public_url(settings: Settings) -> Finding:
    host = urlsplit(settings.public_url).hostname or ""
    if settings.https or host in ("localhost", "127.0.0.1", "::1"):
        return Finding(True, "PUBLIC_URL", settings.public_url)
    return Finding(
        False,
        "PUBLIC_URL",
        f"{settings.public_url} is not HTTPS: whoever is on the way can read sessions and tokens. "
        "Put a proxy that speaks HTTPS in front, and set PUBLIC_URL to its https:// address.",
    )


def _database(database: Database) -> Finding:
    try:
        database.require_migrated()
    except NotMigrated as error:
        words = f"{str(error).capitalize()}. Run: flask --app wsgi history upgrade"
    except SQLAlchemyError as error:
        words = f"It can't be reached ({type(error).__name__}). See to DATABASE_URL, and whether the server is up."
    else:
        return Finding(True, "Database", "its tables are those of this version")
    return Finding(False, "Database", words)


def _redis(settings: Settings, answers: Callable[[], bool]) -> Finding:
    if not settings.redis_url:
        return Finding(True, "Redis", "none: each worker counts tries to sign in by itself, so keep to one worker")
    if answers():
        return Finding(True, "Redis", "it answers")
    return Finding(False, "Redis", "It does not answer. See to REDIS_URL, and whether the server is up.")


def _webhooks(settings: Settings, database: Database) -> Finding:
    if not settings.stytch_webhook_secret:
        words = "not set up: no card says whether provisioning goes on. See docs/operate.md, Webhooks"
        return Finding(None, "Webhooks", words)
    try:
        newest = provisioning.newest(database)
    except SQLAlchemyError:
        return Finding(None, "Webhooks", "set up; what came last can't be read")
    last = f"the last provisioning event was at {newest:%Y-%m-%d %H:%M} UTC" if newest else "no provisioning event yet"
    return Finding(True, "Webhooks", f"set up; {last}")


def _mail(settings: Settings) -> Finding:
    """By beginning a conversation in which mail could be handed in; none is."""
    server = smtp.server_of(settings.smtp_url.get_secret_value())
    with closing(smtp.Post(server)) as post:
        try:
            post.open()
        except smtp.NoServer as error:
            return Finding(False, "Mail", f"No mail can be sent. {error}. See to SMTP_URL.")
    return Finding(True, "Mail", f"{server.host}:{server.port} would take it, from {settings.mail_from}")


def why_not(error: errors.StytchError, settings: Settings) -> str:
    """Why a call to Stytch came to nothing, and what whoever runs the console can do about it."""
    match error:
        case errors.NotTrusted():
            return f"What answers at {settings.stytch_base_url} has no valid certificate. See to STYTCH_BASE_URL."
        case errors.NotSent():
            return (
                f"{settings.stytch_base_url} can't be reached. "
                "See to STYTCH_BASE_URL, and whether this machine may reach it by HTTPS."
            )
        case errors.BadCredentials():
            return (
                "It does not accept STYTCH_PROJECT_ID and STYTCH_SECRET. "
                "Copy both again from the dashboard's API keys, of the same project and environment."
            )
        case errors.RateLimited():
            return "It takes no more requests just now. Try again in a minute."
        case _:
            said = f"{error.status or 'no readable answer'} {error.error_type}".strip()
            return f"It answered {said} (request id {error.request_id or 'none'}). Try again, or ask Stytch's support."


def _clock(date: str, before: datetime, after: datetime) -> Finding:
    """By the `Date` of an answer, which has whole seconds, and was written at some time between the two."""
    try:
        at_stytch = parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return Finding(None, "Clock", "Stytch's answer did not tell the time.")
    slow, fast = at_stytch - after, before - (at_stytch + timedelta(seconds=1))
    if max(slow, fast) <= SKEW:
        return Finding(True, "Clock", "as Stytch's")
    off = f"{max(slow, fast).total_seconds():.0f} seconds {'behind' if slow > fast else 'ahead of'} Stytch's"
    return Finding(False, "Clock", f"This machine's is {off}. Have it set by NTP.")


def _policy(roles: list[Role]) -> Finding:
    granting = sorted(role.role_id for role in roles if set(NEEDED) <= _actions(role))
    if granting:
        return Finding(True, "Roles", f"may rotate: {', '.join(granting)}")
    return Finding(
        False,
        "Roles",
        "No role of the project has the actions get and update on stytch.scim, so that nobody may rotate. "
        "Give them to the admins' role in the dashboard, under roles and permissions.",
    )


def _actions(role: Role) -> set[str]:
    granted = {action for each in role.permissions if each.resource_id == "stytch.scim" for action in each.actions}
    return set(NEEDED) if "*" in granted else granted


def _public_token(settings: Settings) -> Finding:
    project, token = settings.stytch_project_id.split("-")[1], settings.stytch_public_token.split("-")[2]
    if project == token:
        return Finding(True, "Public token", f"of the {project} environment, as the project")
    words = f"STYTCH_PUBLIC_TOKEN is of the {token} environment, STYTCH_PROJECT_ID of {project}. Copy both from one."
    return Finding(False, "Public token", words)


def _redirect_url(settings: Settings, stytch: Stytch, mail_to: str | None) -> Finding:
    """By asking for a link that leads there. Nobody has the verifier of its challenge, so that it signs nobody in."""
    url = f"{settings.public_url}/login/callback"
    to = mail_to or (NOBODY if settings.stytch_project_id.startswith("project-test-") else "")
    if not to:
        words = f"{url} was not tried: only a mail tells. Give --mail-to with an address of yours."
        return Finding(None, "Redirect URL", words)
    try:
        stytch.send_discovery_email(to, redirect_url=url, pkce_code_challenge="A" * 43)
    except errors.StytchError as error:
        if error.error_type.startswith("no_"):  # match, or none set
            words = f"{url} is not registered at Stytch. Add it in the dashboard, under redirect URLs, for the types "
            words += "discovery, login, signup and reset password."
            return Finding(False, "Redirect URL", words)
        return Finding(None, "Redirect URL", f"It could not be tried. {why_not(error, settings)}")
    return Finding(True, "Redirect URL", f"{url} is registered for discovery")


def _portal(settings: Settings) -> Iterator[Finding]:
    """Sign-in through the portal, as far as it can be tried while nobody signs in (`stytch-api.md §5`)."""
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx.Client(transport=DeadlineTransport(), timeout=timeout, follow_redirects=False) as http:
        status, document = _ask(http, "GET", f"{settings.oidc_issuer}/.well-known/openid-configuration")
        amiss = _amiss(settings.oidc_issuer, status, document)
        yield Finding(not amiss, "OIDC issuer", amiss or f"{settings.oidc_issuer} describes itself")
        if amiss:
            return
        yield _oidc_client(settings, http, document["token_endpoint"])
    url = f"{settings.public_url}/login/portal/callback"
    words = f"{url} was not tried: only a sign-in through the portal tells whether the Connected App has it."
    yield Finding(None, "OIDC redirect URL", words)


def _ask(http: httpx.Client, method: str, url: str, **request: Any) -> tuple[int, dict[str, Any]]:
    """The answer's status, 0 when there was none, and its JSON object, empty when it can't be read."""
    try:
        with deadline(TOTAL_SECONDS):
            answer = http.request(method, url, **request)
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0, {}
    try:
        body = answer.json()
    except ValueError:
        body = None
    return answer.status_code, body if isinstance(body, dict) else {}


def _amiss(issuer: str, status: int, document: dict[str, Any]) -> str:
    """What is wrong with the provider's description of itself; empty when nothing is (OpenID Discovery §4.3)."""
    if not status:
        return (
            f"{issuer} can't be reached, or has no valid certificate. "
            "See to OIDC_ISSUER, and whether this machine may reach it by HTTPS."
        )
    if document.get("error_type") == "authorization_endpoint_not_configured_for_project":
        return (
            "The project has no authorization endpoint. "
            "Set it in the dashboard, under Connected Apps, to the portal's page that asks people for consent."
        )
    if status != 200 or not document:
        return f"{issuer} answered {status}, and does not describe itself. Set OIDC_ISSUER to the project's domain."
    if document.get("issuer") != issuer:
        return f"{issuer} calls itself {document.get('issuer')!r:.200}. OIDC_ISSUER has to be its own name for itself."
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    missing = [name for name in needed if not isinstance(document.get(name), str)]
    return f"Its description of itself lacks {', '.join(missing)}. Ask Stytch's support." if missing else ""


def _oidc_client(settings: Settings, http: httpx.Client, token_endpoint: str) -> Finding:
    """By a code that nobody was given: when that is what is refused, and with a wrong secret it is the client."""

    def said(secret: str) -> str:
        given = {
            "grant_type": "authorization_code",
            "code": "flask-check",
            "redirect_uri": f"{settings.public_url}/login/portal/callback",
        }
        _, body = _ask(http, "POST", token_endpoint, data=given, auth=(settings.oidc_client_id, secret))
        return str(body.get("error") or body.get("error_type") or "")

    answer = said(settings.oidc_client_secret.get_secret_value())
    if answer in NO_CLIENT:
        words = "It does not accept OIDC_CLIENT_ID and OIDC_CLIENT_SECRET. Copy both again from the Connected App."
        return Finding(False, "OIDC client", words)
    if answer in NO_CODE and said("flask-check") in NO_CLIENT:
        return Finding(True, "OIDC client", f"{settings.oidc_client_id} is accepted")
    return Finding(None, "OIDC client", f"Its answer does not tell: {answer or 'none that can be read'!r:.200}.")
