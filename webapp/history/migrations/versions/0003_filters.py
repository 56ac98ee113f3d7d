"""Indexes for every combination of filters, and for what was last done to a connection."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name, columns in {
        "events_by_email_and_type": ["email", "type", "outcome"],
        "events_by_connection_and_type": ["connection_id", "type", "outcome"],
        "events_by_connection_and_email": ["connection_id", "email", "type", "outcome"],
    }.items():
        op.create_index(name, "events", ["organization_id", *columns, "at", "sequence"])
