"""Requests for approval on their way through Telegram: one that cannot be shown stands in no other's way."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from support.clock import DrivenClock
from support.outbox import Outbox
from telegram.ext import ExtBot
from telegram_line import BOT

from alerts.delivery.states import DeliveryState
from alerts.people.notices import Notice, NoticeKind, Notices
from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus, Change
from alerts.publishing.files import Files
from alerts.store import Store
from alerts.store.conversations import Conversations
from alerts.store.tables import alerts
from alerts.subscribers.sectors import Directory
from bot.sandbox import Sandbox
from bot.telegram.reviewer import Reviewer
from handlers.notice import notice_screen
from handlers.replies import Replies
from handlers.review import Reviewing
from handlers.texts import Texts
from handlers.waiting import Waiting

DANA, EVE, OLU = 13, 14, 15


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk, a roll and a queue."""
    return Outbox(store, clock, directory)


@pytest.fixture
def waiting(outbox: Outbox) -> Waiting:
    """What an author sees while an alert waits."""
    return Waiting(Texts(ZoneInfo("Europe/London")), outbox.desk, outbox.roster)


@pytest.fixture
def reviewer(outbox: Outbox, waiting: Waiting, bot: ExtBot[None]) -> Reviewer:
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


async def notices(outbox: Outbox) -> dict[int, list[NoticeKind]]:
    """Give whom which notice waits for."""
    found: dict[int, list[NoticeKind]] = {}
    for one in await Notices(outbox.store, outbox.clock).waiting():
        found.setdefault(one.user_id, []).append(one.kind)
    return found


async def submitted(outbox: Outbox, waiting: Waiting, bot: ExtBot[None]) -> Alert:
    """Let Dana submit an alert, and show her how it stands in a message that follows it."""
    await outbox.subscribe(101)
    dana = await outbox.hire(DANA)
    draft = await outbox.draft(DANA)
    alert, _ = await outbox.desk.confirm(draft.id, draft.revision, dana)
    await Replies(bot).send(DANA, await waiting.follow(alert, DANA))
    return alert


@pytest.mark.parametrize("has_started", [True, False])
async def test_an_approver_who_cannot_be_reached_does_not_count_as_asked(
    outbox: Outbox, reviewer: Reviewer, waiting: Waiting, sandbox: Sandbox, bot: ExtBot[None], has_started: bool
):
    """Blocked or never started: the author's message names them, and the author and the owners are told once."""
    arrive(sandbox, DANA)
    sandbox.world.add_account(id=EVE, first_name="Eve")
    if has_started:
        sandbox.world.say(sandbox.world.chat(EVE, BOT), "/start")
        sandbox.world.set_blocked(sandbox.world.chat(EVE, BOT), blocked=True)
    await outbox.hire(EVE)
    alert = await submitted(outbox, waiting, bot)
    assert any("Asked: Person 14. One of them is enough." in text for text in told(sandbox, DANA))
    for _ in range(3):
        await reviewer.look()
    [text] = told(sandbox, DANA)
    assert "Nobody who may approve it could be reached: Person 14." in text
    assert await notices(outbox) == {DANA: [NoticeKind.ALERT_NOBODY_REACHED]}
    eve = await outbox.roster.find(EVE)
    assert eve is not None
    sent, _ = await outbox.desk.approve(alert.id, alert.revision, eve)  # from /drafts
    assert sent.status is AlertStatus.SENDING


async def test_while_somebody_was_asked_the_others_are_named_alone(
    outbox: Outbox, reviewer: Reviewer, waiting: Waiting, sandbox: Sandbox, bot: ExtBot[None]
):
    """An owner who was reached can approve it: the message says who could not be, and nobody is alarmed."""
    arrive(sandbox, DANA)
    arrive(sandbox, OLU)
    sandbox.world.add_account(id=EVE, first_name="Eve")
    await outbox.hire(EVE)
    await outbox.grant(OLU, role=Role.OWNER)
    await submitted(outbox, waiting, bot)
    for _ in range(2):
        await reviewer.look()
    [text] = told(sandbox, DANA)
    assert text.endswith("Asked: Person 15. One of them is enough.\nCould not be reached: Person 14.")
    assert await notices(outbox) == {}


async def test_who_cannot_be_reached_is_left_no_notice(outbox: Outbox, reviewer: Reviewer, sandbox: Sandbox):
    """An owner who never pressed Start is one of those who were not reached, and the command line reads no notice."""
    await outbox.subscribe(101)
    await outbox.hire(DANA)
    await outbox.grant(OLU, role=Role.OWNER)
    alert = await outbox.send()
    for account in (DANA, OLU):
        sandbox.world.add_account(id=account, first_name="Olu")
    await reviewer.look()
    assert await notices(outbox) == {}
    assert (await outbox.desk.standing(alert.id)).unreached == ("Person 13", "Person 15")


def test_the_notice_has_its_words():
    """It names the alert and who was not reached."""
    details = {"alert": 7, "reference": "C-2026-0007", "headline": "Gate", "names": ["Eve", ""]}
    moment = DrivenClock().now()
    notice = Notice(1, DANA, NoticeKind.ALERT_NOBODY_REACHED, details, moment)
    assert "Not reached: Eve; a colleague." in notice_screen(Texts(ZoneInfo("Europe/London")), notice).html
