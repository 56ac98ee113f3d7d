"""`flask tokens …` (docs/operate.md)."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from webapp.check import why_not
from webapp.history.database import Database, NotMigrated
from webapp.settings import Settings
from webapp.signin.permissions import Permissions
from webapp.stytch import errors
from webapp.tokens import lists, place
from webapp.tokens.reminders import Reminders
from webapp.tokens.walk import Patience, WentAstray, walk

SOME_END, FAILED, INTERRUPTED = 3, 1, 130
"""Exit statuses beside 0 (looked at all, none ends) and 2 (asked wrongly)."""


class Days(click.ParamType[int]):
    """A number of days, such as `30d`."""

    name = "DAYSd"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; fails with a line on anything else."""
        digits = str(value).removesuffix("d")
        if isinstance(value, int) or not value.endswith("d") or not digits.isdecimal() or not 1 <= int(digits) <= 3650:
            self.fail(f"{value!r} is no number of days such as 30d.", param, ctx)
        return int(digits)


tokens = AppGroup("tokens", help="The SCIM tokens of all organizations.")


@tokens.command("expiring")
@click.option("--within", type=Days(), default="30d", show_default=True, help="Which end within so many days.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--resume",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep in FILE how far it has come, and go on from there after an interruption.",
)
@click.option("--mail", is_flag=True, help="Mail to whoever may rotate them, once 90, 30, 14, 7 days and 1 before.")
def expiring(within: int, format_: str, file: Path | None, mail: bool) -> None:
    """Look at every organization for tokens that end soon or have ended.

    Prints them, the nearest end first. Exits with 0 when there are none, 3 when there are some, 1 when not every
    organization could be looked at or not every mail sent.
    """
    settings: Settings = current_app.extensions["settings"]
    if mail and not settings.mail_from:
        raise click.UsageError("--mail needs the settings SMTP_URL and MAIL_FROM.")
    if mail:
        _require_tables()
    now = datetime.now(UTC)
    here = place.Place(project_id=settings.stytch_project_id, within_days=within, began_at=now)
    try:
        if file:
            here = place.load(file, here)
            place.save(file, here)
    except place.NotThisWalk as error:
        raise click.UsageError(str(error)) from None
    _look(here, file, settings)
    found = here.found.values()
    if format_ == "json":
        click.echo(lists.as_json(found))
    else:
        for line in lists.as_table(found, now):
            click.echo(line)
    _summarize(here)
    if file:
        file.unlink(missing_ok=True)
    if (mail and not _mail(here, settings, now)) or here.refused:
        raise SystemExit(FAILED)
    if here.found:
        raise SystemExit(SOME_END)


def _look(here: place.Place, file: Path | None, settings: Settings) -> None:
    """Walks to the end, or ends the process with a word on why not, and how to go on."""
    go_on = f"Go on from there with the same --resume {file}." if file else ""
    status = FAILED
    try:
        _walk(here, file)
    except KeyboardInterrupt:
        why, status = "", INTERRUPTED
    except WentAstray:
        why, go_on = "Stytch led in a circle: ask its support.", ""
    except place.NotThisWalk as error:
        why, go_on = str(error), ""
    except errors.StytchError as error:
        why = why_not(error, settings)
        if file and type(error) is errors.Refused:
            go_on = f"If it refuses this again, remove {file} and begin anew."
    else:
        return
    _tell(" ".join(filter(None, (f"Stopped after {here.looked_at:,} organizations.", why, go_on))))
    raise SystemExit(status)


def _walk(here: place.Place, file: Path | None) -> None:
    if here.looked_at:
        _tell(f"Going on after {here.looked_at:,} organizations.")
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        _tell(f"\n{line}" if shown else line)  # below the bar, which has no end of line yet

    with click.progressbar(range(0), label="Organizations", show_pos=True, file=sys.stderr, hidden=not shown) as bar:
        for total in walk(current_app.extensions["stytch"], here, Patience(say)):
            if file:
                place.save(file, here)
            bar.length = max(total, here.looked_at)
            bar.update(here.looked_at - bar.pos)


def _require_tables() -> None:
    """Who was told is remembered there: without it everybody would be told each time."""
    database: Database = current_app.extensions["history"]
    try:
        database.require_migrated()
    except NotMigrated as error:
        raise click.UsageError(f"{str(error).capitalize()}. Run: flask --app wsgi history upgrade") from None
    except SQLAlchemyError as error:
        _tell(f"The database can't be reached ({type(error).__name__}): nobody could be told. See to DATABASE_URL.")
        raise SystemExit(FAILED) from None


def _mail(here: place.Place, settings: Settings, now: datetime) -> bool:
    """Sends what is due; whether all of it was sent."""
    known = current_app.extensions
    permissions: Permissions = known["permissions"]
    reminders = Reminders(known["stytch"], known["history"], settings, permissions.roles, Patience(_tell), _tell)
    try:
        told = reminders.send(here.found.values(), now)
    except SQLAlchemyError as error:
        _tell(f"Who was told can't be remembered ({type(error).__name__}), so nobody else was. See to DATABASE_URL.")
        return False
    failed = f", {told.failed:,} failed: run this again" if told.failed else ""
    _tell(f"{told.sent:,} mail{'' if told.sent == 1 else 's'} sent{failed}.")
    return not told.failed


def _summarize(here: place.Place) -> None:
    for organization_id, why in here.refused.items():
        _tell(f"Stytch did not let it look at {organization_id}: {why}.")
    ends, looked_at = len(here.found), here.looked_at - len(here.refused)
    without = f" {here.without_end:,} without an end." if here.without_end else ""
    _tell(
        f"{looked_at:,} organization{'' if looked_at == 1 else 's'} looked at: {ends:,} "
        f"token{' ends' if ends == 1 else 's end'} within {here.within_days} days or ended before.{without}"
    )


def _tell(line: str) -> None:
    click.echo(line, err=True)
