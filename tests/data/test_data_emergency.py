import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.data import DataFolder
from alerts.levels.scheme import Schemes
from alerts.reporting.emergency import EmergencyWords
from alerts.reporting.guide import Guide
from alerts.subscribers.sectors import Directory

FOLDER = DataFolder(None)
GUIDE = Guide.load(FOLDER)
WORDS: list[str] = FOLDER.read("reporting.toml")["emergency"]["words"]


@pytest.mark.parametrize(
    "text",
    [
        "there is a man with a knife",
        "BOMB!!",
        "shots fired outside",
        "help someone has a gun",
        "explosion at the station",
        "we're under attack",
        "We’re under ATTACK",
        "suspicious package here now",
        "Help!",
        "HELP ME PLEASE",
        "heeeelp",
        "SOS",
        "s.o.s.",
        "🆘",
        "fire",
        "this is not a fire drill",
        "smoke in the tunnel, people trapped",
        "he can’t breathe",
        "she can't breathe",
        "someone's been stabbed",
        "a van drove into people",
        "I'm hiding in the storeroom",
        "gunmen/shooting",
        "#shooting",
        "shoooooting",
        "_bomb_",
        "bo\u200bmb",
        "ｂｏｍｂ",
        "an explosion during our fire safety training",
        "there's an attacker in the lobby",
        "call the police",
        "we need the emergency services",
        "call 999?",
        "unattended bag on platform 2",
        "white powder in the post room",
        "terrorists inside",
    ],
)
def test_what_reads_like_an_emergency(text: str) -> None:
    """A message of somebody in danger is known by its words, however it is typed."""
    assert GUIDE.reads_like_emergency(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?!",
        "thanks",
        "what is the threat level",
        "Gunn & Sons",
        "our fire safety training",
        "fire safety, fire safety",
        "Knightsbridge Estates",
        "hello",
        "how do I subscribe to retail",
        "stop",
        "yes",
        "when is the next briefing?",
        "does SEVERE mean an attack is highly likely?",
        "our emergency plan",
        "I moved to the North West office",
        "Shotton Steel",
        "screenshot",
        "gunpowder green tea",
        "please add my colleague",
        "can you help me with my settings",
        "we run a blast furnace",
        "how do I report something online",
    ],
)
def test_what_does_not_read_like_an_emergency(text: str) -> None:
    """Everyday messages, and names that only contain such a word, are left alone."""
    assert not GUIDE.reads_like_emergency(text)


def test_the_bots_own_names_are_no_emergency() -> None:
    """Nobody is sent to 999 for typing the name of a sector, a region or a level."""
    directory = Directory.load(FOLDER)
    names = [item.name for item in (*directory.sectors, *directory.regions)]
    names += [level.name for scheme in Schemes.load(FOLDER).in_force for level in scheme.levels]

    assert not [name for name in names if GUIDE.reads_like_emergency(name)]


@given(
    word=st.sampled_from(WORDS),
    before=st.sampled_from(["", "there is ", "omg!! ", "1 ", "…", "(", "\n", "- "]),
    after=st.sampled_from(["", " here", "!!!", ", hurry", "…", ")", "\nplatform 4", "."]),
    is_upper=st.booleans(),
)
def test_every_word_counts_wherever_it_stands(word: str, before: str, after: str, is_upper: bool) -> None:
    """Each word and phrase is found at the start, in the middle and at the end, in any capitals."""
    text = f"{before}{word}{after}"

    assert GUIDE.reads_like_emergency(text.upper() if is_upper else text)


@given(st.sampled_from(["help", "bomb", "gun", "fire", "shooting"]), st.integers(3, 30), st.data())
def test_letters_held_down_do_not_hide_a_word(word: str, times: int, data: st.DataObject) -> None:
    """A key that is held down in panic does not keep the word from being read."""
    place = data.draw(st.integers(0, len(word) - 1))

    assert GUIDE.reads_like_emergency(word[:place] + word[place] * times + word[place + 1 :])


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1))
def test_a_part_of_a_word_is_no_word(tail: str) -> None:
    """A listed word counts only as a whole: with letters behind it, it is another word."""
    words = EmergencyWords(words=["gun"], alone=[], harmless=[])

    assert words.are_in(f"the gun {tail}")
    assert not words.are_in(f"the gun{tail}x")


def test_a_harmless_phrase_hides_nothing_beside_it() -> None:
    """Only the harmless phrase itself is passed over, and the words around it do not join across it."""
    words = EmergencyWords(words=["fire", "call help"], alone=[], harmless=["fire safety"])

    assert not words.are_in("fire safety fire safety")
    assert words.are_in("fire at the fire safety training")
    assert not words.are_in("call fire safety help")


def test_a_word_that_counts_alone_counts_only_alone() -> None:
    """`alone` holds for a whole message."""
    words = EmergencyWords(words=["bomb"], alone=["help"], harmless=[])

    assert words.are_in("Help!!")
    assert not words.are_in("help page")


def test_without_words_nothing_is_an_emergency() -> None:
    """An empty list matches nothing, and not everything."""
    assert not EmergencyWords(words=[], alone=[], harmless=[]).are_in("bomb")


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """No message, however odd, breaks the reading."""
    assert GUIDE.reads_like_emergency(text) in {True, False}
