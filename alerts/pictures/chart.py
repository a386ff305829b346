"""Draws the timeline of /history with matplotlib. Only the drawing process may import this: it costs 50 MB."""

from datetime import date
from io import BytesIO

from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from alerts.pictures.png import png
from alerts.pictures.theme import THEMES, Theme, ThemeName
from alerts.pictures.timeline import Lane, Stretch, Timeline

DOTS_PER_INCH = 200
WIDTH_INCHES = 5.4
"""1,080 pixels: a phone shows them about 360 points wide, so type of 11.5 points is read as 10.6 there."""

HEAD_INCHES = 0.5
LANE_INCHES = 2.45
FOOT_INCHES = 0.12
LABEL_POINTS = 11.5
CROWDED_STEPS = 6
"""Scales with more steps than this have smaller labels."""

SHORT_DAYS = 800
"""A history of fewer days is told in months, a longer one in years."""

_FORMS = {False: "%m/%Y", True: "%Y"}

rcParams["font.family"] = "DejaVu Sans"


def draw_chart(timeline: Timeline, theme_name: ThemeName) -> bytes:
    """Draw a timeline as a PNG of some tens of kilobytes; it takes a second or two, most of it once a process."""
    theme = THEMES[theme_name]
    height = HEAD_INCHES + LANE_INCHES * len(timeline.lanes) + FOOT_INCHES
    figure = Figure((WIDTH_INCHES, height), dpi=DOTS_PER_INCH, facecolor=theme.paper)
    figure.text(0.04, 1 - 0.2 / height, timeline.title, size=14, weight="bold", color=theme.ink, va="top")
    first, last = _years(timeline)
    left = _label_inches(timeline) / WIDTH_INCHES
    for number, lane in enumerate(timeline.lanes):
        top = height - HEAD_INCHES - LANE_INCHES * number
        bottom = (top - LANE_INCHES + 0.42) / height
        axes = figure.add_axes((left, bottom, 0.955 - left, (LANE_INCHES - 1.02) / height))
        figure.text(0.04, (top - 0.12) / height, lane.name, size=12.5, weight="bold", color=theme.ink, va="top")
        figure.text(0.04, (top - 0.33) / height, lane.note, size=LABEL_POINTS, color=theme.soft, va="top")
        _days(axes, first, last, theme)
        _lane(axes, lane, timeline.unknown, theme)
    content = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(content, format="png")
    return png(Image.open(content))


def _lane(axes: Axes, lane: Lane, unknown: str, theme: Theme) -> None:
    """Draw the steps of one scheme: a line with a filled foot, and a marked end."""
    ranks = len(lane.steps)
    axes.set_facecolor(theme.card)
    left, right = axes.get_xlim()
    shortest = (right - left) / 100  # a few days of twenty years would be too narrow to be seen
    for before, stretch in zip((None, *lane.stretches), lane.stretches, strict=False):
        if not stretch.rank:
            _gap(axes, stretch, unknown, ranks, theme)
            continue
        span = (stretch.start.toordinal(), stretch.end.toordinal())
        accent = theme.accent(stretch.rank, ranks)
        axes.fill_between(span, 0.4, stretch.rank, color=accent, alpha=0.22, linewidth=0)
        if before is not None and before.rank:
            axes.plot([span[0]] * 2, [before.rank, stretch.rank], color=theme.soft, linewidth=1.4, zorder=2)
        axes.plot(span, [stretch.rank] * 2, color=accent, linewidth=3.6, solid_capstyle="butt", zorder=3)
        if span[1] - span[0] < shortest:
            axes.plot([sum(span) / 2], [stretch.rank], marker="s", markersize=5.5, color=accent, zorder=4)
    newest = lane.stretches[-1] if lane.stretches else None
    if newest is not None and newest.rank:
        axes.plot(
            [newest.end.toordinal()],
            [newest.rank],
            marker="o",
            markersize=8,
            color=theme.accent(newest.rank, ranks),
            markeredgecolor=theme.ink,
            clip_on=False,
            zorder=5,
        )
    axes.set_ylim(0.4, ranks + 0.6)
    points = LABEL_POINTS if ranks <= CROWDED_STEPS else LABEL_POINTS * CROWDED_STEPS / ranks
    axes.set_yticks(range(1, ranks + 1), lane.steps, size=points, color=theme.ink)
    if newest is not None and newest.rank:
        axes.get_yticklabels()[newest.rank - 1].set_fontweight("bold")


def _gap(axes: Axes, stretch: Stretch, unknown: str, ranks: int, theme: Theme) -> None:
    """Hatch days of which nothing is known, and say so where there is room."""
    start, end = stretch.start.toordinal(), stretch.end.toordinal()
    axes.axvspan(start, end, facecolor=theme.cell, edgecolor=theme.rule, hatch="///", linewidth=0)
    left, right = axes.get_xlim()
    if (end - start) > 0.18 * max(right - left, 1):
        axes.text(
            (start + end) / 2, (ranks + 1) / 2, unknown, size=LABEL_POINTS, color=theme.ink, ha="center", va="center",
            bbox={"facecolor": theme.card, "edgecolor": "none", "pad": 4},
        )  # fmt: skip


def _days(axes: Axes, first: date, last: date, theme: Theme) -> None:
    """Lay out the axis of days: a year every so often, so that no two labels touch."""
    span = (last - first).days
    room = max(span * 0.025, 5.0)
    axes.set_xlim(first.toordinal() - room * 0.7, last.toordinal() + room)
    ticks = _ticks(first, last)
    axes.set_xticks([day.toordinal() for day in ticks], [day.strftime(_FORMS[span > SHORT_DAYS]) for day in ticks])
    axes.tick_params(axis="x", labelsize=LABEL_POINTS, colors=theme.ink, length=5)
    axes.tick_params(axis="y", length=0, pad=7)
    axes.grid(visible=True, color=theme.rule, alpha=0.35, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(theme.rule)


def _ticks(first: date, last: date) -> list[date]:
    """Choose the days to be named: at most six firsts of January, or of a month where there are few years."""
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    if (last - first).days > SHORT_DAYS:
        months = [day for day in months if day.month == 1]
        every = max(1, -(-len(months) // 6))
        inside = [day for day in months if first <= day <= last and day.year % every == 0]
    else:
        inside = [day for day in months if first <= day <= last]
        inside = inside[:: max(1, -(-len(inside) // 4))]
    return inside or [first]


def _years(timeline: Timeline) -> tuple[date, date]:
    """Give the first and the last day of all lanes, so that they stand under each other."""
    stretches = [stretch for lane in timeline.lanes for stretch in lane.stretches]
    if not stretches:
        return date(2006, 1, 1), date(2007, 1, 1)
    return min(stretch.start for stretch in stretches), max(stretch.end for stretch in stretches)


def _label_inches(timeline: Timeline) -> float:
    """Give the room that the names of the levels need at the left, at most half the picture."""
    regular = font_manager.get_font(font_manager.findfont("DejaVu Sans:bold"))
    regular.set_size(LABEL_POINTS, 72)
    widest = 0.0
    for name in (step for lane in timeline.lanes for step in lane.steps):
        regular.set_text(name, 0.0)
        widest = max(widest, regular.get_width_height()[0] / 64)
    return min(0.3 + widest / 72, WIDTH_INCHES / 2)
