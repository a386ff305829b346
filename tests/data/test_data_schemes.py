import datetime as dt
from pathlib import Path

import pytest

from alerts.data import DataError, DataFolder, UnknownCode
from alerts.levels.scheme import RESPONSES, Scheme, Schemes

SCHEMES = Schemes.load(DataFolder(None))
NATIONAL = SCHEMES.scheme("uk-national")
NORTHERN_IRELAND = SCHEMES.scheme("uk-northern-ireland")
SCHEME = """
code = "ours"
name = "Ours"
short_name = "Ours"
area = "Here"
set_by = "Us"
about = "Of ours."
official_address = "https://example.org"
source = "us"
confidence = "A"
stale_after_hours = 48
"""
RANKS = """
[[ranks]]
rank = 1
level = "Calm"
asks = "Carry on."
[[ranks]]
rank = 2
level = "Storm"
asks = "Look out."
"""
CHANGE = """
[[history]]
date = {date}
level = "{level}"
month_confidence = "A"
day_confidence = "C"
source = "us"
"""


def load_ours(folder: Path, scheme: str) -> Scheme:
    """Load a folder whose only scheme is `scheme`."""
    (folder / "schemes.toml").write_text('[[schemes]]\ncode = "ours"\nin_force = true\n', encoding="utf-8")
    (folder / "levels-ours.toml").write_text(scheme, encoding="utf-8")
    return Schemes.load(DataFolder(folder)).scheme("ours")


def test_the_two_schemes_of_the_uk_are_in_force_in_their_order() -> None:
    """As shipped, the national level comes first and Northern Ireland's second; they are never one."""
    assert [scheme.code for scheme in SCHEMES.in_force] == ["uk-national", "uk-northern-ireland"]


def test_the_schemes_of_other_countries_are_known_and_not_in_force() -> None:
    """Another country is a file: six are there, none of them in force."""
    levels = {scheme.code: [level.name for level in scheme.levels] for scheme in SCHEMES.all[2:]}

    assert levels == {
        "us-ntas": ["Bulletin", "Elevated", "Imminent"],
        "au": ["Not expected", "Possible", "Probable", "Expected", "Certain"],
        "nl-nctv": ["Minimal", "Limited", "Significant", "Substantial", "Critical"],
        "be-ocam": ["Low", "Medium", "Serious", "Very serious"],
        "fr-vigipirate": ["Vigilance", "Sécurité renforcée – Risque attentat", "Urgence attentat"],
        "nz": ["Unlikely", "Possible", "Likely", "Highly likely", "Expected"],
    }


@pytest.mark.parametrize("scheme", [NATIONAL, NORTHERN_IRELAND], ids=lambda scheme: scheme.code)
def test_the_scale_of_the_uk(scheme: Scheme) -> None:
    """The five levels, their ranks and the official definitions since 23 July 2019."""
    assert [(level.rank, level.name, level.definition) for level in scheme.levels] == [
        (1, "LOW", "an attack is highly unlikely"),
        (2, "MODERATE", "an attack is possible, but not likely"),
        (3, "SUBSTANTIAL", "an attack is likely"),
        (4, "SEVERE", "an attack is highly likely"),
        (5, "CRITICAL", "an attack is highly likely in the near future"),
    ]


@pytest.mark.parametrize(
    ("level", "before", "since"),
    [
        ("LOW", "an attack is unlikely", "an attack is highly unlikely"),
        ("MODERATE", "an attack is possible, but not likely", "an attack is possible, but not likely"),
        ("SUBSTANTIAL", "an attack is a strong possibility", "an attack is likely"),
        ("SEVERE", "an attack is highly likely", "an attack is highly likely"),
        ("CRITICAL", "an attack is expected imminently", "an attack is highly likely in the near future"),
    ],
)
def test_the_wording_changed_on_23_july_2019(level: str, before: str, since: str) -> None:
    """Until 22 July 2019 a level is explained in the words of that time, from the 23rd in today's."""
    assert NATIONAL.definition_on(level, dt.date(2019, 7, 22)) == before
    assert NATIONAL.definition_on(level, dt.date(2019, 7, 23)) == since


