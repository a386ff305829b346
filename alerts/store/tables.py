"""Every table in one place. States and other words in the columns are explained where they are declared."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TelegramId = BigInteger()
"""Ids of users, chats and messages: up to 52 significant bits (Bot API, `User.id`)."""

RowId = BigInteger().with_variant(Integer, "sqlite")
"""An id that the database counts up; SQLite does so for INTEGER alone."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; hand the database what it can keep."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone must not be stored: {value}")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about this database: `purpose` (live or demo), `heartbeat` of the running bot, `own_menus` (who has one).

`hold` is there while all broadcasts are on hold; `sender` names who may send; `audit_head` is the record's newest link.
"""

people = Table(
    "people",
    metadata,
    Column("user_id", TelegramId, primary_key=True, autoincrement=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("sectors", JSON, nullable=False, default=list),
    Column("granted_by", TelegramId),
    Column("granted_at", UtcDateTime, nullable=False),
)
"""Who holds a role; `sectors` limits an officer to these, empty means all."""

private_chats = Table(
    "private_chats",
    metadata,
    Column("user_id", TelegramId, primary_key=True, autoincrement=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("blocked_at", UtcDateTime),
)
"""Who has pressed Start, and so can be written to; nothing else is kept of them here."""

subscribers = Table(
    "subscribers",
    metadata,
    Column("chat_id", TelegramId, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("name", Text, nullable=False, default=""),
    Column("organisation", Text, nullable=False, default=""),
    Column("job", Text, nullable=False, default=""),
    Column("wants_levels", Boolean, nullable=False, default=True),
    Column("set_up_by", TelegramId),
    Column("consented_at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("vetted_at", UtcDateTime),
    Column("vetted_by", TelegramId),
)
"""Chats on the roll, people's and groups' alike; `set_up_by` is who subscribed a group, and `name` then its title.

There is no index by status: nearly all are active, and SQLite would take it and have to sort a million rows.
"""

subscriber_sectors = Table(
    "subscriber_sectors",
    metadata,
    Column("chat_id", TelegramId, ForeignKey("subscribers.chat_id", ondelete="CASCADE"), primary_key=True),
    Column("sector", Text, primary_key=True),
    Index(None, "sector"),
)

subscriber_regions = Table(
    "subscriber_regions",
    metadata,
    Column("chat_id", TelegramId, ForeignKey("subscribers.chat_id", ondelete="CASCADE"), primary_key=True),
    Column("region", Text, primary_key=True),
    Index(None, "region"),
)
"""The regions that a subscriber chose; none chosen means everywhere."""

conversations = Table(
    "conversations",
    metadata,
    Column("chat_id", TelegramId, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""The conversation that is open in a private chat, one at most, so that a restart loses no answer."""

