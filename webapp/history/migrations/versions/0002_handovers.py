"""Sign-ins on their way from a window into a portal's frame."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("code_hash", sa.Text, primary_key=True),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("ends_at", sa.Text, nullable=False),
    )
