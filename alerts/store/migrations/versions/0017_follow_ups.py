"""Alerts that change what earlier ones have brought to people."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("alerts", sa.Column("change", sa.Text(), nullable=True))
    op.create_table(
        "alert_targets",
        sa.Column("follow_up_id", row_id(), autoincrement=False, nullable=False),
        sa.Column("alert_id", row_id(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_targets_alert_id"),
        sa.ForeignKeyConstraint(["follow_up_id"], ["alerts.id"], name="fk_alert_targets_follow_up_id"),
        sa.PrimaryKeyConstraint("follow_up_id", "alert_id", name="pk_alert_targets"),
    )
