"""Long lists, page by page: how many pages there are, and what stands on the one that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """Where one page lies in a list: `start` and `size` are what OFFSET and LIMIT take.

    Attributes:
        number: of the page, from 0.
        total: entries on all pages together.
        size: entries on one page at most.
    """

    number: int
    total: int
    size: int

    @classmethod
    def at(cls, number: int, *, total: int, size: int) -> "Window":
        """Find a page; in place of one that is not there stands the nearest, as after the last one the last."""
        pages = cls(0, total, size).pages
        return cls(max(0, min(number, pages - 1)), total, size)

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        """How many entries stand before this page."""
        return self.number * self.size


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    window: Window

    @classmethod
    def of(cls, listed: Sequence[T], number: int, size: int) -> "Page[T]":
        """Cut a page out of a list that is in memory; as for `Window.at`, there always is one."""
        window = Window.at(number, total=len(listed), size=size)
        return cls(tuple(listed[window.start : window.start + size]), window)
