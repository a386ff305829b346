"""Draws the curve of a delivery with matplotlib. Only the drawing process may import this."""

from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from alerts.pictures.curve import Curve
from alerts.pictures.png import png
from alerts.pictures.theme import THEMES, ThemeName

SIZE_INCHES = (7.2, 3.6)
DOTS_PER_INCH = 150
LABEL_POINTS = 11
ROOM_ABOVE = 1.22
"""How far the axis goes beyond the recipients: the words at both lines stand in it."""


def draw_curve(curve: Curve, theme_name: ThemeName) -> bytes:
    """Draw a curve as a PNG of 1,080 by 540 pixels and some tens of kilobytes."""
    theme = THEMES[theme_name]
    figure = Figure(SIZE_INCHES, dpi=DOTS_PER_INCH, facecolor=theme.card)
    figure.text(0.02, 0.965, curve.title, size=13, weight="bold", color=theme.ink, va="top")
    axes = figure.add_axes((0.095, 0.165, 0.875, 0.68))
    axes.set_facecolor(theme.card)
    along, reached = [point[0] for point in curve.points], [point[1] for point in curve.points]
    accent = theme.accents[1]
    axes.fill_between(along, reached, step="post", color=accent, alpha=0.2, linewidth=0)
    axes.step(along, reached, where="post", color=accent, linewidth=2.4)
    axes.axhline(curve.recipients, color=theme.soft, linewidth=1.2, linestyle=(0, (5, 4)))
    end = max(along[-1], 1e-9)
    axes.set_xlim(0, end * 1.03)
    top = max(curve.recipients, 1)
    axes.set_ylim(0, top * ROOM_ABOVE)
    words: dict[str, Any] = {"textcoords": "offset points", "size": LABEL_POINTS, "color": theme.ink}
    axes.annotate(curve.recipients_label, (0, curve.recipients), (4, 5), ha="left", **words)
    axes.plot([end], reached[-1:], marker="o", markersize=7, color=accent, markeredgecolor=theme.ink, clip_on=False)
    box = {"facecolor": theme.card, "edgecolor": "none", "alpha": 0.85, "pad": 2}
    axes.annotate(curve.reached_label, (end, reached[-1]), (-10, -20), ha="right", weight="bold", bbox=box, **words)
    axes.set_xlabel(curve.along, size=LABEL_POINTS, color=theme.ink)
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    axes.tick_params(labelsize=LABEL_POINTS, colors=theme.ink)
    axes.grid(visible=True, color=theme.rule, alpha=0.3, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(theme.rule)
    content = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(content, format="png")
    return png(Image.open(content))
