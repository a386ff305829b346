"""A lease is the state `leased` since a moment, a row says whether it is open, and planning is faster."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

OPEN = ("queued", "retry", "leased")


def upgrade() -> None:
    op.drop_index("ix_subscribers_status", table_name="subscribers")
    op.drop_index("ix_deliveries_open", table_name="deliveries")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:  # the table is made anew, and what refers to it must not stand in the way
        op.execute("CREATE TEMPORARY TABLE parts_kept AS SELECT * FROM delivery_parts")
        op.execute("DELETE FROM delivery_parts")
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_column("lease_holder")
        table.drop_column("lease_until")
        table.drop_constraint("fk_deliveries_alert_id", type_="foreignkey")
    if is_sqlite:
        op.execute("INSERT INTO delivery_parts SELECT * FROM parts_kept")
        op.execute("DROP TABLE parts_kept")
    deliveries = sa.table("deliveries", sa.column("state"), sa.column("is_open", sa.Boolean()))
    op.execute(sa.update(deliveries).where(deliveries.c.state.in_(OPEN)).values(is_open=True))
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["alert_id", "id"],
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
