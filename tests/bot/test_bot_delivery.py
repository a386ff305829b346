"""Broadcasts through the whole bot: restarts on the way, Telegram's real limits, and a rate that is set too high."""

from itertools import pairwise
from pathlib import Path

from support.content import content
from support.patience import until
from support.talk import ask, copies, enrol
from support.town import QUICK, Town, town_at

from alerts.delivery.report import DeliveryReport
from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import AlertStatus, Audience
from alerts.publishing.marking import Marking
from alerts.subscribers.roll import Profile
from bot.sandbox import Limits

HEADLINE = "Gate closed"


async def sent(town: Town) -> int:
    """Count the copies that are recorded as sent."""
    return (await town.domain.desk.report(1))[1].counts[DeliveryState.SENT]


async def until_sent(town: Town, number: int) -> None:
    """Wait until so many copies are recorded as sent."""

    async def are_sent() -> bool:
        return await sent(town) >= number

    await until(are_sent, f"{number} sent copies")


async def until_over(town: Town) -> DeliveryReport:
    """Wait until every row has come to its end, and give the report."""

    async def is_over() -> bool:
        return (await town.domain.desk.find(1)).status is AlertStatus.SENT

    await until(is_over, "the end of the alert", seconds=30)
    return (await town.domain.desk.report(1))[1]


def refusals(town: Town) -> list[float]:
    """Give the moments of the 429s that the sandbox answered."""
    return [call["at"] for call in town.calls("sendMessage") if call["status"] == 429]


async def test_a_restart_in_the_middle_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    """A bot that is stopped and started twice during a broadcast sends everybody exactly one copy, none in doubt."""
    async with town_at(tmp_path, rate_per_second=20) as town:
        crowd = await enrol(town, 60)
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        for number in (5, 25):
            await town.start_bot()
            await until_sent(town, number)
            await town.stop_bot()
            found = (await town.domain.desk.report(1))[1]
            assert found.counts[DeliveryState.LEASED] == 0
            assert found.counts[DeliveryState.SENT] < 60
        await town.start_bot()
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (60, 0)
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 60


async def test_an_alert_that_was_sent_while_nothing_ran_goes_out_at_the_start(tmp_path: Path) -> None:
    """Rows wait in the database for a bot: the next start serves them."""
    async with town_at(tmp_path) as town:
        crowd = await enrol(town, 3)
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        assert await sent(town) == 0
        await town.start_bot()
        await until_over(town)
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 3


async def test_thirty_a_second_meets_no_429_under_telegrams_own_limits(tmp_path: Path) -> None:
    """At the default rate, with people asking in between, the sandbox with the real limits refuses nothing at all."""
    async with town_at(tmp_path, limits=Limits(), rate_per_second=30, chat_spacing_seconds=1.0) as town:
        crowd = await enrol(town, 90)
        await town.start_bot()
        people = [await town.person_of(account) for account in crowd[:3]]
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        for person in people:
            await ask(person, "/threat", "The threat level now")
            await ask(person, "/report", "What is it about?")
        await until_over(town)
        assert refusals(town) == []
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 90
        times = [call["at"] for call in town.calls("sendMessage")]
        assert max(sum(1 for at in times if start <= at < start + 1) for start in times) <= 31


async def test_a_rate_above_what_telegram_takes_obeys_every_429_and_loses_nobody(tmp_path: Path) -> None:
    """Where the setting is too high, a 429 stops the sending for as long as it says, and everybody is served once."""
    async with town_at(tmp_path, limits=Limits(), rate_per_second=200) as town:
        crowd = await enrol(town, 80)
        await town.start_bot()
        await town.domain.desk.issue(content(HEADLINE), origin="test")
        found = await until_over(town)
        assert (found.counts[DeliveryState.SENT], found.uncertain_count) == (80, 0)
        assert [copies(town, account, HEADLINE) for account in crowd] == [1] * 80
        held = refusals(town)
        assert held
        attempts = [call["at"] for call in town.calls("sendMessage")]
        under_way = 0.25
        for at in held:
            assert not [other for other in attempts if at + under_way < other < at + 0.95]


async def test_a_chat_that_gets_two_messages_a_second_is_spaced(tmp_path: Path) -> None:
    """Three alerts for one contact go a second apart each, as Telegram wants it for one chat."""
    limits = Limits(bot_per_second=QUICK.bot_per_second, chat_per_second=1)
    async with town_at(tmp_path, limits=limits, chat_spacing_seconds=1.0) as town:
        (account,) = await enrol(town, 1)
        await town.start_bot()
        for number in range(3):
            await town.domain.desk.issue(content(f"{HEADLINE} {number}"), origin="test")
        await until(lambda: copies(town, account, HEADLINE) == 3, "the three copies")
        assert refusals(town) == []
        times = [call["at"] for call in town.calls("sendMessage")]
        assert min(later - earlier for earlier, later in pairwise(times)) >= 0.9


async def test_each_contact_gets_what_their_sector_and_region_ask_for(tmp_path: Path) -> None:
    """Of four contacts the alert for one sector in one region reaches the two that it means."""
    async with town_at(tmp_path) as town:
        await enrol(town, 4)
        chosen = {
            1001: Profile(sectors=("aviation",), regions=("london",)),
            1002: Profile(sectors=("aviation", "legal")),
            1003: Profile(sectors=("aviation",), regions=("wales",)),
            1004: Profile(sectors=("legal",), regions=("london",)),
        }
        for account, profile in chosen.items():
            await town.domain.roll.subscribe(account, "private", profile)
        await town.start_bot()
        audience = Audience(("aviation",), ("london",), marking=Marking.CLEAR)
        _, recipients = await town.domain.desk.issue(content(HEADLINE, audience=audience), origin="test")
        assert recipients == 2
        await until_over(town)
        assert [copies(town, account, HEADLINE) for account in chosen] == [1, 1, 0, 0]
