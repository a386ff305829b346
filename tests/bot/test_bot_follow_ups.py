"""Alerts that change earlier ones: what stands in each chat afterwards, and what the report says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.changing import follow, is_bare, of_bot, quiet, sent, what_became, words
from support.content import content
from support.pictures import picture
from support.talk import enrol
from support.town import Town, town_at

from alerts.delivery.copies import Trouble
from alerts.errors import InvalidInput
from alerts.publishing.alert import AlertStatus, Change
from alerts.publishing.attachment import Attachment, AttachmentKind

HEADLINE = "Suspicious vehicle at the east gate"
LONG = "\n\n".join(["Keep away from the east gate. " * 90] * 2)
ONE, TWO, THREE = 1001, 1002, 1003


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with three contacts."""
    async with town_at(tmp_path) as built:
        await enrol(built, 3)
        await built.start_bot()
        yield built


async def test_an_update_replies_in_each_chat_and_marks_the_original(town: Town) -> None:
    """The new message answers the old one; that says since when it does not hold, keeps its text, loses its buttons."""
    first = await sent(town, content(HEADLINE))
    update = await follow(town, first, Change.UPDATE, body="The gate is open again.")
    for account in (ONE, TWO, THREE):
        old, new = of_bot(town, account)
        assert new.reply_to is old
        assert (new.text or "").startswith("UPDATE. This takes the place of the earlier message.")
        assert "The gate is open again." in (new.text or "")
        assert not is_bare(new)
        assert (old.text or "").startswith("Updated on ")
        assert ": see the newer message. The text below is out of date.\n\nADVISORY: " in (old.text or "")
        assert f"{first.reference} · " in (old.text or "")
        assert "Police are there." in (old.text or "")
        assert is_bare(old)
    change = await what_became(town, update)
    assert (change.copies.replied, change.copies.not_done) == (3, 0)
    assert change.marked is not None
    assert (change.marked.edited, change.marked.not_done) == (3, 0)
    assert (await town.domain.desk.find(first.id)).status is AlertStatus.CLOSED


async def test_a_cancellation_and_an_all_clear_reply_and_mark(town: Town) -> None:
    """Both answer what people have in words of their own, and the copies say which of the two it was."""
    told = {Change.CANCEL: "Cancelled on ", Change.ALL_CLEAR: "All clear on "}
    for change, line in told.items():
        first = await sent(town, content(f"{HEADLINE}, {change}"))
        if change is Change.CANCEL:
            assert await town.domain.follow_ups.at_once(first.id, change) is not None
            await quiet(town)
        else:
            await follow(town, first, change)
        for account in (ONE, TWO, THREE):
            *_, old, new = of_bot(town, account)
            assert new.reply_to is old
            assert f": {HEADLINE}, {change}" in (new.text or "")
            assert first.reference in (new.text or "")
            assert "Police are there." not in (new.text or "")
            assert (old.text or "").startswith(line)
            assert is_bare(old)


async def test_a_correction_edits_in_place_with_a_note(town: Town) -> None:
    """No chat has a second message: the one that is there has the mended text, its number, its buttons, and says so."""
    first = await sent(town, content(HEADLINE, body="Police are their."))
    correction = await follow(town, first, Change.CORRECTION, body="Police are there.")
    for account in (ONE, TWO, THREE):
        [copy] = of_bot(town, account)
        assert (copy.text or "").startswith("Corrected on ")
        assert "Police are there." in (copy.text or "")
        assert "their." not in (copy.text or "")
        assert f"{first.reference} · " in (copy.text or "")
        assert not is_bare(copy)
    change = await what_became(town, correction)
    assert (change.copies.edited, change.copies.not_done, change.marked) == (3, 0, None)


async def test_a_recall_deletes_and_leaves_one_line(town: Town) -> None:
    """What was sent is gone from every chat, its earlier version too; one line names it and repeats nothing of it."""
    first = await sent(town, content(HEADLINE))
    update = await follow(town, first, Change.UPDATE, body="The gate is open again.")
    recall = await town.domain.follow_ups.at_once(update.id, Change.RECALL)
    assert recall is not None
    await quiet(town)
    for account in (ONE, TWO, THREE):
        [notice] = words(town, account)
        assert notice.startswith(f"Alert {first.reference} of ")
        assert " was recalled on " in notice
        assert HEADLINE not in notice
        assert "\n" not in notice
    change = await what_became(town, recall)
    assert (change.copies.deleted, change.copies.not_done) == (3, 0)


