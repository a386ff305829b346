"""A lease is the state `leased` since a moment, and whether a row is open has a column: a claim rewrites no index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

OPEN = ("queued", "retry", "leased")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
    deliveries = sa.table("deliveries", sa.column("state"), sa.column("is_open", sa.Boolean()))
    op.execute(sa.update(deliveries).where(deliveries.c.state.in_(OPEN)).values(is_open=True))
    op.drop_index("ix_deliveries_open", table_name="deliveries")
    op.drop_column("deliveries", "lease_holder")
    op.drop_column("deliveries", "lease_until")
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["alert_id", "id"],
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
