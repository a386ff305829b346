"""What participants of an exercise get: EXERCISE at both ends of everything, whatever it is and however long."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from support.clock import DrivenClock
from support.record import TRAIL

from alerts.clock import Clock
from alerts.data import DataFolder
from alerts.drills.drill import DrillPart, DrillText
from alerts.drills.messages import ORIGIN
from alerts.publishing.alert import Alert, AlertKind, AlertStatus
from alerts.publishing.attachment import Attachment, AttachmentKind
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.markup import visible
from alerts.reporting.guide import Guide
from alerts.subscribers.sectors import Directory
from alerts.text import utf16_length
from handlers.alert_message import AlertMessage
from handlers.drill_message import FRAMES, DrillMessage, Outgoing
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
CLOCK: Clock = DrivenClock()
CODES = CheckCodes(TRAIL.key)
MESSAGE = DrillMessage(TEXTS, CODES, CLOCK)
FILE = Attachment(AttachmentKind.PHOTO, "map.png", "file-id")


def played(part: DrillPart = DrillPart.MESSAGE, **changes: object) -> Alert:
    """Make a message of an exercise, with changes to it."""
    now = CLOCK.now()
    plain = Alert(
        id=7,
        reference="X-2026-0007",
        kind=AlertKind.DRILL,
        status=AlertStatus.SENDING,
        severity=None,
        headline="EXERCISE: Intruder",
        body="<b>Lock</b> the doors.",
        sectors=(),
        regions=(),
        expires_at=now,
        author=None,
        origin=f"{ORIGIN}{part}",
        revision=1,
        created_at=now,
        sending_at=now,
        finished_at=None,
        progress_message_id=None,
        reported_at=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_every_part_has_its_frame():
    """The table names the words around each kind of message."""
    assert FRAMES.keys() == set(DrillPart)


@pytest.mark.parametrize("part", DrillPart)
@pytest.mark.parametrize("body", ["Short.", "The doors are shut. " * 400])
@pytest.mark.parametrize("attachment", [None, FILE])
def test_every_message_begins_and_ends_with_exercise(part: DrillPart, body: str, attachment: Attachment | None):
    """Each screen of each part does, a caption too, and fits into what Telegram takes; the last has the check code."""
    screens = MESSAGE(played(part, body=body, attachment=attachment))
    assert [screen.attachment for screen in screens] == [attachment] * bool(attachment) + [None] * (
        len(screens) - bool(attachment)
    )
    for screen in screens:
        text = visible(screen.html)
        assert text.startswith("EXERCISE" if part is not DrillPart.END else "EXERCISE OVER")
        assert text.endswith("EXERCISE")
        assert utf16_length(text) <= (1024 if screen.attachment else 4096)
    code = f"Genuine? Send this bot /verify {CODES.of(played(part, body=body))}"
    assert [code in visible(screen.html) for screen in screens] == [False] * (len(screens) - 1) + [True]
    assert [bool(screen.rows) for screen in screens] == [False] * (len(screens) - 1) + [True]


def test_a_self_test_says_what_it_is():
    """SELF-TEST stands at both ends, and there is nothing to press."""
    (screen,) = MESSAGE(played(kind=AlertKind.SELF_TEST, origin="self-test"))
    text = visible(screen.html)
    assert text.startswith("SELF-TEST")
    assert text.endswith("SELF-TEST")
    assert "/verify" not in text
    assert screen.rows == ()


def test_a_preview_has_nothing_to_press():
    """What an officer sees before it is sent reads like the message, without its button and its check code."""
    (screen,) = MESSAGE.sketch(DrillText("EXERCISE: Intruder", "Lock the doors."))
    assert visible(screen.html).startswith("EXERCISE")
    assert "/verify (check code)\n" in visible(screen.html)
    assert screen.rows == ()


def test_the_outbox_renders_each_as_what_it_is(directory: Directory):
    """A live alert has no word of an exercise, and a message of one has nothing of how an alert looks."""
    live = AlertMessage(TEXTS, directory, Guide.load(DataFolder()), CODES, CLOCK)
    outgoing = Outgoing(live, MESSAGE)
    alert = played(kind=AlertKind.ADHOC, origin="chat", headline="Intruder")
    assert outgoing(alert) == live(alert)
    assert "EXERCISE" not in outgoing(alert)[0].html
    assert outgoing(played()) == MESSAGE(played())
    assert {button.data for row in outgoing(played())[0].rows for button in row} == {"xak:7"}
