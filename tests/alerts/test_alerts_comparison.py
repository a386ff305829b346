"""Where a text differs from ours: told in our words, never in those of the other text."""

import pytest

from alerts.publishing.comparison import PLACES_AT_MOST, Place, differences, foreign_links

OURS = "URGENT: Vehicle at the gate\nPolice are there. Keep away from the east gate until 18:00."


@pytest.mark.parametrize("theirs", [OURS, OURS.replace("\n", " "), f"  {OURS}\n\n", OURS.replace(" ", "\u00a0 ")])
def test_spaces_are_no_difference(theirs: str):
    """Line breaks and spaces, as apps and people change them, do not count."""
    assert differences([OURS], theirs) == ()


def test_another_word_is_shown_in_ours():
    """A changed place is told by what stands there in our text, with a few words around it."""
    assert differences([OURS], OURS.replace("east", "west")) == (Place("away from the east gate until 18:00."),)


def test_what_was_left_out_is_shown():
    """A sentence that is missing is given back."""
    [place] = differences([OURS], OURS.replace("Police are there. ", ""))
    assert "Police are there." in place.ours
    assert not place.is_addition


def test_what_was_added_is_not_repeated():
    """Of an addition only its place is told: our words around it."""
    [place] = differences([OURS], OURS.replace("gate until", "gate, call 0900 123 456 and pay, until"))
    assert (place.is_addition, "0900" in place.ours, "pay" in place.ours) == (False, False, False)
    [place] = differences([OURS], f"{OURS} Call 0900 123 456.")
    assert place == Place("gate until 18:00.", is_addition=True)


def test_no_word_of_theirs_is_ever_given():
    """Whatever somebody sends, all that comes back stands in our text."""
    for theirs in ("", "x", "visit evil.example now", "Police VISIT are EVIL there", "gate " * 3000):
        for place in differences([OURS], theirs):
            assert set(place.ours.split()) <= {*OURS.split(), "…"}


def test_another_text_is_cut_short():
    """Of a text that differs everywhere a few places are shown, and each is short."""
    ours = " ".join(f"word{number}" for number in range(400))
    theirs = " ".join(f"word{number}" if number % 10 else "other" for number in range(400))
    places = differences([ours], theirs)
    assert len(places) == PLACES_AT_MOST
    [whole] = differences([ours], "nothing alike")
    assert whole.ours.endswith("…")


def test_the_nearest_part_is_held_against_it():
    """Of an alert in several messages the one that was forwarded is found."""
    parts = ["Part one says this and that.", "Part two says something else entirely, in other words."]
    assert differences(parts, parts[1]) == ()
    [place] = differences(parts, parts[1].replace("entirely,", "partly,"))
    assert place.ours == "says something else entirely, in other words."


@pytest.mark.parametrize(
    ("theirs", "is_foreign"),
    [
        ([], False),
        (["https://example.org/a?b=1&c=2"], False),
        (["https://EXAMPLE.org/a?b=1&c=2/"], False),
        (["https://evil.example/"], True),
        (["https://example.org/a?b=1&c=2", "https://example.org/"], True),
    ],
)
def test_hidden_links_lead_where_ours_do(theirs: list[str], is_foreign: bool):
    """The words of a link may be ours and its address another: that counts, unlike other formatting."""
    ours = ['See <a href="https://example.org/a?b=1&amp;c=2">the page</a> and <b>wait</b>.']
    assert foreign_links(ours, theirs) is is_foreign
