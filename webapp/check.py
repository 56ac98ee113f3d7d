"""Whether the console's surroundings are as it needs them: what `flask check` tries, and what it says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from webapp.history.database import Database, NotMigrated
from webapp.settings import Settings
from webapp.stytch import Stytch, errors, exchanges
from webapp.stytch.models import Role

NOBODY = "sandbox@stytch.com"
"""To this address Stytch mails nothing, and says that it did; in test projects alone (`stytch-api.md §8`)."""
SKEW = timedelta(seconds=5)
"""So far the clock may be from Stytch's. Further off, session JWTs seem to have ended, or not to hold yet."""
NEEDED = ("get", "update")
"""Actions on `stytch.scim`: to see a connection, and to rotate its token."""


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
    before = datetime.now(UTC)
    noted = exchanges.begin()
    try:
        roles = stytch.get_policy()
    except errors.StytchError as error:
        yield Finding(False, "Stytch", f"{_why_not(error, settings)} Nothing else was tried there.")
        return
    yield Finding(True, "Stytch", f"{settings.stytch_base_url} accepts project id and secret")
    yield _clock(noted[-1].date, before, datetime.now(UTC))
    yield _policy(roles)
    yield _public_token(settings)
    yield _redirect_url(settings, stytch, mail_to)


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


def _why_not(error: errors.StytchError, settings: Settings) -> str:
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
        return Finding(None, "Redirect URL", f"It could not be tried. {_why_not(error, settings)}")
    return Finding(True, "Redirect URL", f"{url} is registered for discovery")
