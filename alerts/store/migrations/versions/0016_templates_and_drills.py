"""Templates and their versions, exercises and who is in them, self-tests."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "template_versions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", "number", name="pk_template_versions"),
    )
    op.create_table(
        "alert_templates",
        sa.Column("alert_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_templates_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert_templates"),
    )
    op.create_table(
        "drills",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drills"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drills_status", "drills", ["status"])
    op.create_table(
        "drill_participants",
        sa.Column("drill_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["drill_id"], ["drills.id"], name="fk_drill_participants_drill_id"),
        sa.PrimaryKeyConstraint("drill_id", "chat_id", name="pk_drill_participants"),
    )
    op.create_table(
        "drill_messages",
        sa.Column("alert_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("drill_id", ROW_ID, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_drill_messages_alert_id"),
        sa.ForeignKeyConstraint(["drill_id"], ["drills.id"], name="fk_drill_messages_drill_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_drill_messages"),
    )
    op.create_index("ix_drill_messages_drill_id", "drill_messages", ["drill_id"])
    op.create_table(
        "drill_acknowledgements",
        sa.Column("alert_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_drill_acknowledgements_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", "chat_id", name="pk_drill_acknowledgements"),
    )
    op.create_table(
        "self_tests",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("alert_id", ROW_ID, nullable=True),
        sa.Column("judged_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_self_tests_alert_id"),
        sa.PrimaryKeyConstraint("key", name="pk_self_tests"),
    )
