"""What becomes of a group's subscription: it moves with the group, rests while the bot may not write, and resumes."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.content import content
from support.group_member import bot_said, found, member, standing, subscribe_group
from support.patience import until
from support.pictures import picture
from support.talk import ask
from support.town import BOT, Town

from alerts.delivery.states import DeliveryState
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.attachment import Attachment, AttachmentKind
from bot.sandbox.groups import Group, Kind
from bot.sandbox.world import World

ANN, BEN, CAT = 11, 12, 13
CANNOT = "Alerts cannot get through to “Plant security” any more."
AGAIN = "Alerts reach “Plant security” again."
HELLO = "Hello. I pass on security alerts."

WAYS = ("removed-from-group", "removed-from-supergroup", "restricted", "may-not-post", "removed-from-channel")
Step = Callable[[World, Group], object]
SHUT_OUT: list[tuple[Kind, Step, str, Step]] = [
    (
        "group",
        lambda world, group: world.remove_bot(group, BOT),
        "the bot was removed from the chat",
        lambda world, group: world.add_bot(group, BOT),
    ),
    (
        "supergroup",
        lambda world, group: world.remove_bot(group, BOT),
        "the bot was removed from the chat",
        lambda world, group: world.add_bot(group, BOT),
    ),
    (
        "supergroup",
        lambda world, group: world.restrict(group, BOT, can_send_messages=False),
        "the bot may not write in the chat",
        lambda world, group: world.lift(group, BOT),
    ),
    (
        "channel",
        lambda world, group: world.promote(group, BOT, can_post_messages=False),
        "the bot may not post in the channel",
        lambda world, group: world.promote(group, BOT, can_post_messages=True),
    ),
    (
        "channel",
        lambda world, group: world.remove_bot(group, BOT),
        "the bot was removed from the chat",
        lambda world, group: world.add_bot(group, BOT),
    ),
]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices are given a tenth of a second after they were left; asked for before the town, which reads it."""
    monkeypatch.setattr("bot.upkeep.FOLLOW_SECONDS", 0.1)


async def is_over(town: Town, alert: Alert) -> bool:
    """Tell whether every row of an alert has come to its end."""
    return (await town.domain.desk.find(alert.id)).status is AlertStatus.SENT


async def issued(town: Town, headline: str) -> Alert:
    """Send an alert to everybody on the roll."""
    alert, _ = await town.domain.desk.issue(content(headline), origin="test")
    return alert


@pytest.mark.parametrize(("kind", "shut_out", "reason", "let_in"), SHUT_OUT, ids=WAYS)
async def test_a_bot_that_is_shut_out_suspends_and_tells_who_set_it_up(
    town: Town, kind: Kind, shut_out: Step, reason: str, let_in: Step
) -> None:
    """Removed or silenced, the subscription rests with the reason; back in it goes on; who set it up is told both."""
    world, group = town.sandbox.world, found(town, ANN, kind)
    ann, private = await member(town, group, ANN), await town.person_of(ANN)
    await ask(private, "/help", "What I can do")
    await subscribe_group(ann, "Aviation")

    shut_out(world, group)
    entry = await standing(town, group.id, "suspended")
    assert (entry.reason, entry.profile.sectors) == (reason, ("aviation",))
    told = await private.reads(CANNOT)
    assert f"The reason: {reason}." in told["text"]

    let_in(world, group)
    entry = await standing(town, group.id, "active")
    assert (entry.reason, entry.profile.sectors) == (None, ("aviation",))
    assert (await private.reads(AGAIN))["text"] == AGAIN
    await town.settled()
    assert not any(text.startswith(HELLO) for text in bot_said(group)[2:])
    await issued(town, "Gate closed")
    await ann.reads("ADVISORY: Gate closed")
    assert sum(CANNOT in text or AGAIN in text for text in private.received()) == 2


@pytest.mark.parametrize(
    ("kind", "shut_out", "reason"),
    [
        ("group", SHUT_OUT[0][1], "removed the bot from the chat"),
        ("supergroup", SHUT_OUT[2][1], "the bot may not write in the chat"),
        ("channel", SHUT_OUT[3][1], "the bot may not post in the channel"),
    ],
    ids=(WAYS[0], WAYS[2], WAYS[3]),
)
async def test_what_no_update_has_told_the_send_finds_out(town: Town, kind: Kind, shut_out: Step, reason: str) -> None:
    """A row for a chat that is closed to the bot ends as gone, suspends the subscription, and its setter-up is told."""
    world, group = town.sandbox.world, found(town, ANN, kind)
    ann, private = await member(town, group, ANN), await town.person_of(ANN)
    await ask(private, "/help", "What I can do")
    await subscribe_group(ann, "Aviation")
    await town.stop_bot()
    alert = await issued(town, "Gate closed")
    shut_out(world, group)
    world.bots[BOT].updates.clear()
    await town.start_bot()

    await until(lambda: is_over(town, alert), "the end of the alert")
    _, report = await town.domain.desk.report(alert.id)
    assert report.reasons == {(DeliveryState.GONE, reason): 1}
    assert (await standing(town, group.id, "suspended")).reason == reason
    await private.reads(CANNOT)