level_readings = Table(
    "level_readings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("scheme", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("level", Text, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("since", Date),
    Column("source", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("set_by", TelegramId),
    Column("statement", Text, nullable=False, default=""),
    UniqueConstraint("scheme", "version"),
)
"""Readings of a level, never changed: the highest version of a scheme is the one in force.

A source that goes on saying the same leaves no reading, only the moment in `level_sightings`.
"""

alerts = Table(
    "alerts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("severity", Text),
    Column("headline", Text, nullable=False, default=""),
    Column("body", Text, nullable=False, default=""),
    Column("sectors", JSON, nullable=False, default=list),
    Column("regions", JSON, nullable=False, default=list),
    Column("expires_at", UtcDateTime),
    Column("author", TelegramId),
    Column("origin", Text, nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sending_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("ended_by", TelegramId),
    Column("progress_message_id", TelegramId),
    Column("reported_at", UtcDateTime),
    Column("attachment_kind", Text),
    Column("attachment_name", Text),
    Column("attachment_file_id", Text),
    Column("marking", Text),
    Column("named", JSON(none_as_null=True)),
    Column("change", Text),
    Column("send_at", UtcDateTime),
    Index(None, "status"),
)
"""`body` is the canonical HTML of alerts/publishing/markup.py; `origin` says which door it came through.

`change` is what it does to the alerts that `alert_targets` names (alerts/publishing/follow_up.py), empty for most.

An attachment goes out by its `attachment_file_id`; until Telegram has given one, its bytes stand in `uploads`.
"""

uploads = Table(
    "uploads",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
"""Pictures and documents that Telegram does not have yet; a row goes once its first upload is answered."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("alert_id", RowId, nullable=False),
    Column("chat_id", TelegramId, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_open", Boolean, nullable=False, server_default=false()),
    Column("lane", SmallInteger, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("uncertain_count", Integer, nullable=False, default=0),
    Column("not_before", UtcDateTime),
    Column("message_id", TelegramId),
    Column("part", SmallInteger, nullable=False, default=0, server_default=text("0")),
    Column("reason", Text),
    Column("state_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    UniqueConstraint("alert_id", "chat_id"),
)
"""One row for each recipient of each alert: the outbox and the record in one.

`alert_id` is no foreign key: one statement writes the rows, in the transaction of their alert, and no alert is ever
deleted, while the check of each of a million rows took half of PostgreSQL's time.

A row that waits goes when its turn comes, and not before `not_before` where that is set. A leased one belongs to the
sender that `meta` names, since `state_at`. `is_open` says that its state is none of the ends.
`part` counts the messages of a long or pictured alert that are there already; `message_id` is the last one's.
"""

delivery_parts = Table(
    "delivery_parts",
    metadata,
    Column("delivery_id", RowId, ForeignKey("deliveries.id"), primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("message_id", TelegramId, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
)
"""The messages before the last of an alert that takes several, from 0, so that a crash resumes where it stopped."""

IS_OPEN: ColumnElement[bool] = deliveries.c.is_open
"""Rows that have not come to their end."""

Index(
    "ix_deliveries_open",
    deliveries.c.alert_id,
    deliveries.c.id,
    sqlite_where=text("is_open = 1"),
    postgresql_where=text("is_open"),
)
Index(
    "ix_deliveries_not_before",
    deliveries.c.not_before,
    sqlite_where=text("not_before IS NOT NULL"),
    postgresql_where=text("not_before IS NOT NULL"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("received_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
)
"""Updates from Telegram, stored before they are confirmed; the payload goes when one is done, the id stays a day."""

schedules = Table(
    "schedules",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("push", Text, nullable=False),
    Column("briefing", Text, nullable=False, default=""),
    Column("headline", Text, nullable=False, default=""),
    Column("body", Text, nullable=False, default=""),
    Column("severity", Text),
    Column("rule", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("sectors", JSON, nullable=False, default=list),
    Column("regions", JSON, nullable=False, default=list),
    Column("grace_minutes", Integer, nullable=False),
    Column("holidays", Text),
    Column("office_hours", Text),
    Column("ends_at", UtcDateTime),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("next_key", Text),
    Column("next_at", UtcDateTime),
    Column("created_by", TelegramId),
    Column("created_at", UtcDateTime, nullable=False),
    Column("marking", Text, nullable=False, server_default=text("'green'")),
    Index(None, "status", "next_at"),
    sqlite_autoincrement=True,
)
"""What goes out by itself, and when next: `next_key` is the wall time of the firing due at `next_at`.

`holidays` is the place on whose bank holidays it does not go out, such as `GB-ENG`; `office_hours` are like
`09:00-17:00`.

A number is never used again, since old buttons in a chat name it.
"""

schedule_firings = Table(
    "schedule_firings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("schedule_id", RowId, ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("fired_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("alert_id", RowId, ForeignKey("alerts.id")),
    Column("seen", JSON(none_as_null=True)),
    UniqueConstraint("schedule_id", "key"),
)
"""Every firing of a schedule, once for each wall time: what it sent, or why it sent nothing.

`seen` is what a briefing with fields knew (alerts/briefings/facts.py), from which the next one counts what is new.
"""

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("user_id", TelegramId, nullable=False),
    Column("kind", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("failure", Text),
    Index(None, "sent_at"),
)
"""What the bot has to tell a person of its own accord, kept until it has; `kind` has a sentence in the catalogue."""
