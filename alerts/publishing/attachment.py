"""A picture or a document that goes with an alert, checked at composing so that Telegram never has to refuse it.

Limits: https://core.telegram.org/bots/api#sendphoto and https://core.telegram.org/bots/api#senddocument.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from alerts.errors import InvalidInput

MEGABYTE = 1024 * 1024
PHOTO_MEGABYTES = 10
DOCUMENT_MEGABYTES = 50
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
        from alerts.publishing.photo import check_photo  # noqa: PLC0415 - Pillow's 4 MB come with the first picture

        check_photo(name, content)
    return Attachment(kind, _short(name))


def _short(name: str) -> str:
    """Give a file's name without folders, at a length that a screen shows."""
    path = PurePath(name)
    suffix = path.suffix[:NAME_LIMIT]
    stem = path.stem[: NAME_LIMIT - len(suffix)]
    return f"{stem}{suffix}" or "file"