def test_response_levels_go_with_the_national_level_and_never_without_their_caveat() -> None:
    """NORMAL with LOW and MODERATE, HEIGHTENED with the next two, EXCEPTIONAL with CRITICAL; as information."""
    assert [level.response for level in NATIONAL.levels] == [
        "NORMAL",
        "NORMAL",
        "HEIGHTENED",
        "HEIGHTENED",
        "EXCEPTIONAL",
    ]
    assert set(RESPONSES) == {level.response for level in NATIONAL.levels}
    assert NATIONAL.response_note.startswith("For information")
    assert not any(level.response for level in NORTHERN_IRELAND.levels)


@pytest.mark.parametrize("scheme", SCHEMES.all, ids=lambda scheme: scheme.code)
def test_every_level_asks_something_short_and_plain_of_the_reader(scheme: Scheme) -> None:
    """Each level has one or two sentences of advice that fit a phone and are plain text."""
    for level in scheme.levels:
        assert level.asks.endswith(".")
        assert level.asks.count(". ") <= 1
        assert len(level.asks) <= 200
        assert not set("<>&") & set(level.asks + level.definition)


@pytest.mark.parametrize("asked", ["SEVERE", "severe", " Severe "])
def test_a_level_is_found_whatever_its_capitals(asked: str) -> None:
    """A person types a level as it comes; the answer has the scheme's own capitals."""
    assert NATIONAL.level(asked).name == "SEVERE"


def test_a_level_is_found_without_accents_and_long_dashes() -> None:
    """What a keyboard lacks does not keep an officer from naming a level."""
    level = SCHEMES.scheme("fr-vigipirate").level("securite renforcee - risque attentat")

    assert level.rank == 2


def test_every_level_is_found_by_its_rank() -> None:
    """A button carries a rank, and the rank leads to the level."""
    for scheme in SCHEMES.all:
        assert [scheme.level_ranked(level.rank) for level in scheme.levels] == list(scheme.levels)
    with pytest.raises(UnknownCode, match=r"'6'.*there is: 1, 2, 3, 4, 5"):
        NATIONAL.level_ranked(6)


def test_an_unknown_level_or_scheme_is_answered_with_those_there_are() -> None:
    """The refusal lists what exists."""
    with pytest.raises(UnknownCode, match="there is: LOW, MODERATE, SUBSTANTIAL, SEVERE, CRITICAL"):
        NATIONAL.level("HIGH")
    with pytest.raises(UnknownCode, match="there is: uk-national, uk-northern-ireland, us-ntas"):
        SCHEMES.scheme("uk")


def test_an_operator_chooses_the_schemes_in_force_and_their_order(tmp_path: Path) -> None:
    """An own schemes.toml is all it takes to show another country's shipped scheme."""
    (tmp_path / "schemes.toml").write_text(
        '[[schemes]]\ncode = "nl-nctv"\nin_force = true\n[[schemes]]\ncode = "uk-national"\nin_force = true\n',
        encoding="utf-8",
    )
    schemes = Schemes.load(DataFolder(tmp_path))

    assert [scheme.code for scheme in schemes.in_force] == ["nl-nctv", "uk-national"]


def test_an_operator_adds_a_scheme_with_a_file(tmp_path: Path) -> None:
    """A scheme that nobody shipped is a file and a line in the list; its history is put into order."""
    changes = CHANGE.format(date="2021-02-01", level="Storm") + CHANGE.format(date="2020-01-01", level="Calm")
    scheme = load_ours(tmp_path, SCHEME + "history_until = 2022-01-01\n" + RANKS + changes)

    assert [change.level for change in scheme.history] == ["Calm", "Storm"]
    assert scheme.level_on(dt.date(2020, 6, 1)) == scheme.level("calm")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[schemes]]\ncode = "au"\nin_force = false\n', "no scheme is in force"),
        ('[[schemes]]\ncode = "au"\nin_force = 1\n', r"\(au\): in_force must be true or false"),
        ('[[schemes]]\ncode = "au"\nin_force = true\n' * 2, r"2 \(au\): code 'au' is there twice"),
        ('[[schemes]]\ncode = "mars"\nin_force = true\n', r"levels-mars\.toml: there is no such data file"),
        ('[[schemes]]\ncode = "au"\nin_force = true\nin_froce = true\n', "unknown key 'in_froce'"),
    ],
)
def test_a_wrong_list_of_schemes_is_found_at_load(tmp_path: Path, text: str, says: str) -> None:
    """Each mistake in the list stops the load with one line."""
    (tmp_path / "schemes.toml").write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=says):
        Schemes.load(DataFolder(tmp_path))


