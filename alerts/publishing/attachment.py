"""A picture or a document that goes with an alert, checked at composing so that Telegram never has to refuse it.

Limits: https://core.telegram.org/bots/api#sendphoto and https://core.telegram.org/bots/api#senddocument.
"""

import warnings
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from PIL import Image, UnidentifiedImageError

from alerts.errors import InvalidInput

MEGABYTE = 1024 * 1024
PHOTO_MEGABYTES = 10
DOCUMENT_MEGABYTES = 50
PHOTO_SIDES = 10_000
"""Pixels of width and height together."""

PHOTO_RATIO = 20
"""How many times longer one side of a picture may be than the other."""

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
NAME_LIMIT = 60


class AttachmentKind(StrEnum):
    """How an attachment is shown: as a picture, or as a file to open."""

    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What goes with an alert.

    Attributes:
        name: the file's name, shown with a document.
        file_id: Telegram's name of the file for this bot, "" until it was uploaded once.
    """

    kind: AttachmentKind
    name: str
    file_id: str = ""


def check_attachment(kind: AttachmentKind, name: str, content: bytes) -> Attachment:
    """Give the attachment that these bytes make.

    Raises:
        InvalidInput: the file is empty or too large, or is no picture that Telegram takes.
    """
    if not content:
        raise InvalidInput("attachment-empty", f"{name} is empty")
    most = PHOTO_MEGABYTES if kind is AttachmentKind.PHOTO else DOCUMENT_MEGABYTES
    if len(content) > most * MEGABYTE:
        raise InvalidInput(
            "attachment-too-large", f"{name} has {len(content) / MEGABYTE:.1f} MB; {most} are the most", megabytes=most
        )
    if kind is AttachmentKind.PHOTO:
        _check_picture(name, content)
    return Attachment(kind, _short(name))


def _check_picture(name: str, content: bytes) -> None:
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


def _short(name: str) -> str:
    """Give a file's name without folders, at a length that a screen shows."""
    path = PurePath(name)
    suffix = path.suffix[:NAME_LIMIT]
    stem = path.stem[: NAME_LIMIT - len(suffix)]
    return f"{stem}{suffix}" or "file"
