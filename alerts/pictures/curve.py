"""What the chart of a delivery shows: how many of an alert's recipients it had reached, moment by moment.

No drawing in here: that is in `curve_chart.py`, which imports matplotlib and so belongs to the drawing process alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Curve:
    """The whole chart; every word of it is ready to be shown.

    Attributes:
        title: what stands above it.
        along: what the axis below it counts, with its unit.
        points: (how long since the release in that unit, how many were reached by then), in order, at least two.
        recipients: how many there are, where the upper line is drawn.
        recipients_label: what stands at that line.
        reached_label: what stands at the end of the curve.
    """

    title: str
    along: str
    points: tuple[tuple[float, int], ...]
    recipients: int
    recipients_label: str
    reached_label: str

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Curve":
        """Read what `as_json` gave."""
        points = tuple((float(along), int(number)) for along, number in content["points"])
        return cls(**{**content, "points": points})
