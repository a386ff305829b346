"""What is true of PostgreSQL alone: one writer at a time on purpose, and connections that drop and come back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from support.clock import DrivenClock
from support.databases import on_postgresql
from support.deaf import DeafStore
from support.outbox import Outbox
from support.postgres import IN_TRANSACTION, LOCKED_PASSWORD, LOCKED_ROLE, Postgres
from support.record import TRAIL
from support.sending import RecordingSender, sending

from alerts.delivery.queue import Queue
from alerts.errors import InvalidInput, NotFound, Stale, StoreError
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.store import Store
from alerts.store.conversations import Conversations
from alerts.store.migrate import migrate, newest_revision, revision
from alerts.store.tables import meta
from alerts.subscribers.sectors import Directory

pytestmark = on_postgresql
AWAY = r"cannot be reached|lets nobody in"
LOST = r"the connection to the database was lost|lets nobody in at present"


@pytest.fixture
async def elsewhere(store: Store) -> AsyncIterator[Store]:
    """The same database as another machine opens it."""
    other = Store(store.url)
    yield other
    await other.close()


async def refusal(store: Store) -> str:
    """Give the sentence with which a database is refused, by reading and by migrating alike."""
    with pytest.raises(StoreError) as read:
        await revision(store)
    with pytest.raises(StoreError) as migrated:
        await migrate(store)
    await store.close()
    assert str(read.value) == str(migrated.value)
    assert LOCKED_PASSWORD not in str(read.value)
    return str(read.value)


async def test_what_stands_in_the_way_is_told_in_a_sentence(store: Store, database: Postgres):
    """No such database, no such user, a wrong password, no server: each has its sentence, and no password is in it."""
    locked = store.url.set(username=LOCKED_ROLE)
    refused = "the database refuses the user or the password in CASCADE_DATABASE_URL"
    gone = "the database server cannot be reached: is it running, and are its host and port right?"
    assert "create it first" in await refusal(Store(store.url.set(database="nowhere")))
    assert await refusal(Store(store.url.set(username="nobody-known"))) == refused
    if database.home:
        await database.command(
            f"DROP ROLE IF EXISTS {LOCKED_ROLE}", f"CREATE ROLE {LOCKED_ROLE} LOGIN PASSWORD '{LOCKED_PASSWORD}'"
        )
        assert await refusal(Store(locked.set(password=f"not-{LOCKED_PASSWORD}"))) == refused
        assert "lacks a right there" in await refusal(Store(locked.set(password=LOCKED_PASSWORD)))
    assert await refusal(Store(store.url.set(host="127.0.0.1", port=9, query={}))) == gone
    assert await refusal(Store(store.url.set(host="no-such-host.invalid", query={}))) == gone


async def test_a_server_that_is_too_old_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch):
    """A server older than the statements need is named with its version, before anything is done on it."""
    monkeypatch.setattr("alerts.store.engine.OLDEST_POSTGRESQL", 99)
    assert "Cascade needs 99 or newer" in await refusal(Store(store.url))


async def test_a_server_without_a_connection_to_spare_is_told(store: Store, database: Postgres):
    """Too many connections are named for what they are."""
    if database.home is None:
        pytest.skip("somebody else's server gets no user from us")
    await database.command(
        "DROP ROLE IF EXISTS cascade_guest",
        "CREATE ROLE cascade_guest LOGIN",
        f'ALTER DATABASE "{store.url.database}" CONNECTION LIMIT 0',
    )
    guest = Store(store.url.set(username="cascade_guest"))
    try:
        assert "no connection to spare" in await refusal(guest)
    finally:
        await database.command(f'ALTER DATABASE "{store.url.database}" CONNECTION LIMIT -1')


async def test_a_reading_transaction_cannot_write(store: Store):
    """What opens a transaction for reading is held to it by the server."""
    with pytest.raises(StoreError, match="the database is read-only"):
        async with store.reading() as connection:
            await connection.execute(meta.insert().values(key="n", value="1"))


async def test_a_statement_that_takes_too_long_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch):
    """No use case waits for ever for one statement."""
    monkeypatch.setattr("alerts.store.engine.STATEMENT_SECONDS", 0.05)
    hurried = Store(store.url)
    with pytest.raises(StoreError, match="the database did not answer in time"):
        async with hurried.reading() as connection:
            await connection.execute(text("SELECT pg_sleep(5)"))
    assert await hurried.fact("n") is None
    await hurried.close()


async def test_a_writer_waits_for_another_machines_and_not_for_ever(impatient: None, store: Store):
    """While one transaction writes, another machine's is refused after the wait, and reading goes on."""
    elsewhere = Store(store.url)
    async with store.writing() as connection:
        await connection.execute(meta.insert().values(key="n", value="1"))
        with pytest.raises(StoreError, match="the database is locked by another program"):
            await elsewhere.keep_fact("n", "2")
        assert await elsewhere.fact("n") is None
    await elsewhere.keep_fact("n", "2")
    assert await store.fact("n") == "2"
    await elsewhere.close()


