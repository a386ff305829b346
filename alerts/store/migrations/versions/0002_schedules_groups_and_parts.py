"""Schedules and their firings, notices to people, who set a group up, attachments, and alerts of several messages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("set_up_by", sa.BigInteger(), nullable=True))
    for name in ("attachment_kind", "attachment_name", "attachment_file_id"):
        op.add_column("alerts", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("part", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))

    op.create_table(
        "uploads",
        sa.Column("alert_id", row_id(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_uploads_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_uploads"),
    )
    op.create_table(
        "delivery_parts",
        sa.Column("delivery_id", row_id(), autoincrement=False, nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_delivery_parts_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", "part", name="pk_delivery_parts"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("push", sa.Text(), nullable=False),
        sa.Column("briefing", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("ends_at", moment(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("next_key", sa.Text(), nullable=True),
        sa.Column("next_at", moment(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("name", name="uq_schedules_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedules_status_next_at", "schedules", ["status", "next_at"])

    op.create_table(
        "schedule_firings",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("schedule_id", row_id(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", moment(), nullable=False),
        sa.Column("fired_at", moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alert_id", row_id(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_schedule_firings_alert_id"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name="fk_schedule_firings_schedule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_firings"),
        sa.UniqueConstraint("schedule_id", "key", name="uq_schedule_firings_schedule_id_key"),
    )
    op.create_table(
        "notices",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("sent_at", moment(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_sent_at", "notices", ["sent_at"])
