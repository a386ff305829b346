"""Notices on their way through Telegram: given once, noted where they cannot be, kept through an outage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from support.clock import DrivenClock
from telegram.ext import ExtBot
from telegram_line import BOT, Line, bot_at, http_answer

from alerts.errors import NotFound, StoreError
from alerts.people.notices import AT_ONCE, Notice, NoticeKind, Notices, leave_notice
from alerts.store import Store
from alerts.store.tables import notices
from bot.sandbox import Sandbox
from bot.telegram.tell import Teller
from handlers.replies import Replies
from handlers.screen import Screen
from handlers.texts import Texts

OWNER, STRANGER = 901, 902
STORED = b'{"ok":true,"result":{"message_id":7,"date":1,"text":"x","chat":{"id":901,"type":"private"}}}'
BLOCKED = b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'
UNKNOWN = b'{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}'
FLOODED = (
    b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","parameters":{"retry_after":3}}'
)


class Jammed(Store):
    """A database that cannot be written while it is jammed."""

    is_jammed = True

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, or refuse to."""
        if self.is_jammed:
            raise StoreError("the database cannot be written")
        async with super().writing() as connection:
            yield connection


class Desk:
    """Leaves notices and reads what became of them."""

    def __init__(self, store: Store, clock: DrivenClock) -> None:
        self.store = store
        self.clock = clock
        self.notices = Notices(store, clock)

    def teller(self, bot: ExtBot[None]) -> Teller:
        """Make a teller that writes through this bot."""
        return Teller(self.notices, Replies(bot), Texts(ZoneInfo("Europe/London")))

    async def leave(self, *user_ids: int, name: str = "Doors") -> None:
        """Leave a notice that a schedule was paused."""
        now = self.clock.now()
        details = {"name": name, "due_at": now, "reason": "its author is gone"}
        async with self.store.writing() as connection:
            await leave_notice(connection, user_ids, NoticeKind.SCHEDULE_PAUSED, now, **details)

    async def ends(self) -> list[tuple[int, bool, str | None]]:
        """Give for each notice its person, whether it is over, and why it could not be given."""
        statement = select(notices).order_by(notices.c.id)
        async with self.store.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [(row.user_id, row.sent_at is not None, row.failure) for row in rows]


@pytest.fixture
def desk(store: Store, clock: DrivenClock) -> Desk:
    """Notices over a database of their own."""
    return Desk(store, clock)


@pytest.fixture
async def line_bot(line: Line) -> AsyncIterator[ExtBot[None]]:
    """The library's bot at the raw server."""
    async with bot_at(line.address) as opened:
        yield opened


def told(sandbox: Sandbox, account: int) -> list[str]:
    """Give what the bot wrote to an account."""
    messages = sandbox.world.chat(account, BOT).messages.values()
    return [message.text or "" for message in messages if message.sender.is_bot]


async def test_a_notice_is_given_once(desk: Desk, sandbox: Sandbox, bot: ExtBot[None]):
    """Its sentence arrives with what it names, special characters and all, and a second look gives nothing more."""
    sandbox.world.add_account(id=OWNER, first_name="Olga")
    sandbox.world.say(sandbox.world.chat(OWNER, BOT), "/start")
    await desk.leave(OWNER, name="Doors <& gates>")
    teller = desk.teller(bot)
    await teller.look()
    await teller.look()
    (text,) = told(sandbox, OWNER)
    assert text.startswith("The schedule “Doors <& gates>” is paused. Nothing was sent at ")
    assert "\nThe reason: its author is gone. An officer can" in text
    assert await desk.ends() == [(OWNER, True, None)]


