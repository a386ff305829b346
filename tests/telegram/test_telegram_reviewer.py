"""Requests for approval on their way through Telegram: one that cannot be shown stands in no other's way."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from support.clock import DrivenClock
from support.outbox import Outbox
from telegram.ext import ExtBot
from telegram_line import BOT

from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, AlertStatus, Change
from alerts.publishing.files import Files
from alerts.store import Store
from alerts.store.conversations import Conversations
from alerts.store.tables import alerts
from alerts.subscribers.sectors import Directory
from bot.sandbox import Sandbox
from bot.telegram.reviewer import Reviewer
from handlers.replies import Replies
from handlers.review import Reviewing
from handlers.texts import Texts
from handlers.waiting import Waiting

DANA, EVE = 13, 14


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk, a roll and a queue."""
    return Outbox(store, clock, directory)


@pytest.fixture
def reviewer(outbox: Outbox, bot: ExtBot[None]) -> Reviewer:
    """The duty that asks people."""
    texts = Texts(ZoneInfo("Europe/London"))
    reviewing = Reviewing(
        texts=texts,
        desk=outbox.desk,
        message=outbox.message,
        follow_ups=outbox.follow_ups,
        changes=outbox.changes,
        conversations=Conversations(outbox.store, outbox.clock),
        clock=outbox.clock,
    )
    waiting = Waiting(texts, outbox.desk, outbox.roster)
    return Reviewer(outbox.desk, outbox.roster, reviewing, waiting, Replies(bot), Files(outbox.store))


def arrive(sandbox: Sandbox, account: int) -> None:
    """Let somebody press Start."""
    sandbox.world.add_account(id=account, first_name=f"Person {account}")
    sandbox.world.say(sandbox.world.chat(account, BOT), "/start")


def told(sandbox: Sandbox, account: int) -> list[str]:
    """Give what stands of the bot in somebody's chat."""
    messages = sandbox.world.chat(account, BOT).messages.values()
    return [message.text or "" for message in messages if message.sender.is_bot]


async def overtaken(outbox: Outbox) -> Alert:
    """Submit an update of an alert that is cancelled before anybody was shown it, and have it wait all the same."""
    dana, eve = await outbox.grant(DANA, EVE)
    await outbox.subscribe(101)
    first = await outbox.send()
    await outbox.desk.approve(first.id, first.revision, eve)
    for row in await outbox.claim():
        await outbox.record(row, DeliveryState.SENT, message_id=1)
    draft = await outbox.follow_ups.draft(first.id, Change.UPDATE, dana)
    late, _ = await outbox.desk.confirm(draft.id, draft.revision, dana)
    await outbox.follow_ups.at_once(first.id, Change.CANCEL, eve)
    return late


async def test_one_that_cannot_be_shown_does_not_keep_the_newer_from_being_asked_for(
    outbox: Outbox, reviewer: Reviewer, sandbox: Sandbox
):
    """A database may hold a follow-up that waits although what it changes has changed: the newer alert is shown."""
    arrive(sandbox, EVE)
    late = await overtaken(outbox)
    async with outbox.store.writing() as connection:
        submitted = {"status": AlertStatus.SUBMITTED.value}
        await connection.execute(update(alerts).where(alerts.c.id == late.id).values(**submitted))
    draft = await outbox.draft(DANA)
    dana = await outbox.roster.find(DANA)
    assert dana is not None
    newer, _ = await outbox.desk.confirm(draft.id, draft.revision, dana)
    await reviewer.look()
    assert any(newer.reference in text and "waits for your approval" in text for text in told(sandbox, EVE))
    assert not any(late.reference in text for text in told(sandbox, EVE))
