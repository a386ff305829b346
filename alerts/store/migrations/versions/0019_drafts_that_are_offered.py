"""An officer can let a colleague take over a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "draft_offers",
        sa.Column("alert_id", row_id, nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_draft_offers_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_draft_offers"),
    )
