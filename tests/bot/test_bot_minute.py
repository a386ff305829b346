"""An alert in under a minute: what an officer presses and types from /compose to 'sending' with a template."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.person import Person
from support.talk import ask, enrol, officer
from support.town import Town, town_at

from alerts.publishing.alert import AlertStatus

DANA, LEE = 13, 14
PRESSES, LINES, SECONDS_PRESSES = 8, 1, 2
"""What the officer may need, and what the second one may: presses, typed lines, presses of the second."""

MINUTE_SECONDS = 60


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A running bot with twenty contacts."""
    async with town_at(tmp_path) as built:
        await enrol(built, 20)
        await built.start_bot()
        yield built


def typed(person: Person, since: int) -> list[str]:
    """Give what a person has typed after a message."""
    return [
        message["text"]
        for message_id, message in sorted(person.messages.items())
        if message_id > since and not person.is_bots(message)
    ]


async def write(dana: Person) -> tuple[int, int]:
    """Write an alert from a template up to its preview, and give the newest message and the answers before it."""
    presses = dana.answers
    await ask(dana, "/compose", "New alert")
    since = dana.newest
    for label in ("Attack in progress", "Knife attack", "Now", "Keep away from the area"):
        await dana.press(label)
    await ask(dana, "Victoria Street, London", "Preview")
    return since, presses


async def sent(town: Town) -> tuple[AlertStatus, int]:
    """Give how the newest alert stands, and the number of its recipients."""
    alert, recipients = (await town.domain.desk.newest(1))[0]
    return alert.status, recipients


async def test_one_officer_needs_eight_presses_and_one_line(town: Town) -> None:
    """From /compose to 'sending' on one person's word: no more than was promised."""
    dana = await officer(town, DANA)
    since, presses = await write(dana)
    await dana.press("Send now to 20 recipients")
    status, recipients = await sent(town)
    assert status in {AlertStatus.SENDING, AlertStatus.SENT}
    assert recipients == 20
    assert dana.answers - presses <= PRESSES
    assert len(typed(dana, since)) <= LINES


async def test_two_people_need_two_presses_more(town: Town) -> None:
    """In a town where two may approve, the second needs two presses at most; the bot takes seconds of the minute."""
    dana, lee = await officer(town, DANA), await officer(town, LEE, "Lee")
    await ask(lee, "/help", "What I can do")
    begun_at = time.monotonic()
    since, presses = await write(dana)
    await dana.press("Submit for approval, 20 recipients")
    assert (await sent(town))[0] is AlertStatus.SUBMITTED
    await lee.reads("waits for your approval.")
    before = lee.answers
    await lee.press("Approve and send to 20 recipients")
    took = time.monotonic() - begun_at
    assert (await sent(town))[0] in {AlertStatus.SENDING, AlertStatus.SENT}
    assert dana.answers - presses <= PRESSES
    assert len(typed(dana, since)) <= LINES
    assert lee.answers - before <= SECONDS_PRESSES
    print(f"{dana.answers - presses} and {lee.answers - before} presses, bot and sandbox {took:.2f} s")  # noqa: T201 - shown by -s
    assert took < MINUTE_SECONDS / 2
