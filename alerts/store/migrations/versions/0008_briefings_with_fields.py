"""Schedules respect bank holidays and office hours, and a firing keeps what its briefing had seen."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("schedules", sa.Column("holidays", sa.Text(), nullable=True))
    op.add_column("schedules", sa.Column("office_hours", sa.Text(), nullable=True))
    op.add_column("schedule_firings", sa.Column("seen", sa.JSON(), nullable=True))