async def test_a_group_that_takes_no_pictures_gets_the_text(town: Town) -> None:
    """Where files are not allowed the alert arrives as text, buttons and all, and the group stays subscribed."""
    world, group = town.sandbox.world, found(town, ANN)
    ann = await member(town, group, ANN)
    await subscribe_group(ann, "Aviation")
    world.restrict(group, BOT, can_send_messages=True, can_send_photos=False)
    shown = replace(
        content("Gate closed"), attachment=Attachment(AttachmentKind.PHOTO, "gate.png"), upload=picture(40, 30)
    )
    alert, _ = await town.domain.desk.issue(shown, origin="test")
    seen = await ann.reads("ADVISORY: Gate closed")
    assert ann.buttons(seen) == ["How to report", "Threat level now"]
    await until(lambda: is_over(town, alert), "the end of the alert")
    assert (await town.domain.desk.report(alert.id))[1].counts[DeliveryState.SENT] == 1
    assert (await standing(town, group.id, "active")).reason is None


async def test_subscribe_wakes_a_group_that_nobody_told_the_bot_is_open_again(town: Town) -> None:
    """Default permissions change without a word to the bot: /subscribe, which it can answer, resumes it."""
    group = found(town, ANN)
    ann = await member(town, group, ANN)
    await subscribe_group(ann, "Aviation")
    await town.domain.roll.shut_out(group.id, "the bot may not write in the chat")
    await ask(ann, "/subscribe", "You are subscribed, since")
    assert (await standing(town, group.id, "active")).profile.sectors == ("aviation",)


async def test_a_group_that_becomes_a_supergroup_takes_its_subscription_along(town: Town) -> None:
    """The migrate messages move the entry with its choices; who set it up goes on changing it, and alerts come once."""
    world, group = town.sandbox.world, found(town, ANN, "group")
    ann = await member(town, group, ANN)
    await subscribe_group(ann, "Aviation", region="London")
    before = await standing(town, group.id, "active")
    heir = world.migrate(group)
    entry = await standing(town, heir.id, "active")
    assert entry.kind == "supergroup"
    assert (entry.profile, entry.set_up_by, entry.since) == (before.profile, ANN, before.since)
    await town.settled()
    assert [entry.chat_id for entry in await town.domain.roll.everybody()] == [heir.id]
    there = await member(town, heir, ANN)
    await issued(town, "Gate closed")
    await there.reads("ADVISORY: Gate closed")
    await ask(there, "/sectors", "Your sectors")
    assert sum("Gate closed" in text for text in [*bot_said(group), *bot_said(heir)]) == 1


async def test_unsent_rows_follow_the_message_of_a_migration(town: Town) -> None:
    """Rows that wait for the old group's turn wait for the new one's afterwards, and nobody loses or doubles any."""
    world, group = town.sandbox.world, found(town, ANN, "group")
    ann = await member(town, group, ANN)
    await subscribe_group(ann, "Aviation")
    alerts = [await issued(town, f"Gate {number} closed") for number in range(1, 23)]

    async def is_full() -> bool:
        return len(bot_said(group)) == 20 and len(await town.open_chats()) == 4

    await until(is_full, "the group's minute to be used up")
    heir = world.migrate(group)
    await standing(town, heir.id, "active")
    assert set(await town.open_chats()) <= {heir.id}

    async def is_over() -> bool:
        return not await town.open_chats()

    await until(is_over, "the rest of the alerts", seconds=90)
    said = [*bot_said(group), *bot_said(heir)]
    assert [sum(f"Gate {number} closed" in text for text in said) for number in range(1, 23)] == [1] * 22
    assert {(await town.domain.desk.find(alert.id)).status for alert in alerts} == {AlertStatus.SENT}


async def test_without_that_message_the_refusal_of_a_send_moves_it(town: Town) -> None:
    """The first send to the old id is refused with the new one: the entry moves, and the alert arrives there once."""
    world, group = town.sandbox.world, found(town, ANN, "group")
    ann = await member(town, group, ANN)
    await subscribe_group(ann, "Aviation", region="London")
    before = await standing(town, group.id, "active")
    await town.stop_bot()
    alert = await issued(town, "Gate closed")
    heir = world.migrate(group)
    world.bots[BOT].updates.clear()
    await town.start_bot()

    await until(lambda: is_over(town, alert), "the end of the alert")
    entry = await standing(town, heir.id, "active")
    assert (entry.profile, entry.set_up_by) == (before.profile, ANN)
    assert [entry.chat_id for entry in await town.domain.roll.everybody()] == [heir.id]
    assert sum("Gate closed" in text for text in bot_said(heir)) == 1
    _, report = await town.domain.desk.report(alert.id)
    assert (report.counts[DeliveryState.SENT], sum(report.counts.values())) == (1, 1)
