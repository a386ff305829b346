"""A database of every earlier revision, with something in each table, comes to the newest one with all of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text
from support.postgres import Postgres

from alerts.store import Store
from alerts.store.migrate import migrate, newest_revision, revision, revisions
from alerts.store.tables import metadata
from alerts.store.upgrade import configuration, upgrade

MOMENT = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
CONTACT, OFFICER = 4503599627370495, 77700001
"""A contact with the largest id that there is, and an officer."""

Rows = dict[str, dict[str, Any]]

ROWS: dict[str, Rows] = {
    "0001": {
        "meta": {"key": "purpose", "value": "live"},
        "people": {"user_id": OFFICER, "role": "officer", "name": "Dana", "sectors": ["retail"], "granted_at": MOMENT},
        "private_chats": {"user_id": CONTACT, "started_at": MOMENT},
        "subscribers": {
            "chat_id": CONTACT,
            "kind": "private",
            "status": "active",
            "name": "Amira",
            "organisation": "Café « Zoë » & Söhne",
            "job": "",
            "wants_levels": True,
            "consented_at": MOMENT,
            "since": MOMENT,
            "updated_at": MOMENT,
        },
        "subscriber_sectors": {"chat_id": CONTACT, "sector": "retail"},
        "subscriber_regions": {"chat_id": CONTACT, "region": "london"},
        "conversations": {
            "chat_id": CONTACT,
            "kind": "subscribe",
            "step": "name",
            "token": "a1b2c3",
            "data": {"sectors": ["retail"], "page": 0},
            "updated_at": MOMENT,
        },
        "level_readings": {
            "id": 3,
            "scheme": "uk-national",
            "version": 1,
            "level": "SEVERE",
            "rank": 4,
            "since": date(2026, 11, 20),
            "source": "officer",
            "seen_at": MOMENT,
            "statement": "",
        },
        "alerts": {
            "id": 7,
            "reference": "C-2026-0001",
            "kind": "adhoc",
            "status": "sending",
            "severity": "urgent",
            "headline": "Vehicle at the gate",
            "body": "<b>Police</b> are there.",
            "sectors": ["retail"],
            "regions": [],
            "expires_at": MOMENT,
            "author": OFFICER,
            "origin": "chat",
            "revision": 4,
            "created_at": MOMENT,
            "sending_at": MOMENT,
        },
        "deliveries": {
            "id": 9,
            "alert_id": 7,
            "chat_id": CONTACT,
            "state": "retry",
            "lane": 1,
            "attempts": 2,
            "uncertain_count": 1,
            "next_attempt_at": MOMENT,
            "state_at": MOMENT,
        },
        "inbox": {"update_id": 10**12, "payload": '{"update_id": 1000000000000}', "attempts": 1, "received_at": MOMENT},
    },
    "0002": {
        "uploads": {"alert_id": 7, "content": b"\x89PNG\x00\xff"},
        "delivery_parts": {"delivery_id": 9, "part": 0, "message_id": 2**51, "sent_at": MOMENT},
        "schedules": {
            "id": 5,
            "name": "weekly",
            "push": "briefing",
            "briefing": "weekly",
            "headline": "",
            "body": "",
            "rule": "FREQ=WEEKLY",
            "timezone": "Europe/London",
            "sectors": [],
            "regions": [],
            "grace_minutes": 60,
            "status": "active",
            "created_at": MOMENT,
        },
        "schedule_firings": {
            "id": 6,
            "schedule_id": 5,
            "key": "2026-11-23T09:00",
            "due_at": MOMENT,
            "fired_at": MOMENT,
            "outcome": "sent",
            "alert_id": 7,
        },
        "notices": {"id": 8, "user_id": OFFICER, "kind": "moved", "details": {"n": 1}, "created_at": MOMENT},
    },
    "0003": {},
    "0004": {},
    "0005": {
        "level_sources": {
            "source": "mi5",
            "address": "https://www.mi5.gov.uk/UKThreatLevel/UKThreatLevel.xml",
            "begun_at": MOMENT,
            "tried_at": MOMENT,
            "read_at": MOMENT,
            "etag": '"v1"',
            "modified": "",
            "published": "Thursday, April 30, 2026 -  06:09",
            "failures": 2,
            "problem": "fetch-status",
            "details": {"status": 520},
            "told_at": MOMENT,
        },
        "level_sightings": {
            "source": "mi5",
            "scheme": "uk-national",
            "level": "CRITICAL",
            "before": "SEVERE",
            "first_at": MOMENT,
            "seen_at": MOMENT,
            "told_version": 1,
        },
    },
    "0006": {
        "incoming_items": {
            "id": 4,
            "source": "govuk-alerts",
            "identifier": "https://www.gov.uk/alerts/1-nov-2026",
            "headline": "Flooding at Ely",
            "body": "<b>Move</b> to high ground.",
            "link": "https://www.gov.uk/alerts/1-nov-2026",
            "severity": None,
            "expires_at": None,
            "sectors": [],
            "regions": ["london"],
            "is_test": True,
            "published_at": MOMENT,
            "state": "adopted",
            "digest": "ab",
            "text_digest": "cd",
            "news": 11,
            "arrived_at": MOMENT,
            "changed_at": MOMENT,
            "decided_by": OFFICER,
            "decided_at": MOMENT,
            "alert_id": 7,
        },
        "incoming_told": {"user_id": OFFICER, "since": 9, "news": 11, "told_at": MOMENT},
        "news_feeds": {
            "code": "ctp",
            "address": "https://www.counterterrorism.police.uk/feed/",
            "etag": '"v1"',
            "modified": "",
            "read_at": MOMENT,
            "due_at": MOMENT,
            "failures": 2,
            "failing_since": MOMENT,
            "failure": {"problem": "fetch-status", "details": {"status": 503}},
            "told_at": None,
        },
    },
    "0007": {
        "pictures": {"key": "board-0f3a", "file_id": "AgACAgIAAxkBAAIBQ2", "uploaded_at": MOMENT},
    },
    "0008": {},
    "0009": {
        "alert_successions": {"alert_id": 7, "successor_id": 7, "change": "update"},
        "intake_sources": {
            "id": 2,
            "code": "control-room",
            "name": "Control room",
            "kind": "cap",
            "token_hash": "ab" * 32,
            "token_made_at": MOMENT,
            "address": None,
            "poll_minutes": 10,
            "is_trusted": True,
            "severity_cap": "urgent",
            "sectors": ["retail"],
            "per_hour": 6,
            "created_at": MOMENT,
            "removed_at": None,
        },
        "intake_messages": {
            "id": 3,
            "source_id": 2,
            "sender": "ops@example.org",
            "identifier": "urn:oid:2.49.0.1",
            "sent_at": MOMENT,
            "type": "Alert",
            "status": "Actual",
            "refers_to": "",
            "digest": "cd" * 32,
            "document": b"<alert/>",
            "received_at": MOMENT,
            "outcome": "sent",
            "reasons": [],
            "item": None,
            "alert_id": 7,
            "followed_by": None,
        },
        "intake_entries": {"source_id": 2, "entry": "ef" * 32, "seen_at": MOMENT, "refusal": None},
        "intake_polls": {
            "source_id": 2,
            "etag": '"v1"',
            "modified": "",
            "due_at": MOMENT,
            "tried_at": MOMENT,
            "read_at": MOMENT,
            "failure": None,
        },
    },
    "0010": {
        "audit": {
            "number": 1,
            "at": MOMENT,
            "act": "person-granted",
            "place": "chat",
            "subject": "person",
            "before": {},
            "after": {"role": "officer", "sectors": []},
            "who": OFFICER,
            "who_salt": "0a" * 16,
            "who_seal": "1b" * 32,
            "whom": CONTACT,
            "whom_salt": "2c" * 16,
            "whom_seal": "3d" * 32,
            "seal": "4e" * 32,
        },
    },
    "0012": {
        "invitations": {
            "id": 12,
            "code_hash": "5f" * 32,
            "role": "lead",
            "sectors": ["retail"],
            "state": "accepted",
            "made_by": OFFICER,
            "made_at": MOMENT,
            "expires_at": MOMENT,
            "accepted_by": CONTACT,
            "accepted_name": "Zoë",
            "accepted_at": MOMENT,
            "ended_by": None,
            "ended_at": None,
        },
        "wrong_codes": {"user_id": CONTACT, "tries": 5, "last_at": MOMENT, "locked_until": MOMENT},
    },
    "0013": {
        "alert_versions": {
            "alert_id": 7,
            "revision": 4,
            "who": OFFICER,
            "at": MOMENT,
            "headline": "Vehicle at the gate",
            "body": "<b>Police</b> are there.",
            "severity": "urgent",
            "sectors": ["retail"],
            "regions": [],
            "expires_at": MOMENT,
            "more": {"when": "2026-11-24T18:00:00+00:00"},
        },
        "approvals": {
            "id": 5,
            "alert_id": 7,
            "revision": 4,
            "who": OFFICER,
            "at": MOMENT,
            "verdict": "one person",
            "reason": "",
            "lapsed_at": None,
        },
        "reviews": {
            "alert_id": 7,
            "user_id": OFFICER,
            "task": "approve",
            "state": "shown",
            "seen_revision": 4,
            "message_id": 812,
            "preview_ids": [811],
        },
        "schedule_approvals": {
            "schedule_id": 5,
            "made_by": OFFICER,
            "made_at": MOMENT,
            "approved_by": None,
            "approved_at": None,
        },
    },
    "0016": {
        "template_versions": {
            "code": "attack",
            "number": 1,
            "content": {"title": "Attack in progress", "fields": []},
            "origin": "chat",
            "is_retired": False,
            "author": OFFICER,
            "written_at": MOMENT,
        },
        "alert_templates": {"alert_id": 7, "code": "attack", "number": 1},
        "drills": {
            "id": 4,
            "title": "Lockdown",
            "status": "running",
            "begins_at": MOMENT,
            "ends_at": MOMENT,
            "chosen": {"roles": ["lead"], "sectors": [], "people": []},
            "author": OFFICER,
            "created_at": MOMENT,
        },
        "drill_participants": {"drill_id": 4, "chat_id": CONTACT},
        "drill_messages": {"alert_id": 7, "drill_id": 4, "part": "message", "severity": "critical"},
        "drill_acknowledgements": {"alert_id": 7, "chat_id": CONTACT, "at": MOMENT},
        "self_tests": {"key": "2026-12-01T10:00", "due_at": MOMENT, "begun_at": MOMENT, "alert_id": 7},
    },
    "0017": {
        "alert_targets": {"follow_up_id": 7, "alert_id": 7},
    },
    "0018": {
        "check_codes": {"code": "7K3M-9QXD", "alert_id": 7, "digest": "5f" * 32},
        "verify_tries": {"id": 1, "user_id": CONTACT, "at": MOMENT, "is_wrong": True},
    },
    "0019": {"draft_offers": {"alert_id": 7, "offered_at": MOMENT}},
    "0020": {"moved_chats": {"old_id": -5, "new_id": -1005, "moved_at": MOMENT}},
}
"""For each revision a row of each table that it brings, told in the columns of that time.

