"""The console's own commands: `flask history …`. Flask finds them through `wsgi.py`, which reads all settings."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from webapp.history import log
from webapp.history.database import Database

history = AppGroup("history", help="The history's database.")


def init_app(app: Flask) -> None:
    """Adds the commands to the app's `flask` command."""
    app.cli.add_command(history)


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
