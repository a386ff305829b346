"""What an alert said at each revision, who let it out, who was asked, and schedules that a second person approves."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

Moment = sa.DateTime(timezone=True)
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("alerts", sa.Column("send_at", Moment, nullable=True))
    op.create_table(
        "alert_versions",
        sa.Column("alert_id", Number, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("who", sa.BigInteger(), nullable=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("expires_at", Moment, nullable=True),
        sa.Column("more", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_versions_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", "revision", name="pk_alert_versions"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", Number, nullable=False),
        sa.Column("alert_id", Number, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("who", sa.BigInteger(), nullable=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lapsed_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_approvals_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_alert_id", "approvals", ["alert_id"])
    op.create_table(
        "reviews",
        sa.Column("alert_id", Number, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_revision", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("preview_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_reviews_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", "user_id", "task", name="pk_reviews"),
    )
    op.create_index("ix_reviews_state", "reviews", ["state"])
    op.create_table(
        "schedule_approvals",
        sa.Column("schedule_id", Number, autoincrement=False, nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name="fk_schedule_approvals_schedule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", name="pk_schedule_approvals"),
    )
