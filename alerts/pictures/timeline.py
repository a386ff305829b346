"""What the chart of /history shows: for each scheme the steps of its level over the years. No drawing in here.

The drawing is in `chart.py`, which imports matplotlib and so belongs to the drawing process alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from alerts.pictures.picture import picture_key
from alerts.pictures.theme import ThemeName

DRAWING = 1
"""Goes up when the drawing itself changes, so that pictures of the old kind are not shown any more."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days with one level.

    Attributes:
        start: the first day.
        end: the first day after it.
        rank: of the level, 1 for the lowest; 0 where none is known.
    """

    start: date
    end: date
    rank: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One scheme in the chart.

    Attributes:
        name: the scheme's.
        note: the level at the end of the lane, in words.
        steps: the names of all levels, lowest first.
        stretches: oldest first, without gaps.
    """

    name: str
    note: str
    steps: tuple[str, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole chart.

    Attributes:
        unknown: the words for a stretch of which nothing is known.
    """

    title: str
    lanes: tuple[Lane, ...]
    unknown: str

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it, days as ISO 8601."""
        content = asdict(self)
        for lane in content["lanes"]:
            lane["stretches"] = [
                [stretch["start"].isoformat(), stretch["end"].isoformat(), stretch["rank"]]
                for stretch in lane["stretches"]
            ]
        return content

    def key(self, theme: ThemeName) -> str:
        """Name what is on it: the same key means the same picture, in words, language and theme."""
        return picture_key("chart", DRAWING, theme, self.as_json())

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Timeline":
        """Read what `as_json` gave."""
        lanes = []
        for lane in content["lanes"]:
            stretches = (
                Stretch(date.fromisoformat(start), date.fromisoformat(end), rank)
                for start, end, rank in lane["stretches"]
            )
            lanes.append(Lane(lane["name"], lane["note"], tuple(lane["steps"]), tuple(stretches)))
        return cls(content["title"], tuple(lanes), content["unknown"])
