"""The tables of authority: the record of who did what, and what gives a person leave to do it.

They belong to the same metadata as the others (alerts/store/tables.py).
"""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Table, Text

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

alert_versions = Table(
    "alert_versions",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("who", TelegramId),
    Column("at", UtcDateTime, nullable=False),
    Column("headline", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("severity", Text),
    Column("sectors", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("more", JSON, nullable=False),
)
"""What an alert said at each of its revisions, and who wrote that; `more` is what has no column of its own."""

approvals = Table(
    "approvals",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("alert_id", RowId, ForeignKey("alerts.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("who", TelegramId),
    Column("at", UtcDateTime, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("lapsed_at", UtcDateTime),
    Index(None, "alert_id"),
)
"""On whose word an alert was released, and who returned it (alerts/publishing/approvals.py)."""

reviews = Table(
    "reviews",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("user_id", TelegramId, primary_key=True, autoincrement=False),
    Column("task", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("seen_revision", Integer),
    Column("message_id", TelegramId),
    Column("preview_ids", JSON, nullable=False, default=list),
    Index(None, "state"),
)
"""Who is asked to approve or may stop an alert, what they last saw of it, and the message in their chat."""

schedule_approvals = Table(
    "schedule_approvals",
    metadata,
    Column("schedule_id", RowId, ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("made_by", TelegramId),
    Column("made_at", UtcDateTime, nullable=False),
    Column("approved_by", TelegramId),
    Column("approved_at", UtcDateTime),
)
"""Who made a schedule and who approved it; without the latter it is one person's word."""
invitations = Table(
    "invitations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code_hash", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("sectors", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_by", TelegramId),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("accepted_by", TelegramId),
    Column("accepted_name", Text, nullable=False, default=""),
    Column("accepted_at", UtcDateTime),
    Column("ended_by", TelegramId),
    Column("ended_at", UtcDateTime),
    Index(None, "state"),
)
"""Invitations (alerts/people/invitations.py); of a code there is its SHA-256 alone, of who accepted a first name."""

wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("user_id", TelegramId, primary_key=True, autoincrement=False),
    Column("tries", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("locked_until", UtcDateTime),
)
"""Who has tried codes of invitations that are not valid (alerts/people/lockout.py); forgotten after a day."""