def test_a_scheme_that_the_list_leaves_out_is_refused(tmp_path: Path) -> None:
    """An operator's scheme file is never lost in silence because nobody listed it."""
    (tmp_path / "levels-ours.toml").write_text(SCHEME + RANKS, encoding="utf-8")

    with pytest.raises(DataError, match=r"levels-ours\.toml is there, but no entry lists its scheme"):
        Schemes.load(DataFolder(tmp_path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SCHEME, r"levels-ours\.toml: ranks is missing"),
        (SCHEME.replace('"ours"', '"theirs"') + RANKS, "code is 'theirs', but the name of the file says 'ours'"),
        (SCHEME.replace("48", "0") + RANKS, "stale_after_hours must be a number from 1"),
        (SCHEME.replace("48", '"48"') + RANKS, "stale_after_hours must be a number"),
        (SCHEME.replace('"A"', '"U"') + RANKS, "confidence must be one of A, B, C"),
        (SCHEME.replace("https://", "") + RANKS, "official_address must be a web address"),
        (SCHEME + 'colour = "red"\n' + RANKS, "unknown key 'colour'"),
        (SCHEME + RANKS.replace("rank = 2", "rank = 3"), "ranks must run from 1 to 2 without a gap"),
        (SCHEME + RANKS.replace("rank = 2", "rank = 1"), r"2 \(Storm\): rank '1' is there twice"),
        (SCHEME + RANKS.replace("Storm", "CALM"), r"2 \(CALM\): level 'calm' is there twice"),
        (SCHEME + RANKS + 'response = "HIGH"\n', "response must be one of NORMAL, HEIGHTENED, EXCEPTIONAL"),
        (SCHEME + RANKS + 'response = "NORMAL"\n', "response_note is missing"),
        (SCHEME + RANKS + 'definition_before = "x"\n', "definition_before and wording_changed go together"),
        (SCHEME + RANKS + "wording_changed = 2019-07-23\n", "definition_before and wording_changed go together"),
        (SCHEME + RANKS + CHANGE.format(date="2020-01-01", level="Calm"), "history_until is missing"),
        (SCHEME + "history_until = 2020-01-01\n" + RANKS, "unknown key 'history_until'"),
        (
            SCHEME + "history_until = 2019-12-31\n" + RANKS + CHANGE.format(date="2020-01-01", level="Calm"),
            "history_until lies before the last entry of the history, 2020-01-01",
        ),
        (SCHEME + RANKS + CHANGE.format(date="2020-01-01", level="calm"), "level must be one of Calm, Storm"),
        (SCHEME + RANKS + CHANGE.format(date="'2020-01-01'", level="Calm"), "date must be a date such as"),
        (SCHEME + RANKS + CHANGE.format(date="2020-01-01T00:00:00", level="Calm"), "date must be a date"),
        (
            SCHEME + RANKS + CHANGE.format(date="2020-01-01", level="Calm") * 2,
            r"2 \(2020-01-01\): date '2020-01-01' is there twice",
        ),
    ],
)
def test_a_wrong_scheme_is_found_at_load(tmp_path: Path, text: str, says: str) -> None:
    """Each mistake in an operator's scheme stops the load with one line that names the file."""
    with pytest.raises(DataError, match=says) as caught:
        load_ours(tmp_path, text)

    assert str(caught.value).startswith(str(tmp_path / "levels-ours.toml"))
    assert "\n" not in str(caught.value)
