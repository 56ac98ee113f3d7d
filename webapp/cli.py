"""The console's own commands (docs/operate.md). Flask finds them through `wsgi.py`, which reads all settings."""

import sys
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from webapp import check as checks
from webapp.history import exports, log, pruning, query
from webapp.history.database import Database
from webapp.tokens.commands import tokens


class Age(click.ParamType[date]):
    """A number of days, such as `400d`, as the first day in UTC that is not older."""

    name = "DAYSd"

    def __init__(self, at_least: int = 0) -> None:
        self._at_least = at_least

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; fails with a line on anything else."""
        days = value.removesuffix("d")
        if not value.endswith("d") or not days.isdecimal() or len(days) > 5:
            self.fail(f"{value!r} is no number of days such as 400d.", param, ctx)
        if int(days) < self._at_least:
            self.fail(f"{value} is less than {self._at_least} days.", param, ctx)
        return datetime.now(UTC).date() - timedelta(days=int(days))


history = AppGroup("history", help="The history's database.")


def init_app(app: Flask) -> None:
    """Adds the commands to the app's `flask` command."""
    app.cli.add_command(check)
    app.cli.add_command(history)
    app.cli.add_command(tokens)


@click.command("check")
@click.option("--mail-to", metavar="ADDRESS", help="Try the redirect URL by a sign-in mail to this address of yours.")
@with_appcontext
def check(mail_to: str | None) -> None:
    """Try what the console needs: its address, database, Redis, clock, and its project at Stytch.

    Names each fault and what to do about it; exits with 1 when there is one.
    """
    known = current_app.extensions
    redis_answers = known["limiter"].storage.check
    faults = False
    for found in checks.look(known["settings"], known["stytch"], known["history"], redis_answers, mail_to):
        mark = {True: "ok", False: "FAULT", None: "-"}[found.ok]
        click.echo(f"{mark:5}  {found.subject}: {found.words}")
        faults = faults or found.ok is False
    if faults:
        raise SystemExit(1)


@history.command("upgrade")
def upgrade() -> None:
    """Bring the tables to what this version needs."""
    _database().migrate()
    click.echo("The history's tables are those of this version.")


@history.command("verify")
def verify() -> None:
    """Check every row against the chain of hashes; exits with 1 when one is not what was written."""
    verified = log.verify(_database())
    for broken in verified.broken:
        click.echo(f"{broken.organization_id}: row {broken.sequence}: {broken.why}.")
    if verified.broken:
        raise SystemExit(1)
    for organization_id, pruned in verified.pruned.items():
        click.echo(f"{organization_id}: rows up to {pruned.through} were pruned, the last one {pruned.through_hash}.")
    click.echo(f"{verified.rows:,} row{'' if verified.rows == 1 else 's'} checked, all as written.")


@history.command("export")
@click.option("--format", "format_", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("--organization", metavar="ID", help="Of one organization alone.")
@click.option("--older-than", "before", type=Age(), help="Only what `prune` with the same age would remove.")
def export(format_: str, organization: str | None, before: date | None) -> None:
    """Write events to standard output, each organization's newest first."""
    written = exports.as_csv if format_ == "csv" else exports.as_json
    last = before - timedelta(days=1) if before else None
    organizations = [organization] if organization else query.organizations(_database())
    filters = (query.Filters(each, last=last) for each in organizations)
    for chunk in written(chain.from_iterable(query.every(_database(), each) for each in filters)):
        sys.stdout.buffer.write(chunk)


@history.command("prune")
@click.option("--older-than", "before", type=Age(at_least=30), required=True, help="30 days or more.")
def prune(before: date) -> None:
    """Remove what is older for good. The chain can be verified all the same."""
    removed = pruning.prune(_database(), before, datetime.now(UTC))
    for each in removed:
        click.echo(f"{each.organization_id}: rows up to {each.through} are pruned, the last one {each.hash}.")
    click.echo(f"Rows of days before {before.isoformat()}: {sum(each.rows for each in removed):,} removed.")


def _database() -> Database:
    database: Database = current_app.extensions["history"]
    return database
