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


async def test_one_officer_needs_eight_presses_and_one_line(town: Town) -> None:
    """From /compose to 'sending': no more than was promised, and the bot itself takes no more than seconds of it."""
    dana = await officer(town, DANA)
    begun_at, presses = time.monotonic(), dana.answers
    await ask(dana, "/compose", "New alert")
    since = dana.newest
    for label in ("Attack in progress", "Knife attack", "Now", "Keep away from the area"):
        await dana.press(label)
    await ask(dana, "Victoria Street, London", "Preview")
    await dana.press("Send now to 20 recipients")
    await dana.reads("20")
    took = time.monotonic() - begun_at
    alert, recipients = (await town.domain.desk.newest(1))[0]
    assert alert.status in {AlertStatus.SENDING, AlertStatus.SENT}
    assert recipients == 20
    assert dana.answers - presses <= PRESSES
    assert len(typed(dana, since)) <= LINES
    print(f"presses {dana.answers - presses}, the bot and the sandbox took {took:.2f} s")  # noqa: T201 - shown by -s
    assert took < MINUTE_SECONDS / 2
