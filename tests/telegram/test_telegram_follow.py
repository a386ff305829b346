"""The officer's report on its way through Telegram: given once, whatever the database does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL
from telegram.ext import ExtBot
from telegram_line import BOT

from alerts.audit.record import Record
from alerts.delivery.states import DeliveryState
from alerts.errors import StoreError
from alerts.publishing.approvals import Rule
from alerts.publishing.desk import Desk
from alerts.publishing.reports import Reports
from alerts.store import Store
from alerts.subscribers.sectors import Directory
from bot.sandbox import Sandbox
from bot.telegram.follow import Follower
from handlers.progress import Progress
from handlers.replies import Replies
from handlers.texts import Texts

DANA, EVE = 501, 502


class Jammed(Store):
    """A database that cannot be written while it is jammed."""

    is_jammed = False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, or refuse to."""
        if self.is_jammed:
            raise StoreError("the database cannot be written")
        async with super().writing() as connection:
            yield connection


async def confirmed(outbox: Outbox, author: int) -> int:
    """Send an officer's alert, let its only delivery come to an uncertain end, and give its number."""
    draft = await outbox.draft(author)
    await outbox.desk.confirm(draft.id, draft.revision, await outbox.hire(author))
    (row,) = await outbox.claim()
    await outbox.record(row, DeliveryState.UNCERTAIN)
    return draft.id


def reports(sandbox: Sandbox, account: int) -> int:
    """Count the final reports in an officer's chat."""
    messages = sandbox.world.chat(account, BOT).messages.values()
    return sum("Sent: C-" in (message.text or "") for message in messages if message.sender.is_bot)


async def test_while_the_database_cannot_be_written_each_officer_has_one_report(
    store: Store, clock: DrivenClock, directory: Directory, sandbox: Sandbox, bot: ExtBot[None]
):
    """Both reports go out once although the first cannot be noted; sending again brings one more."""
    for account in (DANA, EVE):
        sandbox.world.add_account(id=account, first_name="Officer")
        sandbox.world.say(sandbox.world.chat(account, BOT), "/start")
    outbox = Outbox(store, clock, directory, Rule(two_persons=False))
    await outbox.subscribe(1)
    first, _ = await confirmed(outbox, DANA), await confirmed(outbox, EVE)
    jammed = Jammed(store.url)
    desk = Desk(jammed, clock, TRAIL, directory)
    progress = Progress(Texts(ZoneInfo("Europe/London")), desk, Reports(jammed, clock), Record(jammed, clock, TRAIL))
    follower = Follower(desk, progress, Replies(bot))
    try:
        jammed.is_jammed = True
        for _ in range(4):
            await follower.look()
        assert (reports(sandbox, DANA), reports(sandbox, EVE)) == (1, 1)
        assert len(await desk.unreported()) == 2
        jammed.is_jammed = False
        await follower.look()
        assert await desk.unreported() == []
        assert (reports(sandbox, DANA), reports(sandbox, EVE)) == (1, 1)

        await desk.send_uncertain_again(first)
        await follower.look()
        (row,) = await outbox.claim()
        await outbox.record(row, DeliveryState.SENT)
        for _ in range(3):
            await follower.look()
        assert (reports(sandbox, DANA), reports(sandbox, EVE)) == (2, 1)
    finally:
        await jammed.close()
