"""A group's own limit: 20 messages a minute, whatever is asked and sent there, and nobody else waits for it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from support.content import content
from support.group_member import bot_said, found, member, subscribe_group
from support.patience import until
from support.talk import ask, copies, enrol
from support.town import Town, town_at

from alerts.delivery.states import OPEN
from alerts.publishing.alert import Severity
from alerts.store.tables import deliveries

ANN = 11
ALERTS, PEOPLE = 24, 20


async def test_a_full_group_waits_its_minute_and_everybody_else_goes_on(tmp_path: Path) -> None:
    """Of 24 alerts a group gets what its minute holds and no 429, people all of theirs; its rows lie still."""
    async with town_at(tmp_path) as town:
        people = await enrol(town, PEOPLE)
        group = found(town, ANN)
        ann = await member(town, group, ANN)
        await town.start_bot()
        await subscribe_group(ann, "Aviation")
        for _ in range(3):
            await ask(ann, "/threat", "The threat level now")
        for number in range(ALERTS):
            await town.domain.desk.issue(content(f"Gate {number:02} closed"), origin="test")

        async def only_the_group_waits() -> bool:
            return await town.open_chats() == [group.id] * (ALERTS - 15)

        await until(only_the_group_waits, "everybody but the group to have all alerts")
        assert len(bot_said(group)) == 20
        assert {copies(town, account, "closed") for account in people} == {ALERTS}
        assert {call["status"] for call in town.calls("sendMessage")} == {200}
        await rows_lie_still(town)


async def rows_lie_still(town: Town) -> None:
    """Wait until what waits has been put off to the end of the group's minute, untried."""
    waiting = select(deliveries.c.not_before, deliveries.c.attempts, deliveries.c.state).where(
        deliveries.c.state.in_(OPEN)
    )

    async def all_put_off() -> bool:
        async with town.domain.store.reading() as connection:
            rows = (await connection.execute(waiting)).all()
        soonest = datetime.now(UTC) + timedelta(seconds=30)
        return all((row.state, row.attempts) == ("queued", 0) and row.not_before > soonest for row in rows)

    await until(all_put_off, "the group's rows to wait for its next minute")


async def test_an_urgent_alert_finds_room_in_a_group_where_everybody_asks(tmp_path: Path) -> None:
    """After more questions than a minute holds an urgent alert gets through at once."""
    async with town_at(tmp_path) as town:
        group = found(town, ANN)
        ann = await member(town, group, ANN)
        await town.start_bot()
        await subscribe_group(ann, "Aviation")
        for _ in range(30):
            await ann.say("/threat")
        await town.settled()
        assert sum("The threat level now" in text for text in bot_said(group)) <= 6
        await town.domain.desk.issue(content("Gate closed", severity=Severity.URGENT), origin="test")
        await ann.reads("URGENT: Gate closed")
        assert {call["status"] for call in town.calls("sendMessage")} == {200}
