from collections.abc import Sequence
from itertools import combinations

import pytest
from support.outbox import Outbox

from alerts.publishing.alert import Audience

PEOPLE = {
    1: (("retail",), (), True),
    2: (("retail", "health"), ("london",), False),
    3: (("health",), ("wales", "scotland"), True),
    4: (("legal",), ("wales",), True),
    5: (("legal",), (), False),
}
"""Chat: its sectors, its regions (none is everywhere), and whether it wants changes of the level."""

EVERYBODY = [1, 2, 3, 4, 5]


async def reached(outbox: Outbox, audience: Audience) -> list[int]:
    """Tell who gets an alert for this audience; the number in the preview must be theirs."""
    if not (expected := await outbox.desk.count_recipients(audience)):
        return []
    alert = await outbox.send(sectors=audience.sectors, regions=audience.regions)
    chats = [row.chat_id for row in await outbox.rows(alert.id)]
    assert len(chats) == expected
    return chats


@pytest.fixture
async def town(outbox: Outbox) -> Outbox:
    """An outbox with a few people on its roll."""
    for chat_id, (sectors, regions, wants_levels) in PEOPLE.items():
        await outbox.subscribe(chat_id, sectors=sectors, regions=regions, wants_levels=wants_levels)
    return outbox


@pytest.mark.parametrize(
    ("sectors", "regions", "chats"),
    [
        ((), (), EVERYBODY),
        (("retail",), (), [1, 2]),
        (("retail", "legal"), (), [1, 2, 4, 5]),
        (("health", "retail"), (), [1, 2, 3]),
        (("insurance",), (), []),
        ((), ("london",), [1, 2, 5]),
        ((), ("wales",), [1, 3, 4, 5]),
        ((), ("london", "scotland"), [1, 2, 3, 5]),
        ((), ("eastern",), [1, 5]),
        (("health",), ("wales",), [3]),
        (("retail", "legal"), ("wales",), [1, 4, 5]),
        (("insurance",), ("wales",), []),
    ],
)
async def test_an_audience_is_any_sector_and_any_region(
    town: Outbox, sectors: tuple[str, ...], regions: tuple[str, ...], chats: list[int]
):
    """An alert reaches who has any of its sectors and is in any of its regions; who chose no region is everywhere."""
    assert await reached(town, Audience(sectors, regions)) == chats


async def test_a_change_of_level_is_for_who_wants_it(town: Outbox):
    """Changes of the threat level go to everybody who has not turned them off, whatever the sector."""
    assert await town.desk.count_recipients(Audience(levels_only=True)) == 3


async def test_only_active_subscribers_are_reached(town: Outbox):
    """Suspended and ended subscriptions are in no audience, and come back when they resume."""
    await town.roll.blocked(1)
    await town.roll.unsubscribe(2)
    assert await reached(town, Audience()) == [3, 4, 5]
    assert await town.desk.count_recipients(Audience(levels_only=True)) == 2
    await town.roll.started(1)
    assert await reached(town, Audience()) == [1, 3, 4, 5]


async def test_nobody_gets_an_alert_twice(town: Outbox):
    """A subscriber who is meant by several sectors and several regions has one row."""
    await town.subscribe(6, sectors=("retail", "health", "legal"), regions=("wales", "london"))
    alert = await town.send(sectors=("retail", "health", "legal"), regions=("wales", "london"))
    assert [row.chat_id for row in await town.rows(alert.id)] == [1, 2, 3, 4, 5, 6]


async def test_the_audience_is_that_of_the_confirmation(town: Outbox):
    """Who subscribes after an alert was confirmed does not get it, and who leaves the sector still does."""
    alert = await town.send(sectors=("legal",))
    await town.subscribe(9, sectors=("legal",))
    await town.subscribe(4, sectors=("retail",))
    assert [row.chat_id for row in await town.rows(alert.id)] == [4, 5]


def means(audience: Audience, sectors: Sequence[str], regions: Sequence[str], wants_levels: bool) -> bool:
    """Say the rule in Python."""
    return (
        (not audience.sectors or bool(set(audience.sectors) & set(sectors)))
        and (not audience.regions or not regions or bool(set(audience.regions) & set(regions)))
        and (wants_levels or not audience.levels_only)
    )


def some(*codes: str) -> list[tuple[str, ...]]:
    """Give every choice of these codes, none and all among them."""
    return [choice for size in range(len(codes) + 1) for choice in combinations(codes, size)]


async def test_every_choice_of_sectors_and_regions_reaches_whom_it_means(town: Outbox):
    """For all combinations of three sectors and three regions the count is that of the rule."""
    for sectors in some("retail", "health", "legal"):
        for regions in some("london", "wales", "eastern"):
            for levels_only in (False, True):
                audience = Audience(sectors, regions, levels_only=levels_only)
                expected = sum(means(audience, *choices) for choices in PEOPLE.values())
                assert await town.desk.count_recipients(audience) == expected, audience
