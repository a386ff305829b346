"""What the picture of a level says in words, since it may be passed on without its caption."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.clock import START, DrivenClock

from alerts.data import DataFolder
from alerts.levels.register import CurrentLevel, Reading
from alerts.levels.scheme import Schemes
from alerts.levels.sightings import Sighting
from alerts.pictures.studio import Studio
from alerts.pictures.theme import ThemeName
from handlers.level_pictures import LevelPictures
from handlers.texts import Texts

SCHEME = Schemes.load(DataFolder()).scheme("uk-national")
STALE = "May be out of date. Please check the official page."


def entry(set_at: datetime, *, reports: bool, is_stale: bool = False) -> CurrentLevel:
    """Give SEVERE as it was set at a moment, and a feed that says CRITICAL since noon."""
    reading = Reading("uk-national", 1, "SEVERE", 4, None, "officer", set_at, 501, "")
    sighting = Sighting("mi5", "uk-national", "CRITICAL", "SEVERE", START, START, None) if reports else None
    return CurrentLevel(SCHEME, reading, is_stale, sighting)


@pytest.mark.parametrize(
    ("shown", "warning"),
    [
        (entry(START, reports=False), ""),
        (entry(START, reports=False, is_stale=True), STALE),
        (entry(START - timedelta(days=1), reports=True), "Reported, not confirmed yet: CRITICAL."),
        (
            entry(START + timedelta(hours=1), reports=True),
            "MI5's feed says CRITICAL; our officers have set the level above since.",
        ),
        (
            entry(START - timedelta(days=9), reports=True, is_stale=True),
            f"Reported, not confirmed yet: CRITICAL. {STALE}",
        ),
    ],
    ids=["well", "stale", "reported", "overruled", "reported and stale"],
)
def test_a_picture_says_what_must_not_be_overlooked(shown: CurrentLevel, warning: str) -> None:
    """What a source reports and nobody has confirmed, and that a reading is old, stand in the picture itself."""
    studio = Studio(DrivenClock())
    pictures = LevelPictures(Texts(ZoneInfo("Europe/London")), studio, studio, ThemeName.LIGHT)
    assert pictures._panel(shown).warning == warning
