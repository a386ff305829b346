"""Alerts are marked, contacts are vetted, and messages can be checked.

Whoever is on the roll keeps what they have: they count as vetted, by nobody. Alerts that were sent stay unmarked, as
their copies are; every rule takes them for TLP:GREEN. See docs/decisions/0031-marking-and-check-codes.md.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("alerts", sa.Column("marking", sa.Text(), nullable=True))
    op.add_column("alerts", sa.Column("named", sa.JSON(), nullable=True))
    op.add_column("subscribers", sa.Column("vetted_at", moment(), nullable=True))
    op.add_column("subscribers", sa.Column("vetted_by", sa.BigInteger(), nullable=True))
    op.add_column("schedules", sa.Column("marking", sa.Text(), nullable=False, server_default=sa.text("'green'")))
    op.add_column("incoming_items", sa.Column("marking", sa.Text(), nullable=True))
    op.add_column("intake_sources", sa.Column("marking", sa.Text(), nullable=True))
    op.create_table(
        "check_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("alert_id", row_id(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_check_codes_alert_id"),
        sa.PrimaryKeyConstraint("code", name="pk_check_codes"),
    )
    op.create_index("ix_check_codes_alert_id", "check_codes", ["alert_id"])
    op.create_table(
        "verify_tries",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("is_wrong", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verify_tries"),
    )
    op.create_index("ix_verify_tries_user_id_at", "verify_tries", ["user_id", "at"])
    _carry_over()


def _carry_over() -> None:
    """Let contacts, schedules and trusted systems go on as before."""
    subscribers = sa.table("subscribers", sa.column("status", sa.Text), sa.column("vetted_at", moment()))
    op.execute(
        subscribers.update().where(subscribers.c.status != "ended").values(vetted_at=sa.func.current_timestamp())
    )
    schedules = sa.table("schedules", sa.column("push", sa.Text), sa.column("marking", sa.Text))
    op.execute(schedules.update().where(schedules.c.push == "level").values(marking="clear"))
    sources = sa.table(
        "intake_sources", sa.column("is_trusted", sa.Boolean), sa.column("kind", sa.Text), sa.column("marking", sa.Text)
    )
    op.execute(sources.update().where(sources.c.is_trusted, sources.c.kind == "json").values(marking="green"))
