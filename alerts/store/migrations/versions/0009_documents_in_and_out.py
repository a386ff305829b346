"""Systems that may send documents in, what they have sent, and which alert followed which."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alert_successions",
        sa.Column("alert_id", row_id(), autoincrement=False, nullable=False),
        sa.Column("successor_id", row_id(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_successions_alert_id"),
        sa.ForeignKeyConstraint(["successor_id"], ["alerts.id"], name="fk_alert_successions_successor_id"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert_successions"),
    )
    op.create_index("ix_alert_successions_successor_id", "alert_successions", ["successor_id"])
    op.create_table(
        "intake_sources",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("token_made_at", moment(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("poll_minutes", sa.Integer(), nullable=False),
        sa.Column("is_trusted", sa.Boolean(), nullable=False),
        sa.Column("severity_cap", sa.Text(), nullable=False),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("per_hour", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("removed_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_intake_sources"),
        sa.UniqueConstraint("code", name="uq_intake_sources_code"),
    )
    op.create_table(
        "intake_messages",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("source_id", row_id(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("sent_at", moment(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("alert_id", row_id(), nullable=True),
        sa.Column("followed_by", row_id(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["intake_sources.id"], name="fk_intake_messages_source_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_intake_messages_alert_id"),
        sa.ForeignKeyConstraint(["followed_by"], ["intake_messages.id"], name="fk_intake_messages_followed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_messages"),
        sa.UniqueConstraint("source_id", "sender", "identifier", name="uq_intake_messages_source_id_sender_identifier"),
    )
    op.create_index("ix_intake_messages_source_id_received_at", "intake_messages", ["source_id", "received_at"])
    op.create_table(
        "intake_entries",
        sa.Column("source_id", row_id(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("seen_at", moment(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["intake_sources.id"], name="fk_intake_entries_source_id"),
        sa.PrimaryKeyConstraint("source_id", "entry", name="pk_intake_entries"),
    )
    op.create_table(
        "intake_polls",
        sa.Column("source_id", row_id(), autoincrement=False, nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("due_at", moment(), nullable=False),
        sa.Column("tried_at", moment(), nullable=True),
        sa.Column("read_at", moment(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["intake_sources.id"], name="fk_intake_polls_source_id"),
        sa.PrimaryKeyConstraint("source_id", name="pk_intake_polls"),
    )
