"""Who was told by mail that a token ends."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("connection_id", sa.Text, primary_key=True),
        sa.Column("ends", sa.Text, primary_key=True),
        sa.Column("mark", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.Text, primary_key=True),
        sa.Column("sent_at", sa.Text, nullable=False),
    )