async def test_who_has_not_pressed_start_does_not_hold_up_the_others(desk: Desk, sandbox: Sandbox, bot: ExtBot[None]):
    """An account without a chat and one that does not exist are noted as failed, and the owner behind them is told."""
    for account in (OWNER, STRANGER):
        sandbox.world.add_account(id=account, first_name="Olga")
    sandbox.world.say(sandbox.world.chat(OWNER, BOT), "/start")
    await desk.leave(STRANGER, 903, OWNER)
    await desk.teller(bot).look()
    stranger, nobody, owner = await desk.ends()
    assert (stranger[1], nobody[1]) == (True, True)
    assert stranger[2]
    assert nobody[2]
    assert owner == (OWNER, True, None)
    assert len(told(sandbox, OWNER)) == 1


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [(403, BLOCKED, "the person cannot be written to"), (400, UNKNOWN, "Chat not found")],
)
async def test_who_cannot_be_written_to_is_not_tried_again(
    desk: Desk, line: Line, line_bot: ExtBot[None], status: int, answer: bytes, reason: str
):
    """A person who blocked the bot or is unknown is noted with the reason, and asked of Telegram once."""
    line.answer = http_answer(status, answer)
    await desk.leave(OWNER)
    teller = desk.teller(line_bot)
    await teller.look()
    await teller.look()
    assert await desk.ends() == [(OWNER, True, reason)]
    assert len(line.requests) == 1


OUTAGES: list[Any] = [
    pytest.param(http_answer(502, b"Bad Gateway"), id="bad gateway"),
    pytest.param(http_answer(429, FLOODED), id="flooded"),
    pytest.param(b"", id="hung up"),
]


@pytest.mark.parametrize("answer", OUTAGES)
async def test_during_an_outage_a_notice_waits(desk: Desk, line: Line, line_bot: ExtBot[None], answer: bytes):
    """What does not get through is kept, also for the person behind it, and given once when the way is free again."""
    await desk.leave(OWNER, STRANGER)
    teller = desk.teller(line_bot)
    line.answer = answer
    await teller.look()
    assert await desk.ends() == [(OWNER, False, None), (STRANGER, False, None)]
    line.answer = http_answer(200, STORED)
    during = len(line.requests)
    await teller.look()
    await teller.look()
    assert await desk.ends() == [(OWNER, True, None), (STRANGER, True, None)]
    assert len(line.requests) == during + 2


@pytest.mark.parametrize("problem", [NotFound("there is no schedule 7"), KeyError("name")])
async def test_a_notice_that_cannot_be_worded_holds_up_no_other(
    desk: Desk, line: Line, line_bot: ExtBot[None], problem: Exception
):
    """What it tells of may be gone: it is noted as failed with the reason, and who is told behind it is told."""

    async def gone(_notice: Notice) -> tuple[Screen, ...]:
        raise problem

    now = desk.clock.now()
    async with desk.store.writing() as connection:
        await leave_notice(connection, [OWNER], NoticeKind.SCHEDULE_SUBMITTED, now, schedule=7)
    await desk.leave(STRANGER)
    line.answer = http_answer(200, STORED)
    texts = Texts(ZoneInfo("Europe/London"))
    teller = Teller(desk.notices, Replies(line_bot), texts, {NoticeKind.SCHEDULE_SUBMITTED: gone})
    await teller.look()
    assert await desk.ends() == [(OWNER, True, f"it cannot be put into words: {problem}"), (STRANGER, True, None)]
    assert len(line.requests) == 1


async def test_while_the_database_cannot_be_written_a_notice_is_given_once(
    desk: Desk, sandbox: Sandbox, bot: ExtBot[None]
):
    """Each person is told once however long it lasts, who is far down the queue too; what is left is the noting."""
    people = range(1, AT_ONCE + 3)
    for account in people:
        sandbox.world.add_account(id=account, first_name="Olga")
        sandbox.world.say(sandbox.world.chat(account, BOT), "/start")
    await desk.leave(*people)
    jammed = Jammed(desk.store.url)
    teller = Teller(Notices(jammed, desk.clock), Replies(bot), Texts(ZoneInfo("Europe/London")))
    try:
        for _ in range(3):
            await teller.look()
        assert [len(told(sandbox, account)) for account in people] == [1] * len(people)
        assert await desk.ends() == [(account, False, None) for account in people]
        jammed.is_jammed = False
        await teller.look()
    finally:
        await jammed.close()
    assert await desk.ends() == [(account, True, None) for account in people]
    assert [len(told(sandbox, account)) for account in people] == [1] * len(people)