A migration that adds a table adds its row here, under its own name; one that changes nothing but columns adds `{}`.
"""

RENAMED = {"0003": {"deliveries": {"next_attempt_at": "not_before"}}}
"""For each revision the columns that it gave another name, by table."""

HISTORY = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


@pytest.fixture
async def empty(database: Postgres | None, tmp_path: Path) -> AsyncIterator[Store]:
    """A database with nothing in it."""
    async with AsyncExitStack() as stack:
        if database is None:
            opened = Store(f"sqlite+aiosqlite:///{tmp_path}/old.db")
        else:
            opened = Store(await stack.enter_async_context(database.empty_database()))
        stack.push_async_callback(opened.close)
        yield opened


def reflected(connection: Connection) -> MetaData:
    """Give the tables as they are in the database, whatever the code declares."""
    found = MetaData()
    found.reflect(connection)
    return found


def typed(table: Table) -> Table:
    """Give a reflected table the declared types, where there is such a column still: SQLite forgets most of them."""
    for column in table.columns:
        declared = metadata.tables[table.name].columns.get(column.name) if table.name in metadata.tables else None
        if declared is not None:
            column.type = declared.type
    return table


def fill(connection: Connection, known: Rows) -> None:
    """Write a row into every table there is; a table without one, or with one too many, fails."""
    found = reflected(connection)
    assert set(found.tables) - {"alembic_version"} == set(known), "each table of each revision needs a row in ROWS"
    for table in found.sorted_tables:
        if table.name in known:
            connection.execute(insert(typed(table)).values(known[table.name]))


def kept(connection: Connection, known: Rows) -> Rows:
    """Read what the tables hold of what was written; one with more rows than one fails."""
    found = reflected(connection)
    read = {}
    for name, row in known.items():
        values = connection.execute(select(typed(found.tables[name]))).mappings().one()
        read[name] = {column: values[column] for column in row}
    return read


def told_at(start: str) -> Rows:
    """Give the rows that a program of a revision could write, in the columns of that time."""
    return renamed(
        {name: row for number in HISTORY[: HISTORY.index(start) + 1] for name, row in ROWS[number].items()},
        HISTORY[: HISTORY.index(start) + 1],
    )


def told_now(rows: Rows, start: str) -> Rows:
    """Give rows of a revision in the columns of today."""
    return renamed(rows, HISTORY[HISTORY.index(start) + 1 :])


def renamed(rows: Rows, revisions: list[str]) -> Rows:
    """Give rows in the columns that they have after these revisions."""
    names = {table: columns for number in revisions for table, columns in RENAMED.get(number, {}).items()}
    return {
        table: {names.get(table, {}).get(column, column): value for column, value in row.items()}
        for table, row in rows.items()
    }


def differences(connection: Connection) -> list[object]:
    """Tell what would have to change to make the database what the code declares."""
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def orphans(connection: Connection) -> list[str]:
    """Name the foreign keys that hold rows to nothing."""
    found, missing = reflected(connection), []
    for table in found.sorted_tables:
        for key in inspect(connection).get_foreign_keys(table.name):
            [ours], [theirs] = key["constrained_columns"], key["referred_columns"]
            referred = select(found.tables[key["referred_table"]].c[theirs])
            lost = select(table.c[ours]).where(table.c[ours].is_not(None), table.c[ours].not_in(referred))
            missing += [f"{table.name}.{ours}" for _ in connection.execute(lost)]
    return missing


def test_every_revision_has_its_rows():
    """A migration cannot be added without rows by which the upgrade over it is proved."""
    assert list(ROWS) == HISTORY == revisions()


@pytest.mark.parametrize("start", HISTORY)
async def test_an_older_database_keeps_everything(empty: Store, start: str):
    """What a program of any revision wrote is there after the upgrade, in the tables that the code works with."""
    known = told_at(start)
    async with empty.writing() as connection:
        await connection.run_sync(upgrade, start)
        await connection.run_sync(fill, known)
    assert await revision(empty) == start
    assert await migrate(empty) == newest_revision()
    async with empty.reading() as connection:
        assert await connection.run_sync(kept, told_now(known, start)) == told_now(known, start)
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(orphans) == []


async def test_new_rows_follow_the_old_ones(empty: Store):
    """After the upgrade the ids count on, so that a new alert takes no old one's place."""
    async with empty.writing() as connection:
        await connection.run_sync(upgrade, HISTORY[0])
        await connection.run_sync(fill, ROWS[HISTORY[0]])
        if not empty.is_sqlite:
            await connection.execute(text("SELECT setval('alerts_id_seq', 7)"))  # as if the row had been counted
    await migrate(empty)
    another = ROWS[HISTORY[0]]["alerts"] | {"reference": "C-2026-0002"}
    del another["id"]
    alerts = metadata.tables["alerts"]
    async with empty.writing() as connection:
        assert (await connection.execute(insert(alerts).values(another).returning(alerts.c.id))).scalar_one() == 8


async def test_machines_that_upgrade_at_once_do_it_once(empty: Store):
    """Two programs that start on an older database both end with the newest one, and with every row in it."""
    async with empty.writing() as connection:
        await connection.run_sync(upgrade, HISTORY[0])
        await connection.run_sync(fill, ROWS[HISTORY[0]])
    other = Store(empty.url)
    assert await asyncio.gather(migrate(empty), migrate(other)) == [newest_revision()] * 2
    await other.close()
    async with empty.reading() as connection:
        now = told_now(ROWS[HISTORY[0]], HISTORY[0])
        assert await connection.run_sync(kept, now) == now
