from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from support.clock import START, DrivenClock
from support.record import TRAIL

from alerts.data import DataFolder
from alerts.levels.register import STATEMENT_LIMIT, Effect, Proposal, Reading
from alerts.levels.scheme import Level, Scheme, Schemes
from alerts.publishing.alert import ENDS, Alert, AlertKind, AlertStatus, Change, Severity
from alerts.publishing.attachment import Attachment, AttachmentKind
from alerts.publishing.checks import BODY_LIMIT, HEADLINE_LIMIT, LONGEST_LIFE, check_body, check_headline
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.markup import plain_text, read_html
from alerts.reporting.guide import Guide
from alerts.subscribers.sectors import Directory
from alerts.text import utf16_length
from handlers.alert_message import CAPTION_LIMIT, AlertMessage
from handlers.screen import Screen
from handlers.texts import Texts
from handlers.threat import LevelAnnouncement

MESSAGE_LIMIT = 4096
PICTURE = Attachment(AttachmentKind.PHOTO, "gate.jpg", "file-1")
DOCUMENT = Attachment(AttachmentKind.DOCUMENT, "plan.pdf", "file-2")
TEXTS = Texts(ZoneInfo("Europe/London"))
SCHEMES = Schemes.load(DataFolder())
LEVELS = [(scheme, level) for scheme in SCHEMES.all for level in scheme.levels]
WORDS = {
    Severity.CRITICAL: "CRITICAL",
    Severity.URGENT: "URGENT",
    Severity.ADVISORY: "ADVISORY",
    Severity.INFORMATION: "INFORMATION",
}


@pytest.fixture
def message(directory: Directory, clock: DrivenClock) -> AlertMessage:
    """The renderer over the shipped data."""
    return AlertMessage(TEXTS, directory, Guide.load(DataFolder()), CheckCodes(TRAIL.key), clock)


def alert(**changes: object) -> Alert:
    """Make an alert that is being sent, with changes to it."""
    made = Alert(
        id=7,
        reference="C-2026-0007",
        kind=AlertKind.ADHOC,
        status=AlertStatus.SENDING,
        severity=Severity.ADVISORY,
        headline="Roads closed",
        body="Police are there.",
        sectors=(),
        regions=(),
        expires_at=datetime(2026, 11, 24, 18, 0, tzinfo=UTC),
        author=1,
        origin="chat",
        revision=1,
        created_at=START,
        sending_at=datetime(2026, 8, 1, 8, 30, tzinfo=UTC),
        finished_at=None,
        progress_message_id=None,
        reported_at=None,
    )
    return replace(made, **changes)


def alone(message: AlertMessage, shown: Alert) -> Screen:
    """Give the only message of an alert."""
    [screen] = message(shown)
    return screen


def seen(message: AlertMessage, shown: Alert) -> str:
    """Give what a subscriber reads in the only message; the formatting must be Telegram's."""
    return read_html(alone(message, shown).html).plain


def test_a_message_in_full(message: AlertMessage):
    """Severity, headline, reference, moment with zone, audience, text, expiry, how to report: all in one message."""
    assert seen(message, alert(sectors=("retail",), regions=("london",))) == (
        "ADVISORY: Roads closed\n"
        "C-2026-0007 · 1 Aug 2026, 09:30 BST\n"
        "For: Retail · London\n"
        "\n"
        "Police are there.\n"
        "\n"
        "In force until 24 Nov 2026, 18:00 GMT.\n"
        "How to report: Emergency services 999 · Police, not an emergency 101 · Anti-Terrorist Hotline 0800 789 321."
        " This bot takes no reports."
    )


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("kind", AlertKind)
def test_what_every_message_says(message: AlertMessage, severity: Severity, kind: AlertKind):
    """Whatever the alert, its severity stands first in words, and reference, zone and 999 are there."""
    shown = seen(message, alert(severity=severity, kind=kind))
    assert shown.startswith(f"{WORDS[severity]}: ")
    for part in ("C-2026-0007", "09:30 BST", "How to report:", "999"):
        assert part in shown
    assert shown.endswith("This bot takes no reports.")


