"""Whether a picture is one that Telegram takes: https://core.telegram.org/bots/api#sendphoto."""

import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from alerts.errors import InvalidInput

PHOTO_SIDES = 10_000
"""Pixels of width and height together."""

PHOTO_RATIO = 20
"""How many times longer one side of a picture may be than the other."""

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")


def check_photo(name: str, content: bytes) -> None:
    """Read a picture to its end.

    Raises:
        InvalidInput: it is no picture in one of these formats, or of other dimensions.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # what is so large is refused just below
            picture = Image.open(BytesIO(content), formats=PHOTO_FORMATS)
        with picture:
            width, height = picture.size
            fits = width + height <= PHOTO_SIDES and max(width, height) <= PHOTO_RATIO * min(width, height)
            if fits:
                picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InvalidInput(
            "picture-unreadable", f"{name} is no whole picture in JPEG, PNG or WebP: send it as a document"
        ) from None
    if not fits:
        raise InvalidInput(
            "picture-dimensions",
            f"{name} is {width} × {height} pixels: both sides together may have {PHOTO_SIDES:,}, and one may be"
            f" {PHOTO_RATIO} times the other: send it as a document",
            width=width,
            height=height,
        )