async def test_machines_that_write_at_once_lose_nothing(
    store: Store, elsewhere: Store, clock: DrivenClock, directory: Directory
):
    """Whatever reads before it writes comes out as if one had waited for the other, on whatever machine it runs."""
    await asyncio.gather(*(one.keep_fact("n", f"{turn}") for turn in range(10) for one in (store, elsewhere)))
    rosters = [Roster(one, clock, TRAIL, directory) for one in (store, elsewhere)]
    for user_id, roster in enumerate(rosters, start=1):
        await roster.grant(user_id, Role.OWNER)
    ended = await asyncio.gather(rosters[0].revoke(1), rosters[1].revoke(2), return_exceptions=True)
    assert [type(end) for end in ended if end] == [InvalidInput]
    talks = [Conversations(one, clock) for one in (store, elsewhere)]
    await asyncio.gather(*(talk.open(7, "subscribe", "name", {}) for talk in talks * 5))
    here, there = (Outbox(one, clock, directory) for one in (store, elsewhere))
    await here.subscribe(*range(1, 41))
    alerts = await asyncio.gather(*(outbox.send() for outbox in (here, there) * 5))
    assert sorted(alert.reference for alert in alerts) == [f"C-2026-{number:04d}" for number in range(1, 11)]
    claimed = await asyncio.gather(*(outbox.claim(30) for outbox in (here, there) * 7))
    ids = [row.id for rows in claimed for row in rows]
    assert len(ids) == len(set(ids)) == 400
    ended = await asyncio.gather(
        *(one.desk.cancel(alerts[0].id, by=None) for one in (here, there)), return_exceptions=True
    )
    assert [type(end) for end in ended if isinstance(end, Exception)] == [Stale]


async def test_machines_that_start_at_once_migrate_once(database: Postgres):
    """Two programs that find an empty database both end with a migrated one."""
    async with database.empty_database() as url:
        stores = [Store(url) for _ in range(3)]
        assert await asyncio.gather(*map(migrate, stores)) == [newest_revision()] * 3
        for store in stores:
            await store.close()


async def test_an_id_beyond_the_column_is_not_there(store: Store, clock: DrivenClock, directory: Directory):
    """A number that the database cannot hold names nothing, and is not told back."""
    with pytest.raises(NotFound, match="a number of that size"):
        await Outbox(store, clock, directory).desk.find(10**30)


async def test_a_dropped_connection_is_taken_up_again(store: Store, database: Postgres):
    """After the server has ended every idle session the next use works, and nobody is told."""
    await store.keep_fact("n", "1")
    assert store.url.database is not None
    assert await database.end_sessions(store.url.database) >= 1
    assert await store.fact("n") == "1"
    assert await database.end_sessions(store.url.database) >= 1
    await store.keep_fact("n", "2")
    assert await store.fact("n") == "2"