@pytest.mark.parametrize("change", [None, *Change])
@pytest.mark.parametrize("kind", AlertKind)
def test_what_has_no_end_names_none(message: AlertMessage, change: Change | None, kind: AlertKind):
    """A change of a level, and what ends an alert, say nothing of being in force until some hour; all others do."""
    shown = seen(message, alert(change=change, kind=kind))
    assert ("In force until 24 Nov 2026, 18:00 GMT." in shown) is (kind is not AlertKind.LEVEL and change not in ENDS)


def test_a_draft_is_shown_as_of_now(message: AlertMessage):
    """Before it is sent the message carries the present moment, and misses nothing that is there already."""
    shown = seen(message, alert(status=AlertStatus.DRAFT, sending_at=None, severity=None, expires_at=None))
    assert "23 Nov 2026, 12:00 GMT" in shown
    assert "In force" not in shown
    assert "How to report" in shown


@pytest.mark.parametrize("attachment", [None, PICTURE, DOCUMENT], ids=["text alone", "picture", "document"])
@pytest.mark.parametrize("mark", ["x", "😀", "<", "&", "xx xxx. "])
@pytest.mark.parametrize("chosen", ["first", "longest"])
def test_the_longest_alert_fits_into_messages(
    message: AlertMessage, directory: Directory, mark: str, chosen: str, attachment: Attachment | None
):
    """With every part at its longest no message has more than Telegram's 4,096 units, no caption more than 1,024."""
    width = utf16_length(mark)
    headline = check_headline(mark * (HEADLINE_LIMIT // width))
    body = check_body(plain_text(mark * (BODY_LIMIT // width)))
    sectors, regions = list(directory.sectors), list(directory.regions)
    if chosen == "longest":
        sectors.sort(key=lambda sector: -len(sector.name))
        regions.sort(key=lambda region: -len(region.name))
    shown = alert(
        reference="C-2026-1234567",
        headline=headline,
        body=body,
        severity=Severity.INFORMATION,
        sectors=tuple(sector.code for sector in sectors[:4]),
        regions=tuple(region.code for region in regions),
        expires_at=START + LONGEST_LIFE,
        attachment=attachment,
    )
    screens = message(shown)
    lengths = [read_html(screen.html).length for screen in screens]
    assert len(screens) >= 4 + (attachment is not None)
    assert sum(lengths) > HEADLINE_LIMIT + BODY_LIMIT * 0.99
    assert max(lengths) <= MESSAGE_LIMIT
    assert [screen.attachment for screen in screens] == (
        [attachment, *[None] * (len(screens) - 1)] if attachment else [None] * len(screens)
    )
    assert attachment is None or lengths[0] <= CAPTION_LIMIT


@pytest.mark.parametrize(("scheme", "level"), LEVELS, ids=[f"{scheme.code}-{level.rank}" for scheme, level in LEVELS])
@pytest.mark.parametrize("effect", [Effect.RAISED, Effect.LOWERED])
def test_a_change_of_level_can_be_told_of_every_scheme(
    message: AlertMessage, scheme: Scheme, level: Level, effect: Effect
):
    """Headline and text of the announcement are within their limits, the longest statement with them."""
    before = Reading(scheme.code, 1, scheme.levels[0].name, 1, None, "officer", START, 1, "")
    proposal = Proposal(scheme, level, date(2026, 9, 23), "😀" * (STATEMENT_LIMIT // 2), before, effect)
    content = LevelAnnouncement(TEXTS)(proposal, START)
    raised = Severity.CRITICAL if level is scheme.levels[-1] else Severity.URGENT
    assert content.severity is (raised if effect is Effect.RAISED else Severity.ADVISORY)
    assert content.audience.levels_only
    shown = alert(
        kind=content.kind,
        severity=content.severity,
        headline=check_headline(content.headline),
        body=check_body(read_html(content.body)),
        expires_at=content.expires_at,
    )
    read = read_html(alone(message, shown).html)
    assert read.length <= MESSAGE_LIMIT
    word = "raised" if effect is Effect.RAISED else "lowered"
    assert f"{scheme.name} {word} to {level.name}\n" in read.plain
    assert "For: everybody who receives threat level changes" in read.plain
    assert scheme.official_address in read.plain
    assert "23 Sept 2026" in read.plain


def test_an_audience_in_a_line(message: AlertMessage):
    """No sector means all, no region is not mentioned, more than four are counted, a lost code stands as it is."""
    assert message.audience(alert()) == "all sectors"
    assert message.audience(alert(sectors=("health", "retail"))) == "Health; Retail"
    assert message.audience(alert(regions=("london", "wales"))) == "all sectors · London; Wales"
    assert message.audience(alert(sectors=("a", "b", "c", "d", "e", "f"))) == "a; b; c; d; and 2 more"


def test_a_headline_is_no_formatting(message: AlertMessage):
    """What an officer types as a headline is shown literally; the text keeps its formatting."""
    html = alone(message, alert(headline="<b>A & B", body="<b>bold</b>")).html
    assert html.startswith("<b>ADVISORY: &lt;b&gt;A &amp; B</b>\n")
    assert "\n<b>bold</b>\n" in html


def test_two_buttons_ask_for_more(message: AlertMessage):
    """Under every alert stand how to report and the threat level, as commands."""
    [row] = alone(message, alert()).rows
    assert [(button.label, button.data) for button in row] == [
        ("How to report", "cmd:report"),
        ("Threat level now", "cmd:threat"),
    ]


def test_a_long_text_goes_out_in_numbered_parts(message: AlertMessage):
    """Each part says whose it is and which of how many; only the last has the expiry, how to report and the buttons."""
    body = "\n\n".join(f"{number} " + "x" * 2000 for number in (1, 2, 3))
    first, second, third = message(alert(body=body))
    assert read_html(first.html).plain.startswith(
        "ADVISORY: Roads closed\nC-2026-0007 · 1 Aug 2026, 09:30 BST\nFor: all sectors\nPart 1 of 3\n\n1 xxx"
    )
    for number, part in ((2, second), (3, third)):
        assert read_html(part.html).plain.startswith(
            f"ADVISORY: Roads closed\nC-2026-0007, continued\nPart {number} of 3\n\n{number} xxx"
        )
    assert [("In force" in part.html, "999" in part.html, len(part.rows)) for part in (first, second, third)] == [
        (False, False, 0),
        (False, False, 0),
        (True, True, 1),
    ]


def caption_room(message: AlertMessage) -> int:
    """Tell how many units of text leave a whole alert just within a caption."""
    return CAPTION_LIMIT - len(seen(message, alert(body="x"))) + 1


@pytest.mark.parametrize("attachment", [PICTURE, DOCUMENT], ids=["picture", "document"])
@pytest.mark.parametrize("mark", ["x", "&lt;", "<b>x</b>"], ids=["plain", "escaped", "bold"])
def test_a_short_text_is_the_caption(message: AlertMessage, attachment: Attachment, mark: str):
    """Up to 1,024 visible units the whole alert stands under its picture or document, buttons and all."""
    room = caption_room(message)
    body = f"{mark}{'y' * (room - 1)}"
    shown = alone(message, alert(body=body, attachment=attachment))
    assert read_html(shown.html).length == CAPTION_LIMIT == 1024
    assert (shown.attachment, len(shown.rows)) == (attachment, 1)
    assert shown.html == alone(message, alert(body=body)).html


@pytest.mark.parametrize("attachment", [PICTURE, DOCUMENT], ids=["picture", "document"])
def test_a_longer_text_follows_its_picture(message: AlertMessage, attachment: Attachment):
    """One unit more, and the picture goes first with the headline, and the text after it as without a picture."""
    body = "x" * (caption_room(message) + 1)
    picture, text = message(alert(body=body, attachment=attachment))
    assert read_html(picture.html).plain == "ADVISORY: Roads closed\nC-2026-0007 · the text follows below"
    assert (picture.attachment, picture.rows) == (attachment, ())
    assert text == alone(message, alert(body=body))
