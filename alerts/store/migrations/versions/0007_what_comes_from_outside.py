"""What comes from outside and waits for an officer, who was told of it, and where the watched feeds stand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "incoming_items",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("expires_at", moment(), nullable=True),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("arrived_at", moment(), nullable=False),
        sa.Column("changed_at", moment(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", moment(), nullable=True),
        sa.Column("alert_id", row_id(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_incoming_items_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incoming_items"),
        sa.UniqueConstraint("source", "identifier", name="uq_incoming_items_source_identifier"),
    )
    op.create_index("ix_incoming_items_state_news", "incoming_items", ["state", "news"])
    op.create_index("ix_incoming_items_news", "incoming_items", ["news"])
    op.create_table(
        "incoming_told",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("told_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_incoming_told"),
    )
    op.create_table(
        "news_feeds",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("read_at", moment(), nullable=True),
        sa.Column("due_at", moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", moment(), nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.Column("told_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("code", name="pk_news_feeds"),
    )
