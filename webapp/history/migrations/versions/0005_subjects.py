"""What an intent to create or delete a connection is about."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("intents", sa.Column("subject", sa.Text))
