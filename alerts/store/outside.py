"""The tables of what comes from outside: official sources, feeds, documents of other systems, pictures' names.

They belong to the same metadata as the others (alerts/store/tables.py).
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from alerts.store.tables import RowId, TelegramId, UtcDateTime, metadata

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
    Column("marking", Text),
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
    Column("marking", Text),
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

moved_chats = Table(
    "moved_chats",
    metadata,
    Column("old_id", TelegramId, primary_key=True, autoincrement=False),
    Column("new_id", TelegramId, nullable=False),
    Column("moved_at", UtcDateTime, nullable=False),
    Index(None, "new_id"),
)
"""Groups that became supergroups: what the old id has got is answered under the new one (subscribers/standing.py).

`new_id` is where a chat is today, also after a second move.
"""