async def test_a_connection_that_drops_in_a_transaction_leaves_nothing_of_it(store: Store, database: Postgres):
    """A writer whose session ends in its middle says so, nothing of it is written, and the next one need not wait."""
    with pytest.raises(StoreError, match=LOST):
        await write_and_lose_the_session(store, database, then="m")
    assert (await store.fact("n"), await store.fact("m")) == (None, None)
    with pytest.raises(StoreError, match=LOST):
        await write_and_lose_the_session(store, database, then=None)
    assert await store.fact("n") is None
    await store.keep_fact("n", "2")


async def write_and_lose_the_session(store: Store, database: Postgres, *, then: str | None) -> None:
    """Write a fact in a session that is ended before another fact, or before the commit."""
    assert store.url.database is not None
    async with store.writing() as connection:
        await connection.execute(meta.insert().values(key="n", value="1"))
        assert await database.end_sessions(store.url.database, which=IN_TRANSACTION) == 1
        if then:
            await connection.execute(meta.insert().values(key=then, value="1"))


async def test_a_server_that_stops_and_starts_is_taken_up_again(store: Store, database: Postgres):
    """While the server is away each use says so, and after it has come back each works."""
    if database.home is None:
        pytest.skip("somebody else's server is not stopped")
    await store.keep_fact("n", "1")
    database.stop()
    try:
        for _ in range(3):
            with pytest.raises(StoreError, match=AWAY):
                await store.fact("n")
            with pytest.raises(StoreError, match=AWAY):
                await store.keep_fact("n", "2")
    finally:
        database.start()
    assert await store.fact("n") == "1"
    await store.keep_fact("n", "2")
    assert await store.fact("n") == "2"


async def test_a_dispatcher_survives_a_restart_of_the_server(outbox: Outbox, database: Postgres):
    """What was sent while the server was away is recorded when it is back, and everybody gets the alert once."""
    if database.home is None:
        pytest.skip("somebody else's server is not stopped")
    await outbox.subscribe(*range(1, 31))
    alert = await outbox.send()
    sender = RecordingSender(outbox)
    sender.gate.clear()
    async with sending(outbox, sender=sender) as at_work:
        await at_work.until_tried(8)
        database.stop()
        try:
            sender.gate.set()
            await at_work.pass_seconds(3)
        finally:
            database.start()
        await at_work.until_sent(alert.id)
    assert sorted(sender.chats()) == list(range(1, 31))
    assert {(row.state, row.attempts, row.uncertain_count) for row in await outbox.rows(alert.id)} == {("sent", 1, 0)}


async def test_a_dispatcher_survives_sessions_that_end(outbox: Outbox, database: Postgres):
    """Sessions that end again and again under a running dispatcher cost time, and no recipient is left out."""
    assert outbox.store.url.database is not None
    await outbox.subscribe(*range(1, 61))
    alert = await outbox.send()
    async with sending(outbox, per_second=20) as at_work:
        for _ in range(5):
            await at_work.pass_seconds(0.3)
            await database.end_sessions(outbox.store.url.database)
        await at_work.until_sent(alert.id)
    assert sorted(at_work.sender.chats()) == list(range(1, 61))


async def test_rows_of_a_claim_that_was_not_answered_are_sent(outbox: Outbox):
    """What a claim took without hearing so is not left lying: it goes out, and nothing is counted as doubtful."""
    deaf = DeafStore(outbox.store.url)
    await outbox.subscribe(1, 2, 3)
    alert = await outbox.send()
    deaf.is_deaf = True
    async with sending(outbox, queue=Queue(deaf, holder="here")) as at_work:
        await at_work.until_sent(alert.id)
    await deaf.close()
    assert sorted(at_work.sender.chats()) == [1, 2, 3]
    assert {(row.attempts, row.uncertain_count) for row in await outbox.rows(alert.id)} == {(1, 0)}
