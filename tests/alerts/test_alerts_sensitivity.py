"""What looks more sensitive than its marking, and above all what does not."""

from pathlib import Path

import pytest

from alerts.data import DataError, DataFolder
from alerts.publishing.marking import Marking
from alerts.publishing.sensitivity import Sensitivity
from alerts.reporting.guide import Guide

FOLDER = DataFolder()
GUIDE = Guide.load(FOLDER)
SENSITIVITY = Sensitivity.load(FOLDER, GUIDE)
PHONE, MAIL = "a phone number", "a personal e-mail address"
SITE, PROTECTED, CLASSIFIED = (
    "the name or postcode of a site",
    "the words of a protective marking",
    "the words of a national classification",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ring 07700 900123 on arrival", PHONE),
        ("Ring +44 7700 900123", PHONE),
        ("Ring (020) 7946 0018.", PHONE),
        ("Ring +49 30 1234567", PHONE),
        ("Tell jane.doe@example.org", MAIL),
        ("Stay away from SW1A 1AA", SITE),
        ("Trouble at Northfield Substation", SITE),
        ("Trouble at Old Mill power station", SITE),
        ("OFFICIAL-SENSITIVE", PROTECTED),
        ("This is Official Sensitive.", PROTECTED),
        ("Please do not forward", PROTECTED),
        ("UK SECRET", CLASSIFIED),
        ("TLP:RED until noon", "TLP:RED"),
    ],
)
def test_what_looks_sensitive_warns(text: str, found: str):
    """Numbers, addresses, sites and the words of other markings are found, in the headline as in the text."""
    assert SENSITIVITY.warnings("Headline", text, Marking.CLEAR) == (found,)
    assert SENSITIVITY.warnings(text, "Text", Marking.CLEAR) == (found,)


@pytest.mark.parametrize(
    "text",
    [
        "In an emergency call 999. Not an emergency: 101. NHS 111, Europe 112.",
        "Anti-Terrorist Hotline 0800 789 321 or +44 800 789 321",
        "Text 61016, textphone 18000, 18001 101",
        "Crimestoppers 0800 555 111, Railway police 0800 40 50 40, 0300 123 2040",
        "C-2026-0007 was sent on 2026-11-24 18:00, 24/11/2026 09:00-17:00",
        "Losses of £1,000,000 and 0.5 %, flight BA0123456789",
        "https://www.gov.uk/ACT?id=02079460018",
        "Write to info@example.org, press@met.police.uk or alerts@example.org",
        "At the substation, in your control room and any depot",
        "The official text is sensitive to spaces",
        "Junction 10 of the M25, A40, platform 2A, gate B12, size 10 3XL",
        "Cells of Al-Shabaab, BS 8300, ISO 22301, ISBN 978-0-306-40615-7",
    ],
)
def test_what_everybody_may_read_does_not_warn(text: str):
    """Public numbers, dates, references, amounts and roads are no secret: a warning that cries wolf is not read."""
    assert SENSITIVITY.warnings("Headline", text, Marking.CLEAR) == ()


@pytest.mark.parametrize("way", [way.value for channel in GUIDE.channels for way in channel.ways])
def test_what_the_guide_says_is_public(way: str):
    """Whatever the bot itself says under every alert raises no warning in one."""
    assert SENSITIVITY.warnings("Headline", f"Report it: {way}", Marking.CLEAR) == ()


def test_a_sign_is_no_surprise_where_it_fits():
    """A warning ends at the marking at which the sign fits, and a postcode fits earlier than a phone number."""
    text = "Ring 07700 900123 near SW1A 1AA, OFFICIAL-SENSITIVE, UK SECRET"
    found = {marking: SENSITIVITY.warnings("Headline", text, marking) for marking in Marking}
    assert found[Marking.CLEAR] == (PHONE, SITE, PROTECTED, CLASSIFIED)
    assert found[Marking.GREEN] == (PHONE, PROTECTED, CLASSIFIED)
    assert found[Marking.AMBER] == found[Marking.AMBER_STRICT] == (CLASSIFIED,)
    assert found[Marking.RED] == ()


def test_formatting_hides_nothing():
    """A number in bold, with an entity in it, is the same number."""
    assert SENSITIVITY.warnings("Headline", "Ring <b>07700</b> 900123 &amp; wait", Marking.CLEAR) == (PHONE,)


def test_an_operators_file_names_their_sites(tmp_path: Path):
    """A file of one's own takes the place of the shipped one; a name in it is found whole and in any capitals."""
    (tmp_path / "sensitive.toml").write_text(
        '[[signs]]\ncode = "ours"\ntitle = "one of our sites"\nfits = "amber"\nwords = ["Blackwater"]\n'
    )
    own = Sensitivity.load(DataFolder(tmp_path), GUIDE)
    assert own.warnings("BLACKWATER closed", "Ring 07700 900123", Marking.GREEN) == ("one of our sites",)
    assert own.warnings("Blackwaters", "Text", Marking.GREEN) == ()


@pytest.mark.parametrize("line", ['patterns = ["("]', "words = []", 'fits = "blue"\nwords = ["x"]'])
def test_a_file_that_is_wrong_stops_the_start(tmp_path: Path, line: str):
    """A pattern that cannot be read, a sign without any, or an unknown marking is named, with its file."""
    fits = "" if "fits" in line else 'fits = "amber"\n'
    (tmp_path / "sensitive.toml").write_text(f'[[signs]]\ncode = "ours"\ntitle = "a thing"\n{fits}{line}\n')
    with pytest.raises(DataError, match=r"sensitive\.toml"):
        Sensitivity.load(DataFolder(tmp_path), GUIDE)
