"""The whole bot on PostgreSQL: the main job, and a restart in the middle of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from support.content import content
from support.databases import on_postgresql
from support.patience import until
from support.postgres import Postgres
from support.talk import copies, enrol, officer, reach_preview, subscribe
from support.town import Town, town_at

from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus

pytestmark = on_postgresql
CONTACT, OTHER, OFFICER = 11, 12, 13
HEADLINE = "Suspicious vehicle at the east gate"


@pytest.fixture
async def built(database: Postgres, tmp_path: Path) -> AsyncIterator[Town]:
    """A town on an empty database, whose bot is not started yet."""
    async with database.empty_database() as url:
        address = url.render_as_string(hide_password=False)
        async with town_at(tmp_path, database_url=address, rate_per_second=100) as town:
            yield town


async def until_over(town: Town) -> dict[DeliveryState, int]:
    """Wait until the first alert has come to its end, and give the counts of its report."""

    async def is_over() -> bool:
        return (await town.domain.desk.find(1)).status is AlertStatus.SENT

    await until(is_over, "the end of the alert", seconds=30)
    return {state: count for state, count in (await town.domain.desk.report(1))[1].counts.items() if count}


async def test_an_alert_goes_from_its_author_to_its_sector(built: Town) -> None:
    """People subscribe, an officer composes and confirms, and the alert reaches its sector and nobody else."""
    await built.start_bot()
    contact, other = await built.person(CONTACT), await built.person(OTHER, "Ben")
    author = await officer(built, OFFICER)
    await subscribe(contact, "Aerospace", "Agriculture")
    await subscribe(other, "Automotive")
    await reach_preview(author, HEADLINE, sectors="Aerospace")
    await author.press("Send now to 1")
    await contact.reads(f"URGENT: {HEADLINE}")
    await author.reads("Sent: C-")
    assert await until_over(built) == {DeliveryState.SENT: 1}
    assert not any(HEADLINE in said for said in other.received())


async def test_a_restart_in_the_middle_doubles_nothing(built: Town) -> None:
    """A bot that is stopped and started during a broadcast sends everybody exactly one copy, none in doubt."""
    crowd = await enrol(built, 60)
    await built.domain.desk.issue(content(HEADLINE), origin="test")
    await built.start_bot()

    async def some_are_sent() -> bool:
        return (await built.domain.desk.report(1))[1].counts[DeliveryState.SENT] >= 10

    await until(some_are_sent, "the first copies")
    await built.stop_bot()
    async with built.domain.store.reading() as connection:
        leased = await connection.execute(text("SELECT count(*) FROM deliveries WHERE state = 'leased'"))
        assert leased.scalar_one() == 0
    await built.start_bot()
    assert await until_over(built) == {DeliveryState.SENT: 60}
    assert [copies(built, account, HEADLINE) for account in crowd] == [1] * 60
    assert (await built.domain.desk.report(1))[1].uncertain_count == 0


async def test_sessions_that_end_cost_no_answer(built: Town, database: Postgres) -> None:
    """When the server ends every session under a running bot, the next person is served as before."""
    await built.start_bot()
    await subscribe(await built.person(CONTACT), "Aerospace")
    name = built.domain.store.url.database
    assert name is not None
    assert await database.end_sessions(name) >= 1
    await subscribe(await built.person(OTHER, "Ben"), "Aerospace")
