"""Official sources that are watched, and what each said last of each scheme."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "level_sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("begun_at", moment(), nullable=False),
        sa.Column("tried_at", moment(), nullable=False),
        sa.Column("read_at", moment(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("published", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("told_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("source", name="pk_level_sources"),
    )
    op.create_table(
        "level_sightings",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("first_at", moment(), nullable=False),
        sa.Column("seen_at", moment(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", "scheme", name="pk_level_sightings"),
    )
