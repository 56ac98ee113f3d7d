"""Events, the head of each organization's chain, and intents."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("member_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("connection_id", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    for name, columns in {
        "events_by_time": ["organization_id", "at", "sequence"],
        "events_by_type": ["organization_id", "type", "at", "sequence"],
        "events_by_email": ["organization_id", "email", "at", "sequence"],
        "events_by_outcome": ["organization_id", "outcome", "at", "sequence"],
        "events_by_type_and_outcome": ["organization_id", "type", "outcome", "at", "sequence"],
        "events_by_connection": ["organization_id", "connection_id", "at", "sequence"],
    }.items():
        op.create_index(name, "events", columns)
    op.create_table(
        "heads",
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("member_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("begun_at", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("answered_at", sa.Text),
        sa.Column("may_still_arrive", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("request_ids", sa.Text, nullable=False, server_default="[]"),
        sa.Column("outcome", sa.Text),
        sa.Column("found", sa.Text),
        sa.Column("settled_at", sa.Text),
    )
    op.create_index(
        "intents_unsettled",
        "intents",
        ["organization_id", "connection_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
