from io import BytesIO

import segno
from PIL import Image

from handlers.links import Link, LinkKind
from handlers.qr import DOTS, QUIET_MODULES, qr_picture

LINK = Link(LinkKind.INVITATION, "a" * 22).address("some_long_name_of_a_bot_bot")


def modules(png: bytes) -> list[list[int]]:
    """Read a picture back, a module at a time, 1 for a dark one; its margin is checked and left out."""
    picture = Image.open(BytesIO(png)).convert("L")
    across, rest = divmod(picture.width, DOTS)
    assert (picture.size, rest) == ((picture.width, picture.width), 0)
    rows = [[int(picture.getpixel((x * DOTS + 5, y * DOTS + 5)) == 0) for x in range(across)] for y in range(across)]  # type: ignore[operator]
    margin = range(QUIET_MODULES)
    assert not any(any(rows[n]) or any(rows[-n - 1]) or any(row[n] or row[-n - 1] for row in rows) for n in margin)
    return [row[QUIET_MODULES:-QUIET_MODULES] for row in rows[QUIET_MODULES:-QUIET_MODULES]]


def test_the_picture_is_the_code_of_the_link():
    """Every module stands where the code of this link has it, in a margin of four that is white."""
    expected = [list(row) for row in segno.make_qr(LINK, error="m").matrix]
    assert modules(qr_picture(LINK)) == expected
    assert modules(qr_picture(f"{LINK}x")) != expected


def test_telegram_takes_it_as_a_photo():
    """It is a PNG of some hundred dots a side: sharp on a phone, and far below Telegram's limits."""
    png = qr_picture(LINK)
    assert png.startswith(b"\x89PNG")
    assert len(png) < 10_000
    assert 300 <= Image.open(BytesIO(png)).width <= 1280
