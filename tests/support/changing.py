"""What tests of changed alerts look at: the bot's messages in a chat, and when everything has come to its end."""

from dataclasses import replace

from sqlalchemy import select
from support.patience import until
from support.town import BOT, Town

from alerts.delivery.states import OPEN
from alerts.publishing.alert import Alert, AlertStatus, Change
from alerts.publishing.change_report import ChangeReport
from alerts.publishing.desk import Content
from alerts.store.tables import alerts, deliveries
from bot.sandbox.chats import Message as Stored


def of_bot(town: Town, account: int) -> list[Stored]:
    """List what stands of the bot in a private chat, oldest first."""
    return [stored for stored in town.sandbox.world.chat(account, BOT).messages.values() if stored.sender.is_bot]


def words(town: Town, account: int) -> list[str]:
    """Give the texts and captions of these."""
    return [stored.text or stored.caption for stored in of_bot(town, account)]


def is_bare(stored: Stored) -> bool:
    """Tell whether a message has no buttons."""
    return not (stored.reply_markup or {}).get("inline_keyboard")


async def quiet(town: Town) -> None:
    """Wait until no row of any alert is open, and no alert is being sent."""
    unsent = select(deliveries.c.id).where(deliveries.c.state.in_(OPEN)).limit(1)
    sending = select(alerts.c.id).where(alerts.c.status == AlertStatus.SENDING.value).limit(1)

    async def nothing_open() -> bool:
        async with town.domain.store.reading() as connection:
            found = [(await connection.execute(statement)).first() for statement in (unsent, sending)]
        return found == [None, None]

    await until(nothing_open, "every row to come to its end")


async def sent(town: Town, content: Content) -> Alert:
    """Send an alert, wait until it has arrived, and give it."""
    alert, _ = await town.domain.desk.issue(content, origin="command line")
    await quiet(town)
    return await town.domain.desk.find(alert.id)


async def what_became(town: Town, alert: Alert) -> ChangeReport:
    """Give the report of a change, whose numbers add up to its rows."""
    report = await town.domain.reports.full(alert.id)
    change = report.change
    assert change is not None
    copies = change.copies
    told = copies.replied + copies.anew + copies.edited + copies.deleted + copies.waiting + copies.not_done
    assert told == report.counted.recipients
    return change


async def follow(town: Town, earlier: Alert, change: Change, **changes: str) -> Alert:
    """Change an alert as the command line does, wait until all is done, and give what did it."""
    made = replace(await town.domain.follow_ups.content(earlier.id, change), **changes)
    alert, _ = await town.domain.desk.issue(made, origin="command line")
    await quiet(town)
    return alert
