"""What the identity provider did last through each connection, and which webhooks told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "provisioning",
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("connection_id", sa.Text, primary_key=True),
        sa.Column("last_at", sa.Text, nullable=False),
        sa.Column("last_kind", sa.Text, nullable=False),
        sa.Column("runs", sa.Text, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("ends_at", sa.Text, nullable=False),
    )
    op.create_index("deliveries_by_end", "deliveries", ["ends_at"])
