"""The tables of authority: the record of who did what, and what gives a person leave to do it.

They belong to the same metadata as the others (alerts/store/tables.py).
"""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Table, Text

from alerts.store.tables import RowId, TelegramId, UtcDateTime, metadata

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("act", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("who", TelegramId),
    Column("who_salt", Text),
    Column("who_seal", Text),
    Column("whom", TelegramId),
    Column("whom_salt", Text),
    Column("whom_seal", Text),
    Column("seal", Text, nullable=False),
    Index(None, "subject"),
)
"""The record (alerts/audit/trail.py), only ever added to; erasing a person empties `who` or `whom` and its salt."""

alert_targets = Table(
    "alert_targets",
    metadata,
    Column("follow_up_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
)
"""The alerts on whose copies a follow-up acts; a draft's are those that it changes, the rest comes when it goes out."""
