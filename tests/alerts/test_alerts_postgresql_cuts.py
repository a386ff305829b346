"""PostgreSQL cuts the session in the middle of a claim and of a record: nothing is lost, nothing sent twice."""

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.util import await_only
from structlog.testing import capture_logs
from support.databases import on_postgresql
from support.outbox import Outbox
from support.postgres import Postgres
from support.sending import sending

from alerts.delivery.queue import Queue
from alerts.store import Store

pytestmark = on_postgresql
PEOPLE = range(1, 61)
THE_BOOKS = ("deliveries.chat_id", "deliveries.not_before IS NULL")
"""The statement that finds new rows to claim."""

THE_LEASE = ("UPDATE deliveries SET state", "not_before IS NULL", "deliveries.id <=")
THE_RECORD = ("UPDATE deliveries SET state", "message_id", "recordset")


class Cutter:
    """Ends the session of whoever runs certain statements, from another session and right after them.

    Args:
        store: whose sessions.
        server: who ends them.
        parts: what the statements contain, all of it.
        turns: which of those statements are cut, counted from 1.
    """

    def __init__(self, store: Store, server: Postgres, parts: tuple[str, ...], turns: frozenset[int]) -> None:
        self.cuts = 0
        self._server = server
        self._database = str(store.url.database)
        self._parts = parts
        self._turns = turns
        self._met = 0
        event.listen(store.engine.sync_engine, "after_cursor_execute", self._look)

    def _look(self, connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        """Cut a session whose transaction has come this far and is not committed."""
        if not all(part in statement for part in self._parts):
            return
        self._met += 1
        if self._met in self._turns:
            pid = connection.connection.driver_connection.get_server_pid()
            self.cuts += await_only(self._server.end_sessions(self._database, which=f"pid = {pid}"))


@pytest.mark.parametrize("parts", [THE_BOOKS, THE_LEASE, THE_RECORD], ids=["claim", "lease", "record"])
async def test_a_session_that_is_cut_loses_nothing_and_doubles_nothing(
    outbox: Outbox, database: Postgres, parts: tuple[str, ...]
) -> None:
    """Everybody gets one copy, in no doubt, although the transaction that claims or records is lost four times."""
    await outbox.subscribe(*PEOPLE)
    alert = await outbox.send()
    store = Store(outbox.store.url)
    cutter = Cutter(store, database, parts, frozenset({1, 3, 4, 8}))
    with capture_logs() as logs:
        async with sending(outbox, queue=Queue(store, holder="here")) as at_work:
            await at_work.until_sent(alert.id)
    await store.close()
    assert cutter.cuts == 4
    assert sum(line["event"] == "outbox_unusable" for line in logs) == 4
    assert sorted(at_work.sender.chats()) == list(PEOPLE)
    assert {(row.state, row.attempts, row.uncertain_count) for row in await outbox.rows(alert.id)} == {("sent", 1, 0)}
