"""The board that /threat shows: each scheme's scale with the level in force marked, in words.

No drawing in here: that is in `board_painter.py`, which imports Pillow and so belongs to the drawing process alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from alerts.pictures.picture import picture_key
from alerts.pictures.theme import ThemeName

DRAWING = 1
"""Goes up when the drawing itself changes, so that pictures of the old kind are not shown any more."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One scheme on the board; every word of it is ready to be shown.

    Attributes:
        name: the scheme's.
        level: the level in force in large words, or words for that none is known.
        steps: the names of all levels, lowest first.
        rank: of the level in force, 1 for the lowest; 0 when none is known.
        facts: short lines beside the scale; the first is set in bold.
        warning: what the reader must not overlook, such as that the reading is out of date; "" for nothing.
    """

    name: str
    level: str
    steps: tuple[str, ...]
    rank: int
    facts: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """The whole picture."""

    title: str
    panels: tuple[Panel, ...]
    footer: str

    def key(self, theme: ThemeName) -> str:
        """Name what is on it: the same key means the same picture, in words, language and theme."""
        return picture_key("board", DRAWING, theme, self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Board":
        """Read what `as_json` gave."""
        panels = (
            Panel(**panel | {"steps": tuple(panel["steps"]), "facts": tuple(panel["facts"])})
            for panel in content["panels"]
        )
        return cls(content["title"], tuple(panels), content["footer"])