async def test_copies_older_than_48_hours_are_emptied(town: Town) -> None:
    """Telegram deletes them no more, so their text gives way to the line, and the report tells them apart."""
    first = await sent(town, content(HEADLINE))
    [stored] = of_bot(town, ONE)
    stored.date -= 48 * 3600  # for Telegram alone: the store believes it to be new, and so Telegram's word counts
    recall = await town.domain.follow_ups.at_once(first.id, Change.RECALL)
    assert recall is not None
    await quiet(town)
    told = words(town, ONE)
    assert len(told) == 2
    assert all(" was recalled on " in text for text in told)
    assert len(words(town, TWO)) == 1
    copies = (await what_became(town, recall)).copies
    assert (copies.deleted, copies.edited, copies.not_done) == (2, 1, 0)


async def test_a_picture_keeps_its_picture_and_changes_its_words(town: Town) -> None:
    """Captions are edited like texts: corrected with their buttons, marked without, and a recall takes all of it."""
    made = content(HEADLINE, attachment=Attachment(AttachmentKind.PHOTO, "gate.png"), upload=picture(400, 300))
    first = await sent(town, made)
    correction = await follow(town, first, Change.CORRECTION, headline="Suspicious vehicle at the west gate")
    [copy] = of_bot(town, TWO)
    assert copy.media is not None
    assert copy.caption.startswith("Corrected on ")
    assert "west gate" in copy.caption
    update = await follow(town, correction, Change.UPDATE, body="The gate is open again.")
    old, new = of_bot(town, TWO)
    assert (old is copy, new.reply_to) == (True, old)
    assert old.caption.startswith("Updated on ")
    assert is_bare(old)
    assert await town.domain.follow_ups.at_once(update.id, Change.RECALL) is not None
    await quiet(town)
    assert [message.media for message in of_bot(town, TWO)] == [None]


async def test_every_message_of_a_long_alert_is_marked_and_recalled(town: Town) -> None:
    """Whoever sees only the second part sees as well that it does not hold; the recall leaves one line for both."""
    first = await sent(town, content(HEADLINE, body=LONG))
    assert len(of_bot(town, ONE)) == 2
    update = await follow(town, first, Change.UPDATE, body="The gate is open again.")
    one, two, new = of_bot(town, ONE)
    assert all((message.text or "").startswith("Updated on ") and is_bare(message) for message in (one, two))
    assert new.reply_to is one
    assert await town.domain.follow_ups.at_once(update.id, Change.RECALL) is not None
    await quiet(town)
    assert len(of_bot(town, ONE)) == 1


async def test_a_blocked_recipient_and_a_deleted_copy_are_told_apart(town: Town) -> None:
    """Who blocked the bot cannot be reached; who deleted the copy still gets the news, and the report has both."""
    first = await sent(town, content(HEADLINE))
    await (await town.person_of(ONE)).block()
    world = town.sandbox.world
    world.delete_message(of_bot(town, TWO)[0])
    update = await follow(town, first, Change.UPDATE, body="The gate is open again.")
    assert [message.reply_to for message in of_bot(town, TWO)] == [None]
    change = await what_became(town, update)
    assert (change.copies.replied, change.copies.anew) == (1, 1)
    assert change.copies.could_not == (("blocked the bot", 1),)
    assert change.marked is not None
    assert change.marked.edited == 1
    assert dict(change.marked.could_not) == {"blocked the bot": 1, str(Trouble.GONE): 1}


async def test_who_unsubscribed_is_written_to_no_more_and_their_copy_is_marked(town: Town) -> None:
    """Nothing new comes to who has left; what they have does not go on claiming to hold."""
    first = await sent(town, content(HEADLINE))
    await town.domain.roll.unsubscribe(THREE)
    update = await follow(town, first, Change.UPDATE, body="The gate is open again.")
    [copy] = words(town, THREE)
    assert copy.startswith("Updated on ")
    assert (await what_became(town, update)).copies.could_not == (("unsubscribed", 1),)


async def test_a_changed_alert_is_changed_by_its_newest_version_alone(town: Town) -> None:
    """Two newest versions of one matter cannot be: the second attempt is refused, and names the way on."""
    first = await sent(town, content(HEADLINE))
    await follow(town, first, Change.UPDATE, body="The gate is open again.")
    with pytest.raises(InvalidInput, match="see what is in force"):
        await town.domain.follow_ups.content(first.id, Change.CORRECTION)
