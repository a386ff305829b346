from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from support.cap_schema import documents, samples

from alerts.cap.message import Area, MessageStatus, MessageType, Named
from alerts.cap.reader import read
from alerts.intake.submission import Worded
from alerts.publishing.checks import BODY_LIMIT, HEADLINE_LIMIT
from alerts.publishing.markup import read_html, visible
from alerts.text import utf16_length
from handlers.intake_words import IntakeWording
from handlers.texts import Texts

WORDING = IntakeWording(Texts(ZoneInfo("Europe/London")))
AMBER, LEVEL = (read(samples()[f"oasis-{name}"]) for name in ("amber-alert", "threat-level-update"))


def words(text: str) -> list[str]:
    """Give a text's words, whatever the white space between them."""
    return text.split()


def says(worded: Worded, text: str) -> bool:
    """Tell whether headline or body says something, in these words and this order."""
    return " ".join(words(text)) in " ".join(words(f"{worded.headline} {visible(worded.body)}"))


@pytest.mark.parametrize("message", [AMBER, LEVEL], ids=["amber", "level"])
def test_the_standards_examples_come_in_whole(message):
    """Headline, description, instruction, area, contact, link, file, parameter and name of every language are said."""
    worded = WORDING.of_message(message)
    assert not worded.is_cut
    for info in message.infos:
        texts = [
            info.headline,
            info.event,
            info.description,
            info.instruction,
            info.contact,
            info.web,
            info.sender_name,
        ]
        texts += [area.description for area in info.areas] + [
            code.value for area in info.areas for code in area.geocodes
        ]
        texts += [f"{one.name}: {one.value}" for one in info.parameters] + [one.uri for one in info.resources]
        assert [text for text in texts if not says(worded, text)] == []
    assert says(worded, message.identifier)
    assert says(worded, message.sender)


def test_references_and_notes_are_said():
    """An officer reads what the document refers to, and what its issuer notes about the whole."""
    message = replace(
        LEVEL, references="hsas@dhs.gov,X-1,2003-04-01T10:00:00-05:00", note="A drill follows.", incidents="I-9"
    )
    worded = WORDING.of_message(message)
    assert says(worded, "Refers to message X-1 of hsas@dhs.gov, 1 Apr 2003, 16:00 BST")
    assert says(worded, "A drill follows.")
    assert says(worded, "I-9")


def test_english_comes_first():
    """Whatever the order of the languages, the headline is the one that people here can read, and no other is lost."""
    spanish_first = replace(AMBER, infos=AMBER.infos[::-1])
    worded = WORDING.of_message(spanish_first)
    assert worded.headline == "Amber Alert in Los Angeles County"
    assert visible(worded.body).index("en-US") < visible(worded.body).index("es-US")
    assert says(worded, "Alerta Amber en el condado de Los Ángeles")


def test_a_headline_that_is_too_long_stands_whole_in_the_text():
    """Nothing of a long headline is lost: it is cut in the alert's headline alone."""
    long = "Very " * 60 + "long"
    worded = WORDING.of_message(replace(LEVEL, infos=(replace(LEVEL.infos[0], headline=long),)))
    assert utf16_length(worded.headline) <= HEADLINE_LIMIT
    assert " ".join(words(long)) in " ".join(words(visible(worded.body)))


def test_what_came_cannot_format():
    """Tags, references and characters that turn the screen around come as text, or not at all."""
    info = replace(
        LEVEL.infos[0], description="<b>x</b> &amp; <a href='tg://x'>y</a>\x7f\x9b", web="javascript:alert(1)"
    )
    worded = WORDING.of_message(replace(LEVEL, infos=(info,)))
    assert "<b>x</b> &amp; <a href='tg://x'>y</a>" in visible(worded.body)
    assert "<a " not in worded.body
    assert "\x7f" not in worded.body


def test_many_codes_are_counted():
    """An area with a hundred codes does not bury what matters."""
    area = Area("Everywhere", geocodes=tuple(Named("SAME", f"{number:06}") for number in range(100)))
    worded = WORDING.of_message(replace(LEVEL, infos=(replace(LEVEL.infos[0], areas=(area,)),)))
    assert says(worded, "(SAME 000000, SAME 000001, SAME 000002, SAME 000003, 96 more codes)")


@pytest.mark.parametrize(
    ("status", "mark", "headline"),
    [
        (MessageStatus.EXERCISE, "THIS IS AN EXERCISE", "EXERCISE: Homeland Security Sets Code ORANGE"),
        (MessageStatus.TEST, "THIS IS A TEST", "Homeland Security Sets Code ORANGE"),
        (MessageStatus.DRAFT, "ITS ISSUER CALLS THIS A DRAFT", "DRAFT: Homeland Security Sets Code ORANGE"),
    ],
)
def test_what_is_not_meant_says_so_at_both_ends(status, mark, headline):
    """The first and the last paragraph say it in words; a test's headline is marked with the draft it becomes."""
    worded = WORDING.marked(WORDING.of_message(LEVEL), status)
    paragraphs = visible(worded.body).split("\n\n")
    assert paragraphs[0].startswith(mark)
    assert paragraphs[-1].startswith(mark)
    assert worded.headline == headline


def test_a_cancellation_says_its_reasons_alone():
    """What holds no more is not repeated: no instruction, no area, no scale."""
    worded = WORDING.of_message(replace(LEVEL, message_type=MessageType.CANCEL, note="False alarm."))
    assert says(worded, "False alarm.")
    assert not says(worded, "A High Condition is declared")


@given(documents())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_any_document_makes_a_text_that_telegram_takes(document):
    """Whatever comes, the text is canonical, and within an alert's limits with room for its frame."""
    message = read(document)
    worded = WORDING.marked(WORDING.of_message(message), MessageStatus.EXERCISE)
    assert 0 < utf16_length(worded.headline) <= HEADLINE_LIMIT
    formatted = read_html(worded.body)
    assert formatted.html == worded.body.strip()
    assert formatted.length <= BODY_LIMIT - 1000
