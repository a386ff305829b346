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

`hold` is there while all broadcasts are on hold; `sender` names who may send.
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

level_sources = Table(
    "level_sources",
    metadata,
    Column("source", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("tried_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("etag", Text, nullable=False, default=""),
    Column("modified", Text, nullable=False, default=""),
    Column("published", Text, nullable=False, default=""),
    Column("failures", Integer, nullable=False, default=0),
    Column("problem", Text),
    Column("details", JSON, nullable=False, default=dict),
    Column("told_at", UtcDateTime),
)
"""Each official source that is watched: the last try, the last good reading, and what is wrong since then.

`read_at` is the last time that every scheme was read; `failures` counts the tries since. `told_at` is there while the
owners know that it is silent.
"""

level_sightings = Table(
    "level_sightings",
    metadata,
    Column("source", Text, primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("before", Text),
    Column("first_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("told_version", Integer),
)
"""What a source says of a scheme, since when, and what it said before; it becomes a reading when it is confirmed.

`told_version` is the reading against which officers were told of it.
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
    Index(None, "status"),
)
"""`body` is the canonical HTML of alerts/publishing/markup.py; `origin` says which door it came through.

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

incoming_items = Table(
    "incoming_items",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("link", Text),
    Column("severity", Text),
    Column("expires_at", UtcDateTime),
    Column("sectors", JSON, nullable=False, default=list),
    Column("regions", JSON, nullable=False, default=list),
    Column("is_test", Boolean, nullable=False),
    Column("published_at", UtcDateTime),
    Column("state", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("text_digest", Text, nullable=False),
    Column("news", Integer, nullable=False),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("decided_by", TelegramId),
    Column("decided_at", UtcDateTime),
    Column("alert_id", RowId, ForeignKey("alerts.id")),
    UniqueConstraint("source", "identifier"),
    Index(None, "state", "news"),
    Index(None, "news"),
)
"""What has come from outside, once for each name that its source gives it; see alerts/publishing/incoming_item.py.

No row goes: by its digests what comes again is told from what is new. `news` counts arrivals over all rows.
"""

incoming_told = Table(
    "incoming_told",
    metadata,
    Column("user_id", TelegramId, primary_key=True, autoincrement=False),
    Column("since", Integer, nullable=False),
    Column("news", Integer, nullable=False),
    Column("told_at", UtcDateTime, nullable=False),
)
"""Up to which arrival an officer has been told of what has come from outside, and when last; since: by that notice."""

news_feeds = Table(
    "news_feeds",
    metadata,
    Column("code", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("read_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("failure", JSON(none_as_null=True)),
    Column("told_at", UtcDateTime),
)
"""Where each watched feed stands: when it was read last, what to ask its server for, and since when it fails.

`read_at` is empty until a feed was read once; `told_at` is set while owners know that it fails.
"""
pictures = Table(
    "pictures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("file_id", Text, nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
)
"""Pictures that Telegram has: `key` names all that is on one (alerts/pictures/picture.py), `file_id` is its name."""

alert_successions = Table(
    "alert_successions",
    metadata,
    Column("alert_id", RowId, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("successor_id", RowId, ForeignKey("alerts.id"), nullable=False),
    Column("change", Text, nullable=False),
    Index(None, "successor_id"),
)
"""Which alert was updated or cancelled by a later one; see alerts/publishing/succession.py."""

intake_sources = Table(
    "intake_sources",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("token_hash", Text),
    Column("token_made_at", UtcDateTime),
    Column("address", Text),
    Column("poll_minutes", Integer, nullable=False),
    Column("is_trusted", Boolean, nullable=False),
    Column("severity_cap", Text, nullable=False),
    Column("sectors", JSON, nullable=False),
    Column("per_hour", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)
"""Systems that may send documents in; see alerts/intake/source.py. A removed one stays, since its messages do."""

intake_messages = Table(
    "intake_messages",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source_id", RowId, ForeignKey("intake_sources.id"), nullable=False),
    Column("sender", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("refers_to", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("document", LargeBinary),
    Column("received_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("item", Text),
    Column("alert_id", RowId, ForeignKey("alerts.id")),
    Column("followed_by", RowId, ForeignKey("intake_messages.id")),
    UniqueConstraint("source_id", "sender", "identifier"),
    Index(None, "source_id", "received_at"),
)
"""What was sent in and taken, once for each name that its sender gives it, and what became of it.

`item` is its identifier in `incoming_items` where it waits there; `alert_id` the alert that went out at once;
`followed_by` the message that updated or cancelled it. The document itself goes after a month.
"""

intake_entries = Table(
    "intake_entries",
    metadata,
    Column("source_id", RowId, ForeignKey("intake_sources.id"), primary_key=True, autoincrement=False),
    Column("entry", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("refusal", Text),
)
"""The entries of CAP feeds that were read, each once, and why a document was refused; one that left its feed goes."""

intake_polls = Table(
    "intake_polls",
    metadata,
    Column("source_id", RowId, ForeignKey("intake_sources.id"), primary_key=True, autoincrement=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tried_at", UtcDateTime),
    Column("read_at", UtcDateTime),
    Column("failure", Text),
)
"""Where each CAP feed stands: when it is read next, when it was last, and why it could not be."""
