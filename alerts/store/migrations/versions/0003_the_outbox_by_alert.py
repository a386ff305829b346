"""The outbox is claimed alert by alert: one index over open rows, and a time for those that must wait."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OPEN = sa.text("state IN ('queued', 'retry', 'leased')")
HAS_TO_WAIT = sa.text("not_before IS NOT NULL")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE deliveries SET not_before = next_attempt_at WHERE state IN ('queued', 'retry')")
    for name in ("alert", "chat", "lane"):
        op.drop_index(f"ix_deliveries_open_by_{name}", table_name="deliveries")
    op.drop_column("deliveries", "next_attempt_at")
    op.create_index("ix_deliveries_open", "deliveries", ["alert_id", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_deliveries_not_before", "deliveries", ["not_before"], sqlite_where=HAS_TO_WAIT, postgresql_where=HAS_TO_WAIT
    )
