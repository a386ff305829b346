import re
from pathlib import Path

import pytest

from alerts.data import DataError, DataFolder, UnknownCode
from alerts.reporting.guide import Guide

GUIDE = Guide.load(DataFolder(None))
OURS = """
no_reports = "No reports here."
footer = ["a"]
[[channels]]
code = "a"
name = "A"
when = "Always"
phone = "1"
source = "us"
confidence = "A"
[[guidance]]
code = "g"
title = "G"
lines = ["Go."]
source = "us"
[[situations]]
code = "s"
title = "S"
lines = ["Call 1."]
channels = ["a"]
guidance = ["g"]
[emergency]
words = ["fire"]
"""


def load_ours(folder: Path, text: str) -> Guide:
    """Load a folder whose guide is `text`."""
    (folder / "reporting.toml").write_text(text, encoding="utf-8")
    return Guide.load(DataFolder(folder))


@pytest.mark.parametrize(
    ("channel", "ways"),
    [
        ("emergency", [("phone", "999")]),
        ("emergency-text", [("textphone", "18000"), ("text", "999")]),
        ("hotline", [("phone", "0800 789 321")]),
        ("act", [("web", "https://www.gov.uk/ACT")]),
        ("police-101", [("phone", "101"), ("textphone", "18001 101")]),
        ("transport-police", [("phone", "0800 40 50 40"), ("text", "61016")]),
        ("crimestoppers", [("phone", "0800 555 111")]),
        ("act-early", [("phone", "0800 011 3764"), ("web", "https://actearly.uk")]),
    ],
)
def test_the_numbers_and_addresses(channel: str, ways: list[tuple[str, str]]) -> None:
    """Every channel of the facts has its numbers and addresses, the phone first."""
    assert [(way.kind, way.value) for way in GUIDE.channel(channel).ways] == ways
    assert GUIDE.channel(channel).confidence == "A"


def test_what_one_has_to_know_to_use_a_channel() -> None:
    """Silent Solution, the registration for texting 999 and ACT Early's hours stand beside the numbers."""
    assert "55" in GUIDE.channel("emergency").note
    assert "REGISTER" in GUIDE.channel("emergency-text").note
    assert GUIDE.channel("act-early").hours == "Daily, 9:00 to 17:00"


def test_the_unconfirmed_form_is_not_given_as_a_fact() -> None:
    """The address of the form for online material is not verified: no text names it, the way leads to ACT."""
    situation = GUIDE.situation("online-material")
    ways = [way.value for channel in GUIDE.channels for way in channel.ways]
    texts = [line for it in GUIDE.situations for line in it.lines] + [it.note for it in GUIDE.channels]

    assert not [text for text in ways + texts if "report-terrorism" in text]
    assert any("gov.uk/ACT" in line for line in situation.lines)


def test_the_situations_are_those_that_people_look_for() -> None:
    """Danger comes first; suspicion, online, worry, railway, anonymous and deaf each have their button."""
    assert [situation.code for situation in GUIDE.situations] == [
        "in-danger-now",
        "suspicious-item",
        "something-suspicious",
        "online-material",
        "worried-about-person",
        "on-the-railway",
        "anonymous",
        "deaf-speech-impaired",
    ]
    assert GUIDE.emergency.code == "in-danger-now"


def test_in_danger_the_first_words_are_call_999() -> None:
    """Nothing stands before 999, and RUN, HIDE, TELL is shown with it."""
    assert GUIDE.emergency.lines[0] == "Call 999 now."
    assert GUIDE.emergency.channels[0].code == "emergency"
    assert [guidance.code for guidance in GUIDE.emergency.guidance] == ["run-hide-tell"]


def test_an_emergency_is_never_forgotten() -> None:
    """Every situation says what to do in an emergency, by 999 in its lines and as its first channel."""
    for situation in GUIDE.situations:
        assert any("999" in line for line in situation.lines)
        assert situation.channels[0].code in {"emergency", "emergency-text"}


def test_every_channel_is_reached_by_some_button() -> None:
    """No channel is there without a situation that leads to it."""
    assert {channel for situation in GUIDE.situations for channel in situation.channels} == set(GUIDE.channels)


def test_texts_are_short_and_plain() -> None:
    """Titles fit a button, lines fit a phone, and nothing looks like HTML."""
    lines = [line for it in (*GUIDE.situations, *GUIDE.guidance) for line in it.lines]

    assert all(len(situation.title) <= 32 for situation in GUIDE.situations)
    assert all(len(line) <= 120 for line in lines)
    assert not [line for line in (*lines, GUIDE.no_reports) if set("<>&") & set(line)]


