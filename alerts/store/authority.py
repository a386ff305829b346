"""The tables of authority: the record of who did what, and what gives a person leave to do it.

They belong to the same metadata as the others (alerts/store/tables.py).
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

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

draft_offers = Table(
    "draft_offers",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("offered_at", UtcDateTime, nullable=False),
)
"""Drafts that their author lets a colleague take over; the row goes when one does, or the author goes on."""

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

alert_targets = Table(
    "alert_targets",
    metadata,
    Column("follow_up_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
)
"""The alerts on whose copies a follow-up acts; a draft's are those that it changes, the rest comes when it goes out."""

template_versions = Table(
    "template_versions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", JSON, nullable=False),
    Column("origin", Text, nullable=False),
    Column("is_retired", Boolean, nullable=False, default=False),
    Column("author", TelegramId),
    Column("written_at", UtcDateTime, nullable=False),
)
"""Every version of every template, never changed: `origin` is `file` or `chat`; the newest of a chat's goes first.

`content` is what `alerts/templates/template.py` writes; a retired version says that the template is not offered.
"""

alert_templates = Table(
    "alert_templates",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("number", Integer, nullable=False),
)
"""Which version of which template an alert was begun from; no version is ever deleted."""

drills = Table(
    "drills",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("title", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("chosen", JSON, nullable=False),
    Column("author", TelegramId, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", TelegramId),
    Column("reason", Text),
    Index(None, "status"),
    sqlite_autoincrement=True,
)
"""Exercises (alerts/drills/drill.py); `chosen` says how their participants were: roles, sectors and people.

A number is never used again, since old buttons in a chat name it.
"""

drill_participants = Table(
    "drill_participants",
    metadata,
    Column("drill_id", RowId, ForeignKey("drills.id"), primary_key=True, autoincrement=False),
    Column("chat_id", TelegramId, primary_key=True, autoincrement=False),
)
"""Who is in an exercise; nobody else can be sent a message of it (alerts/drills/participants.py)."""

drill_messages = Table(
    "drill_messages",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("drill_id", RowId, ForeignKey("drills.id"), nullable=False),
    Column("part", Text, nullable=False),
    Column("severity", Text),
    Index(None, "drill_id"),
)
"""What an exercise sent: `part` says what it is in it, `severity` how urgent the pretended alert would be."""

drill_acknowledgements = Table(
    "drill_acknowledgements",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("chat_id", TelegramId, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
)
"""Who pressed under a message of an exercise that they have read it, and when."""

self_tests = Table(
    "self_tests",
    metadata,
    Column("key", Text, primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("alert_id", RowId, ForeignKey("alerts.id")),
    Column("judged_at", UtcDateTime),
    Column("failure", Text),
)
"""Every self-test, once for each wall time: `failure` says what was wrong, None once it is judged and all was well."""

check_codes = Table(
    "check_codes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("alert_id", RowId, ForeignKey("alerts.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Index(None, "alert_id"),
)
"""The check codes under alerts, one for each text that one went out with (alerts/publishing/genuine.py).

`digest` names the text that a code was made from.
"""

verify_tries = Table(
    "verify_tries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("user_id", TelegramId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("is_wrong", Boolean, nullable=False),
    Index(None, "user_id", "at"),
)
"""The questions of the last minutes whether a message is genuine; a row goes when it counts no more."""
