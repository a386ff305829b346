"""Another country's scheme is a file and no code: an installation in the Netherlands, and one that watches both."""

import json
from pathlib import Path

import pytest
from support.feeds import feed
from support.processes import Home
from support.talk import ask, officer
from support.town import town_at
from support.website import Website

from alerts.subscribers.roll import Profile

AMIRA, DANA = 11, 13
DUTCH = '[[schemes]]\ncode = "nl-nctv"\nin_force = true\n'
BOTH = DUTCH + '[[schemes]]\ncode = "uk-national"\nin_force = true\n'


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder of the operator's own data, in which the Dutch scheme alone is in force."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "schemes.toml").write_text(DUTCH)
    return folder


async def test_a_dutch_installation_speaks_of_the_dutch_level_alone(tmp_path: Path, data_dir: Path) -> None:
    """/threat, /level and the push of a change work by the shipped file, and MI5's feed is not asked."""
    async with (
        Website().open() as website,
        town_at(tmp_path, pictures="off", data_dir=data_dir, level_feed_url=website.address) as town,
    ):
        await town.start_bot()
        dana, amira = await officer(town, DANA), await town.person(AMIRA)
        await ask(amira, "/start", "Do you agree?")
        await town.domain.roll.subscribe(AMIRA, "private", Profile(sectors=("aviation",)))
        shown = await ask(amira, "/threat", "The threat level now")
        assert "No reading is known here yet." in shown["text"]
        assert "UK" not in shown["text"]
        assert "Northern Ireland" not in shown["text"]
        for level, effect in (("SIGNIFICANT", "Nobody is told"), ("CRITICAL", "The change goes to")):
            begun = await ask(dana, "/level", "Which")
            [scheme] = [label for label in dana.buttons(begun) if label != "Cancel"]
            assert scheme == "Dutch national threat level"
            for label in (scheme, level.capitalize(), "Today", "Skip", "Confirm"):
                await dana.press(label)
            await dana.reads(effect)
        alert = await amira.reads("raised to Critical")
        assert alert["text"].startswith("CRITICAL")
        await ask(amira, "/threat", "Critical (level 5 of 5)")
        assert town.domain.watch.sources == ()
        assert website.requests == []


async def test_an_installation_may_watch_one_country_and_set_another_by_hand(tmp_path: Path, data_dir: Path) -> None:
    """With both in force the British level comes from the feed and the Dutch one from an officer, each by itself."""
    (data_dir / "schemes.toml").write_text(BOTH)
    async with (
        Website().open() as website,
        town_at(tmp_path, pictures="off", data_dir=data_dir, level_feed_url=website.address) as town,
    ):
        website.body = feed()
        [source] = town.domain.watch.sources
        assert source.schemes == ("uk-national",)
        await town.domain.watch.poll(source)
        proposal = await town.domain.register.propose("nl-nctv", "substantial")
        await town.domain.register.record(proposal, source="officer")
        levels = [
            (entry.scheme.code, entry.level and entry.level.name) for entry in await town.domain.register.current()
        ]
        assert levels == [("nl-nctv", "Substantial"), ("uk-national", "SEVERE")]
        [watched] = await town.domain.watch.watched()
        assert watched.state is not None
        assert watched.state.problem is None


def test_the_command_line_knows_the_scheme_too(tmp_path: Path, data_dir: Path) -> None:
    """`level set`, `show` and `history` take the Dutch scheme, refuse the British one, and `check` asks no feed."""
    home = Home(tmp_path, data_dir=str(data_dir), level_feed_url="https://feed.invalid/")
    assert home.cascade("level", "set", "nl-nctv", "substantial", "--yes").code == 0
    [level] = json.loads(home.cascade("level", "show", "--json").stdout)["levels"]
    assert (level["scheme"], level["level"], level["rank"], level["stale"]) == ("nl-nctv", "Substantial", 4, False)
    assert "nl-nctv" in home.cascade("level", "history", "--scheme", "nl-nctv", "--json").stdout
    refused = home.cascade("level", "set", "uk-national", "SEVERE", "--yes")
    assert (refused.code, "uk-national" in refused.stderr) == (2, True)
    checks = json.loads(home.cascade("check", "--json").stdout)["checks"]
    assert "feed" not in [check["name"] for check in checks]
