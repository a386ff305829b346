"""What the owners learn of the alerts of schedules that have no author: those that did not reach everybody."""

from support.schedules import OWNER, Works

from alerts.delivery.states import DeliveryState
from alerts.people.rights import Role
from alerts.publishing.alert import Alert

DANA = 501


async def fired(works: Works, *states: DeliveryState, by: int | None = None) -> Alert:
    """Fire a schedule to one subscriber a state, and let each delivery end in its state."""
    author = await works.roster.grant(by, Role.OFFICER) if by else None
    await works.outbox.subscribe(*range(1, len(states) + 1))
    await works.add(by=author)
    assert await works.fire("2026-11-24 08:00") == 1
    for row, state in zip(await works.outbox.claim(), states, strict=True):
        await works.outbox.record(row, state)
    return (await works.alerts())[0]


async def test_owners_are_told_of_what_failed_or_is_uncertain(works: Works):
    """Once the alert is over the notice names it and both numbers; a second look tells nothing more."""
    await works.owner()
    alert = await fired(works, *[DeliveryState.FAILED] * 2, DeliveryState.UNCERTAIN, DeliveryState.SENT)
    for _ in range(2):
        await works.clockwork.tell_of_losses()
    details = {"reference": alert.reference, "headline": "Doors", "alert": str(alert.id), "failed": 2, "uncertain": 1}
    assert await works.told() == [(OWNER, "schedule-losses", details)]
    assert (await works.alerts())[0].reported_at == works.clock.now()


async def test_nobody_is_told_of_an_alert_that_reached_everybody(works: Works):
    """Where every row was sent, or its person is gone, there is no notice, and the alert is done with."""
    await works.owner()
    await fired(works, DeliveryState.SENT, DeliveryState.GONE)
    await works.clockwork.tell_of_losses()
    assert await works.told() == []
    assert (await works.alerts())[0].reported_at is not None


async def test_an_alert_under_way_is_waited_for(works: Works):
    """Before the last row has come to its end nobody is told, and then once."""
    await works.owner()
    await works.outbox.subscribe(1, 2)
    await works.add()
    assert await works.fire("2026-11-24 08:00") == 1
    first, second = await works.outbox.claim()
    await works.outbox.record(first, DeliveryState.FAILED)
    await works.clockwork.tell_of_losses()
    assert await works.told() == []
    await works.outbox.record(second, DeliveryState.SENT)
    await works.clockwork.tell_of_losses()
    assert [kind for _, kind, _ in await works.told()] == ["schedule-losses"]


async def test_sending_again_brings_another_look(works: Works):
    """What is uncertain again after `cascade alert again` is told of again."""
    await works.owner()
    alert = await fired(works, DeliveryState.UNCERTAIN)
    await works.clockwork.tell_of_losses()
    await works.outbox.desk.send_uncertain_again(alert.id)
    await works.clockwork.tell_of_losses()
    assert len(await works.told()) == 1
    (row,) = await works.outbox.claim()
    await works.outbox.record(row, DeliveryState.UNCERTAIN)
    await works.clockwork.tell_of_losses()
    assert len(await works.told()) == 2


async def test_an_officers_alert_is_left_to_their_report(works: Works):
    """An alert with an author stays unreported for the one who tells its author, and the owners hear nothing."""
    await works.owner()
    alert = await fired(works, DeliveryState.FAILED, by=DANA)
    await works.clockwork.tell_of_losses()
    assert await works.told() == []
    assert [waiting.id for waiting in await works.outbox.desk.unreported()] == [alert.id]


async def test_an_alert_of_the_command_line_is_none_of_a_schedules(works: Works):
    """Who sends by hand at the command line looks for themselves: owners are told of schedules alone."""
    await works.owner()
    await works.outbox.subscribe(1)
    await works.outbox.send()
    (row,) = await works.outbox.claim()
    await works.outbox.record(row, DeliveryState.FAILED)
    await works.clockwork.tell_of_losses()
    assert await works.told() == []
