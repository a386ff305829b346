from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from alerts.data import DataFolder
from alerts.levels.scheme import Scheme, Schemes
from alerts.pictures import fonts
from alerts.pictures.board import Board, Panel
from alerts.pictures.board_painter import WIDTH, draw_board
from alerts.pictures.fonts import font
from alerts.pictures.theme import THEMES, Theme, ThemeName
from alerts.pictures.worker import draw

SCHEMES = Schemes.load(DataFolder())
LIMIT = 100_000
"""Bytes of a picture at most (issue 5, part 5)."""


def panel(scheme: Scheme, rank: int, warning: str = "") -> Panel:
    """Show a level of a scheme."""
    steps = tuple(level.name for level in scheme.levels)
    facts = (f"Level {rank} of {len(steps)}", scheme.level_ranked(rank).definition, "Since 30 Apr 2026")
    return Panel(scheme.name, steps[rank - 1], steps, rank, tuple(fact for fact in facts if fact), warning)


def board(*panels: Panel) -> Board:
    """Show these schemes, the UK's two when none is named."""
    uk = tuple(panel(scheme, 4, "May be out of date.") for scheme in SCHEMES.in_force)
    return Board("The threat level now", panels or uk, "In an emergency call 999.")


def opened(content: bytes) -> Image.Image:
    """Read a picture."""
    picture = Image.open(BytesIO(content), formats=["PNG"])
    picture.load()
    return picture.convert("RGB")


def luminance(colour: str) -> float:
    """Give the relative luminance of a colour (WCAG 2.2)."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_text_has_contrast(theme: Theme):
    """Whatever is written stands out from what it stands on by 4.5 to 1 at least, in both themes."""
    pairs = [(theme.ink, theme.paper), (theme.ink, theme.card), (theme.ink, theme.cell)]
    pairs += [(theme.soft, theme.paper), (theme.soft, theme.card)]
    pairs += [(accent, on) for accent in theme.accents for on in (theme.card, theme.on_accent)]
    assert [(one, other) for one, other in pairs if contrast(one, other) < 4.5] == []


@pytest.mark.parametrize("theme", ThemeName)
def test_a_board_is_small_and_as_wide_as_a_phone_wants_it(theme: ThemeName):
    """The UK's two schemes make a picture below 100 kB whose large sides Telegram takes and a phone shows whole."""
    content = draw_board(board(), theme)
    assert len(content) < LIMIT
    width, height = opened(content).size
    assert width == WIDTH
    assert height < 1.5 * width


@pytest.mark.parametrize("scheme", SCHEMES.all, ids=lambda scheme: scheme.code)
def test_every_shipped_scheme_fits(scheme: Scheme):
    """Long names of levels, scales of three and of five: every picture is drawn and stays below 100 kB."""
    for level in scheme.levels:
        assert len(draw_board(board(panel(scheme, level.rank)), ThemeName.LIGHT)) < LIMIT


def test_the_level_in_force_is_marked_by_its_place_and_a_pointer():
    """Of the five steps one is filled in the accent: the higher the level, the higher it stands."""
    scheme = SCHEMES.in_force[0]
    tops = []
    for rank in range(1, 6):
        picture = opened(draw_board(board(panel(scheme, rank)), ThemeName.LIGHT))
        accent = THEMES[ThemeName.LIGHT].accent(rank, 5)
        wanted = tuple(int(accent[place : place + 2], 16) for place in (1, 3, 5))
        column = (picture.getpixel((WIDTH // 2 - 80, y)) for y in range(picture.height))  # beside the name of the step
        marked = [
            y
            for y, colour in enumerate(column)
            if isinstance(colour, tuple) and all(abs(a - b) < 3 for a, b in zip(colour, wanted, strict=True))
        ]
        step = _runs(marked)[-1]  # the word in large letters stands above it
        assert len(step) >= 50, rank
        tops.append(step[0])
    assert all(lower > higher for lower, higher in pairwise(tops))


def _runs(numbers: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def test_a_key_names_all_that_is_on_a_picture():
    """The same content has the same key; another level, word or theme has another."""
    first, second = SCHEMES.in_force
    keys = [
        board().key(ThemeName.LIGHT),
        board().key(ThemeName.DARK),
        board(panel(first, 4)).key(ThemeName.LIGHT),
        board(panel(first, 5)).key(ThemeName.LIGHT),
        board(panel(first, 4, "May be out of date.")).key(ThemeName.LIGHT),
        board(panel(first, 4), panel(second, 4)).key(ThemeName.LIGHT),
    ]
    assert len(set(keys)) == len(keys)
    assert board().key(ThemeName.LIGHT) == keys[0]


def test_a_board_comes_through_json_as_it_was():
    """What the drawing process reads is what it was given."""
    assert Board.from_json(board().as_json()) == board()
    job = {"kind": "board", "theme": "light", "content": board().as_json()}
    assert draw(job) == draw_board(board(), ThemeName.LIGHT)


def test_without_the_fonts_of_matplotlib_a_board_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch):
    """A machine without any font file draws with the font that stands in Pillow's own code."""
    monkeypatch.setattr(fonts, "find_spec", lambda _name: None)
    font.cache_clear()
    try:
        assert opened(draw_board(board(), ThemeName.LIGHT)).width == WIDTH
    finally:
        font.cache_clear()
