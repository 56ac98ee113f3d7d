"""The console's own commands (docs/operate.md). Flask finds them through `wsgi.py`, which reads all settings."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from webapp import check as checks
from webapp.history import log
from webapp.history.database import Database

history = AppGroup("history", help="The history's database.")


def init_app(app: Flask) -> None:
    """Adds the commands to the app's `flask` command."""
    app.cli.add_command(check)
    app.cli.add_command(history)


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
    click.echo(f"{verified.rows:,} rows checked, all as they were written.")


def _database() -> Database:
    database: Database = current_app.extensions["history"]
    return database