def test_a_number_in_a_line_is_a_number_of_a_channel_beside_it() -> None:
    """What the lines tell people to dial is what the channels of the same situation hold."""
    for situation in GUIDE.situations:
        beside = " ".join(way.value for channel in situation.channels for way in channel.ways)
        for number in re.findall(r"\b(?:0800[ \d]+\d|999|18000|18001 101|101|61016)\b", " ".join(situation.lines)):
            assert number in beside


def test_run_hide_tell_and_hot_keep_their_meaning() -> None:
    """The three steps and the three questions stand in their order, and each ends at 999."""
    run, hot = GUIDE.guidance

    assert [line.split(":")[0] for line in run.lines] == ["RUN", "HIDE", "TELL"]
    assert [line[0] for line in hot.lines[:3]] == ["H", "O", "T"]
    assert "999" in run.lines[-1]
    assert "999" in hot.lines[-1]


def test_the_bot_says_that_it_takes_no_reports() -> None:
    """A chat bot is no emergency service, and the sentence under every answer says so."""
    assert "takes no reports" in GUIDE.no_reports
    assert "no emergency service" in GUIDE.no_reports


def test_the_footer_names_the_three_numbers_seen_under_real_messages() -> None:
    """999, 101 and the Anti-Terrorist Hotline."""
    assert [channel.ways[0].value for channel in GUIDE.footer] == ["999", "101", "0800 789 321"]


def test_an_unknown_code_is_answered_with_those_there_are() -> None:
    """The refusal lists what exists."""
    with pytest.raises(UnknownCode, match="in-danger-now"):
        GUIDE.situation("in-danger")
    with pytest.raises(UnknownCode, match="there is: emergency, emergency-text, hotline"):
        GUIDE.channel("fax")


def test_an_operators_guide_takes_the_place_of_ours(tmp_path: Path) -> None:
    """With an own file there is exactly what it says."""
    guide = load_ours(tmp_path, OURS)

    assert [channel.code for channel in guide.channels] == ["a"]
    assert guide.emergency.guidance == guide.guidance
    assert guide.reads_like_emergency("Fire!")
    assert not guide.reads_like_emergency("a man with a knife")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("no_reports", "noreports", "no_reports is missing"),
        ('footer = ["a"]', 'footer = ["b"]', "footer names 'b', which is not there; there is: a"),
        ('phone = "1"\n', "", r"\(a\): needs at least one of phone, textphone, text and web"),
        ('phone = "1"', "phone = 1", r"\(a\): phone must be text"),
        ('phone = "1"', 'web = "example.org"', r"\(a\): web must be a web address"),
        ('confidence = "A"', 'confidence = "U"', r"\(a\): confidence must be one of A, B, C"),
        ('when = "Always"', 'whence = "Always"', r"\(a\): when is missing"),
        ('title = "S"', f'title = "{"S" * 33}"', r"\(s\): title is longer than 32 characters"),
        ('lines = ["Call 1."]', "lines = []", r"\(s\): lines must be a list of texts"),
        ('channels = ["a"]', 'channels = ["b"]', r"\(s\): channels names 'b', which is not there"),
        ('guidance = ["g"]', 'guidance = ["h"]', r"\(s\): guidance names 'h', which is not there"),
        ('guidance = ["g"]', 'advice = ["g"]', r"\(s\): unknown key 'advice'"),
        ("[emergency]\n", "[urgency]\n", "emergency is missing"),
        ('words = ["fire"]', "words = []", r"\[emergency\]: words must be a list of texts"),
        ('words = ["fire"]', 'words = ["..."]', r"'\.\.\.' has nothing that could be found"),
        ('words = ["fire"]', 'words = ["fire"]\nharmless = ["Fire!"]', "both in words and in harmless"),
        ('words = ["fire"]', 'words = ["fire"]\nignore = ["x"]', "unknown key 'ignore'"),
    ],
)
def test_a_wrong_guide_is_found_at_load(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Each mistake in an operator's guide stops the load with one line that names the file."""
    assert old in OURS

    with pytest.raises(DataError, match=says) as caught:
        load_ours(tmp_path, OURS.replace(old, new))

    assert str(caught.value).startswith(str(tmp_path / "reporting.toml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["channels", "guidance", "situations"])
def test_a_code_that_is_there_twice_is_refused(tmp_path: Path, kind: str) -> None:
    """Within its kind a code is there once."""
    start = OURS.index(f"[[{kind}]]")
    end = OURS.index("[", start + len(kind) + 4)
    while OURS[end - 1] != "\n":
        end = OURS.index("[", end + 1)

    with pytest.raises(DataError, match="is there twice"):
        load_ours(tmp_path, OURS[:end] + OURS[start:end] + OURS[end:])
