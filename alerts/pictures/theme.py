"""The colours of the pictures: a light and a dark theme."""

from dataclasses import dataclass
from enum import StrEnum

Colour = str
"""A colour as `#rrggbb`."""


class ThemeName(StrEnum):
    """What an installation chooses; a picture is made once for each."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture. Text has a contrast of at least 4.5 to what it stands on (WCAG 2.2, 1.4.3).

    Attributes:
        paper: behind everything.
        card: behind one scheme.
        ink: the text.
        soft: text of less weight.
        cell: a step of the scale that is not in force.
        rule: lines and frames.
        accents: of the step in force, for the lowest level first; the same is always said in words.
        on_accent: text on an accent.
    """

    name: ThemeName
    paper: Colour
    card: Colour
    ink: Colour
    soft: Colour
    cell: Colour
    rule: Colour
    accents: tuple[Colour, ...]
    on_accent: Colour

    def accent(self, rank: int, ranks: int) -> Colour:
        """Give the accent of a level, for scales of any length."""
        place = (rank - 1) / max(ranks - 1, 1) * (len(self.accents) - 1)
        return self.accents[max(0, min(round(place), len(self.accents) - 1))]


THEMES = {
    ThemeName.LIGHT: Theme(
        ThemeName.LIGHT,
        paper="#e8edf2",
        card="#ffffff",
        ink="#14202b",
        soft="#465564",
        cell="#edf1f5",
        rule="#8494a3",
        accents=("#17694f", "#1d5aa0", "#855500", "#ad360b", "#a3121f"),
        on_accent="#ffffff",
    ),
    ThemeName.DARK: Theme(
        ThemeName.DARK,
        paper="#0e1621",
        card="#1a2632",
        ink="#f3f6f9",
        soft="#b6c3cf",
        cell="#263543",
        rule="#7b8c9b",
        accents=("#62cda5", "#82b8f6", "#f2b84b", "#ff9a6b", "#ff868c"),
        on_accent="#0d151d",
    ),
}
