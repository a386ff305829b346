"""Draws the board of /threat with Pillow. Only the drawing process may import this."""

from PIL import Image, ImageDraw

from alerts.pictures.board import Board, Panel
from alerts.pictures.fonts import Font, font
from alerts.pictures.png import png
from alerts.pictures.theme import THEMES, Colour, Theme, ThemeName

WIDTH = 1080
"""Pixels: a phone shows the picture about 360 points wide, so what is 36 pixels high here is read as 12."""

MARGIN = 36
PAD = 44
GAP = 24
SCALE_WIDTH = 410
STEP_HEIGHT = 54
STEP_GAP = 6
POINTER = "◀"
TALLEST = 6000


def draw_board(board: Board, theme: ThemeName) -> bytes:
    """Draw a board as a PNG of about 50 kB. It takes some 100 ms, for a part of which no other thread runs.

    Raises:
        ValueError: so much stands on it that no reader would scroll through it.
    """
    painter = _Painter(THEMES[theme])
    painter.text(board.title, font(36, is_bold=True), MARGIN, WIDTH - 2 * MARGIN)
    painter.y += 12
    for panel in board.panels:
        painter.panel(panel)
    painter.text(board.footer, font(32), MARGIN, WIDTH - 2 * MARGIN, painter.theme.soft)
    if painter.y > TALLEST:
        raise ValueError(f"the board is {painter.y} pixels high; {TALLEST} are the most")
    return png(painter.image.crop((0, 0, WIDTH, painter.y + MARGIN - 14)))


class _Painter:
    """Draws from the top down; `y` is where it has come to."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.image = Image.new("RGB", (WIDTH, TALLEST), theme.paper)
        self.y = MARGIN - 10
        self._draw = ImageDraw.Draw(self.image)

    def text(self, text: str, typeface: Font, x: int, width: int, colour: Colour = "") -> None:
        """Write a paragraph that turns at `width`."""
        for line in _wrapped(text, typeface, width):
            self._draw.text((x, self.y), line, colour or self.theme.ink, typeface)
            self.y += _line_height(typeface)

    def panel(self, panel: Panel) -> None:
        """Draw one scheme: its card first at the height that its content turns out to need."""
        top, left, width = self.y, MARGIN + PAD, WIDTH - 2 * (MARGIN + PAD)
        bottom = self._content(panel, top + PAD - 20, left, width) + PAD - 10
        self._draw.rounded_rectangle((MARGIN, top, WIDTH - MARGIN, bottom), 28, self.theme.card)
        self._content(panel, top + PAD - 20, left, width)
        self.y = bottom + GAP

    def _content(self, panel: Panel, top: int, left: int, width: int) -> int:
        """Draw what stands on the card, and tell where it ends."""
        self.y = top
        self.text(panel.name, font(38, is_bold=True), left, width, self.theme.soft)
        self.y -= 6
        accent = self.theme.accent(panel.rank, len(panel.steps)) if panel.rank else self.theme.ink
        large = _fitting(panel.level, width, largest=108, smallest=48)
        self.text(panel.level, large, left, width, accent)
        below = self.y = self.y + 12 - round(0.12 * _line_height(large))
        scale_end = self._scale(panel, left)
        self.y = below
        beside = left + SCALE_WIDTH + 60
        for number, fact in enumerate(panel.facts):
            self.text(fact, font(34, is_bold=number == 0), beside, left + width - beside)
            self.y += 9
        self.y = max(scale_end, self.y - 9)
        if panel.warning:
            self._warning(panel.warning, left, width)
        return self.y

    def _scale(self, panel: Panel, left: int) -> int:
        """Draw the steps, the highest on top; the one in force is filled, set in bold, and has a pointer beside it."""
        y = self.y
        for rank in range(len(panel.steps), 0, -1):
            is_now = rank == panel.rank
            fill = self.theme.accent(rank, len(panel.steps)) if is_now else self.theme.cell
            ink = self.theme.on_accent if is_now else self.theme.ink
            box = (left, y, left + SCALE_WIDTH, y + STEP_HEIGHT)
            self._draw.rounded_rectangle(box, 12, fill)
            middle = y + STEP_HEIGHT // 2
            number = font(34, is_bold=is_now)
            self._draw.text((left + 22, middle), str(rank), ink, number, anchor="lm")
            indent = 74 if len(panel.steps) < 10 else 96  # noqa: PLR2004 - two digits need more room
            name = _fitting(panel.steps[rank - 1], SCALE_WIDTH - indent - 16, largest=34, smallest=18, is_bold=is_now)
            shown = _cut(panel.steps[rank - 1], name, SCALE_WIDTH - indent - 16)
            self._draw.text((left + indent, middle), shown, ink, name, anchor="lm")
            if is_now:
                self._draw.text((left + SCALE_WIDTH + 4, middle), POINTER, fill, font(46), anchor="lm")
            y += STEP_HEIGHT + STEP_GAP
        return y - STEP_GAP

    def _warning(self, text: str, left: int, width: int) -> None:
        """Write a warning into a frame."""
        bold, inner = font(34, is_bold=True), width - 2 * 28
        top = self.y + 20
        bottom = top + 2 * 14 + len(_wrapped(text, bold, inner)) * _line_height(bold)
        self._draw.rounded_rectangle((left, top, left + width, bottom), 12, self.theme.card, self.theme.ink, 5)
        self.y = top + 12
        self.text(text, bold, left + 28, inner)
        self.y = bottom


def _line_height(typeface: Font) -> int:
    _, top, _, bottom = typeface.getbbox("Ågjy")
    return round((bottom - top) * 1.22)


def _fitting(text: str, width: int, *, largest: int, smallest: int, is_bold: bool = True) -> Font:
    """Give the largest font in which a text stands on one line, the smallest if in none."""
    for size in range(largest, smallest, -2):
        if font(size, is_bold=is_bold).getlength(text) <= width:
            return font(size, is_bold=is_bold)
    return font(smallest, is_bold=is_bold)


def _cut(text: str, typeface: Font, width: int) -> str:
    """Give what of a text stands on one line, with an ellipsis for the rest."""
    if typeface.getlength(text) <= width:
        return text
    while text and typeface.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _wrapped(text: str, typeface: Font, width: int) -> list[str]:
    """Break a text into lines between words; a word that is too long stands alone, cut."""
    lines: list[str] = []
    for word in text.split(" "):  # a no-break space keeps the parts of a day together
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and typeface.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_cut(line, typeface, width) for line in lines]
