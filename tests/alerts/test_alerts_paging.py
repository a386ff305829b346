import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.paging import Page, Window

TOTALS, SIZES, NUMBERS = st.integers(0, 200), st.integers(1, 20), st.integers(-300, 300)


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (7, 1), (8, 1), (9, 2), (15, 2), (16, 2), (17, 3)])
def test_a_page_begins_when_the_one_before_is_full(total: int, pages: int):
    """An exact multiple needs no page more, one entry above it does, and an empty list has one page."""
    assert Window.at(0, total=total, size=8).pages == pages


@pytest.mark.parametrize(
    ("asked", "number", "start"), [(0, 0, 0), (1, 1, 8), (2, 2, 16), (3, 2, 16), (10**60, 2, 16), (-1, 0, 0)]
)
def test_the_nearest_page_stands_in_place_of_one_that_is_not_there(asked: int, number: int, start: int):
    """Past the end the last page is given, whatever the number, and before the beginning the first."""
    window = Window.at(asked, total=17, size=8)
    assert (window.number, window.start, window.pages) == (number, start, 3)


@pytest.mark.parametrize("asked", [-1, 0, 1, 99])
def test_an_empty_list_has_one_empty_page(asked: int):
    """Whichever page is asked for, there is one, it is the first, and nothing stands on it."""
    assert Page[str].of([], asked, 8) == Page((), Window(0, 0, 8))
    assert Page[str].of([], asked, 8).window.pages == 1


def test_the_last_page_of_an_exact_multiple_is_full():
    """Sixteen entries by eights end with a page of eight, not with an empty one."""
    assert Page.of(range(16), 99, 8).items == tuple(range(8, 16))


@given(TOTALS, SIZES)
def test_the_pages_together_are_the_list(total: int, size: int):
    """Turned from the first to the last, pages show every entry once and in order."""
    pages = [Page.of(range(total), number, size) for number in range(Window.at(0, total=total, size=size).pages)]
    assert [item for page in pages for item in page.items] == list(range(total))
    assert [page.window.number for page in pages] == list(range(len(pages)))


@given(NUMBERS, TOTALS, SIZES)
def test_a_page_shows_what_limit_and_offset_would(number: int, total: int, size: int):
    """A window lies within its list, is empty for an empty one alone, and cuts what a page in memory holds."""
    page = Page.of(range(total), number, size)
    assert page.window == Window.at(number, total=total, size=size)
    assert page.items == tuple(range(total))[page.window.start :][: page.window.size]
    assert 0 <= page.window.number < page.window.pages
    assert bool(page.items) == bool(total)
