"""The tables of authority: the record of who did what, and what gives a person leave to do it.

They belong to the same metadata as the others (alerts/store/tables.py).
"""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

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
