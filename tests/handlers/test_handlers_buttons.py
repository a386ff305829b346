from zoneinfo import ZoneInfo

import pytest

from alerts.data import DataFolder
from alerts.data.entry import CODE_BYTES_AT_MOST
from alerts.levels.scheme import Schemes
from alerts.paging import Window
from alerts.publishing.briefings import Briefings
from alerts.reporting.guide import Guide
from alerts.store.conversations import Conversation
from alerts.subscribers.sectors import Directory
from handlers import compose, level, subscribe
from handlers.choices import PAGE_SIZE, Choices, page_of, pager
from handlers.conversation import step_button
from handlers.progress import Progress
from handlers.screen import DATA_LIMIT, Button, button_data, column, pairs
from handlers.texts import Texts

TEXTS = Texts(ZoneInfo("Europe/London"))
FOLDER = DataFolder()
LONGEST_CODE = "x" * CODE_BYTES_AT_MOST
TOKEN = "0a1b2c"


def at(kind: str, step: str) -> Conversation:
    """Make a conversation that stands at a step."""
    return Conversation(1, kind, step, TOKEN, {})


def size(button: Button) -> int:
    """Count the bytes that a press sends back."""
    return len(button.data.encode())


@pytest.mark.parametrize("kind", [subscribe.Subscribe.kind, compose.Compose.kind])
def test_every_tick_and_page_fits(directory: Directory, kind: str):
    """The data of every sector and region fits on every page, in subscribing and in composing."""
    for step, items in (("sectors", directory.sectors), ("regions", directory.regions)):
        choices = Choices(TEXTS, {item.code: item.name for item in items})
        pages = Window.at(0, total=len(items), size=PAGE_SIZE).pages
        rows = [row for page in range(pages) for row in choices.rows(at(kind, step), [], page)]
        buttons = [button for row in rows for button in row]
        ticks = [button.data.split(":")[4] for button in buttons if ":toggle:" in button.data]
        assert ticks == [item.code for item in items]
        assert all(button.data.startswith(f"{kind}:{TOKEN}:{step}:") for button in buttons)
        assert max(map(size, buttons)) <= DATA_LIMIT == 64


def test_every_scheme_rank_briefing_and_situation_fits():
    """Whatever the shipped data name by a code can be pressed."""
    schemes = Schemes.load(FOLDER)
    for scheme in schemes.all:
        assert size(step_button(at(level.SetLevel.kind, "scheme"), scheme.name, "scheme", scheme.code)) <= DATA_LIMIT
        for rank in scheme.levels:
            assert size(step_button(at(level.SetLevel.kind, "level"), rank.name, "rank", rank.rank)) <= DATA_LIMIT
    for briefing in Briefings.load(FOLDER).all:
        assert size(step_button(at(compose.Compose.kind, "begin"), briefing.title, "briefing", briefing.code)) <= 64
    for situation in Guide.load(FOLDER).situations:
        assert len(button_data("rep", situation.code)) <= DATA_LIMIT


def test_a_code_of_the_greatest_length_fits_everywhere():
    """An operator's own data may use codes as long as the reader of the data allows."""
    for kind in ("sub", "cmp"):
        for step in ("sectors", "regions"):
            step_button(at(kind, step), "x", "toggle", LONGEST_CODE, 999)
    step_button(at("lvl", "scheme"), "x", "scheme", LONGEST_CODE)
    step_button(at("cmp", "begin"), "x", "briefing", LONGEST_CODE)
    button_data("rep", LONGEST_CODE)


def test_numbers_of_the_store_fit():
    """An alert's number and a draft's revision fit, however many there have been."""
    button_data(Progress.kind, "again", 2**63)
    step_button(at("cmp", "preview"), "x", "confirm", 2**63)


def test_the_limit_of_a_buttons_data_is_counted_in_bytes():
    """64 bytes are taken and 65 are refused before Telegram refuses them."""
    assert button_data("x", "y" * 62) == "x:" + "y" * 62
    assert len(button_data("x", "é" * 31).encode()) == 64
    with pytest.raises(ValueError, match="too long"):
        button_data("x", "y" * 63)
    with pytest.raises(ValueError, match="too long"):
        button_data("x", "é" * 32)


def test_a_tick_goes_on_and_off_and_keeps_the_order():
    """A choice keeps the order of the list, and an unknown code changes nothing."""
    choices = Choices(TEXTS, {"a": "A", "b": "B", "c": "C"})
    assert choices.toggled(["c"], "a") == ["a", "c"]
    assert choices.toggled(["a", "c"], "c") == ["a"]
    assert choices.toggled(["b"], "nothing") == ["b"]
    assert choices.named(["a", "lost"]) == ["A", "lost"]


def test_a_page_shows_its_ticks_and_the_way_to_the_others():
    """Pages run in a circle; a page that does not exist is the nearest one; one page needs no pager."""
    choices = Choices(TEXTS, {f"c{number}": f"C{number}" for number in range(PAGE_SIZE + 1)})
    here = at("sub", "sectors")
    first, second = choices.rows(here, ["c0"], 0), choices.rows(here, ["c0"], 1)
    assert [row[0].label for row in first[:2]] == ["✓ C0", "C1"]
    assert [button.label for button in first[-1]] == ["‹ Previous", "1 of 2", "Next ›"]
    assert [button.data.rpartition(":")[2] for button in first[-1]] == ["1", "0", "1"]
    assert [row[0].label for row in second[:-1]] == ["C8"]
    assert (choices.rows(here, ["c0"], 99), choices.rows(here, ["c0"], -1)) == (second, first)
    assert len(Choices(TEXTS, {"a": "A"}).rows(here, [], 0)) == 1


def test_a_lists_pages_turn_in_a_circle():
    """Three buttons lead before, here and on, the page last in their data; the words beside can be a list's own."""
    [row] = pager(TEXTS, Window.at(2, total=17, size=8), "xdr", "silent", 7)
    assert [(button.label, button.data) for button in row] == [
        ("‹ Previous", "xdr:silent:7:1"),
        ("3 of 3", "xdr:silent:7:2"),
        ("Next ›", "xdr:silent:7:0"),
    ]
    [row] = pager(TEXTS, Window.at(0, total=2, size=1), "his", previous="history.newer", following="history.older")
    assert [(button.label, button.data) for button in row] == [
        ("‹ Newer", "his:1"),
        ("1 of 2", "his:0"),
        ("Older ›", "his:1"),
    ]
    assert pager(TEXTS, Window.at(0, total=8, size=8), "xdr", "list") == ()


@pytest.mark.parametrize(
    ("args", "page"),
    [
        ((), 0),
        (("page", "2"), 2),
        (("page", "166666"), 166_666),
        (("page", "x"), 0),
        (("page", "-1"), 0),
        (("page", "9" * 9), 0),
    ],
)
def test_nonsense_for_a_page_is_the_first(args: tuple[str, ...], page: int):
    """A button that was forged asks for the first page; a long list has pages beyond the thousandth."""
    assert page_of(args) == page


def test_buttons_in_rows():
    """A column has one in a row, pairs have two, and an odd one stands alone."""
    one, two, three = (Button(label) for label in "abc")
    assert column(one, two) == ((one,), (two,))
    assert pairs(one, two, three) == ((one, two), (three,))
