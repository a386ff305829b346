"""The type of the pictures: the fonts that come with our packages."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

FONT_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}


@lru_cache(maxsize=64)
def font(size: int, *, is_bold: bool = False) -> Font:
    """Give a font of so many pixels: the DejaVu that matplotlib brings along, so that a bare machine draws the same.

    Only the file is read; matplotlib is not imported. Without it Pillow's own font stands in.
    """
    spec = find_spec("matplotlib")
    if spec is not None and spec.origin is not None:
        file = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / FONT_FILES[is_bold]
        if file.is_file():
            return ImageFont.truetype(file, size)
    return ImageFont.load_default(size)
