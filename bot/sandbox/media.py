"""Pictures and documents: what Telegram takes, how large it may be, and the ids by which bots know it.

A file is kept as it came, and every size of a picture gives the same bytes: the sandbox has no codec. Sources:
https://core.telegram.org/bots/api#sending-files, #photosize and #document.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass, field
from hashlib import blake2b
from mimetypes import MimeTypes
from pathlib import PurePath
from typing import Any

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.images import mime_type_of, picture_size

MAX_FILE = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_PHOTO_SIDES = 10_000
MAX_PHOTO_RATIO = 20

PHOTO, DOCUMENT = "Photo", "Document"
UNKNOWN_TYPE = "application/octet-stream"

# The letters that Telegram gives to its sizes, with the longest side of each in pixels.
_SIZES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))
_WHOLE = "d"
_ID_PREFIXES = {PHOTO: b"\x02\x00\x02", DOCUMENT: b"\x05\x00\x02"}
_UNIQUE_PREFIXES = {PHOTO: b"\x01\x00\x03", DOCUMENT: b"\x02\x00\x03"}
_SERIAL_BYTES = 6
_SEAL_BYTES = 44
_LETTER_AT = 3 + _SERIAL_BYTES
# An instance of its own, for the module's functions read the machine's tables as well.
_BY_NAME = MimeTypes()


@dataclass(frozen=True, slots=True)
class Size:
    """One size of a picture, or a document as a whole.

    Attributes:
        letter: what tells it apart from the file's other sizes.
        width: in pixels; 0 for a document.
        height: likewise.
    """

    letter: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """A file that stands in a message.

    Attributes:
        kind: `PHOTO` or `DOCUMENT`.
        serial: counts the uploads.
        data: the bytes.
        mime_type: of the bytes, for a picture; as the name tells, for a document.
        file_name: of a document; None for a picture.
        sizes: the smallest first.
    """

    kind: str
    serial: int
    data: bytes = field(repr=False)
    mime_type: str
    file_name: str | None = None
    sizes: tuple[Size, ...] = (Size(_WHOLE),)
    _digest: bytes = field(default=b"", repr=False)
    _shown: dict[int, Any] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> str:
        """The file_path of getFile; Telegram keeps every picture as a JPEG and names it so."""
        if self.kind == PHOTO:
            return f"photos/file_{self.serial}.jpg"
        return f"documents/file_{self.serial}{PurePath(self.file_name or '').suffix}"

    def file_id(self, bot_id: int, size: Size) -> str:
        """What this bot calls a size of it; other bots have other names, as at Telegram."""
        head = self.serial.to_bytes(_SERIAL_BYTES, "big") + size.letter.encode()
        seal = blake2b(b"%d/" % bot_id + head, key=self._digest, digest_size=_SEAL_BYTES).digest()
        return urlsafe_b64encode(_ID_PREFIXES[self.kind] + head + seal).decode()

    def unique_id(self, size: Size) -> str:
        """What every bot and every upload of the same bytes has in common."""
        return urlsafe_b64encode(_UNIQUE_PREFIXES[self.kind] + self._digest[:8] + size.letter.encode()).decode()

    def as_file(self, bot_id: int, size: Size) -> dict[str, Any]:
        """The fields that PhotoSize, Document and File share."""
        return {
            "file_id": self.file_id(bot_id, size),
            "file_unique_id": self.unique_id(size),
            "file_size": len(self.data),
        }

    def for_bot(self, bot_id: int) -> dict[str, Any]:
        """The field `photo` or `document` of a bot's Message."""
        shown = self._shown.get(bot_id)
        if shown is None:
            shown = self._shown[bot_id] = self._describe(bot_id)
        return shown

    def _describe(self, bot_id: int) -> dict[str, Any]:
        if self.kind == PHOTO:
            sizes = self.sizes
            shapes = [{**self.as_file(bot_id, size), "width": size.width, "height": size.height} for size in sizes]
            return {"photo": shapes}
        return {
            "document": {
                **self.as_file(bot_id, self.sizes[0]),
                "file_name": self.file_name,
                "mime_type": self.mime_type,
            }
        }

    def for_people(self) -> dict[str, Any]:
        """The field `photo` or `document` of docs/sandbox.md."""
        shown: dict[str, Any] = {"url": f"/client/files/{self.serial}", "size": len(self.data)}
        if self.kind == PHOTO:
            return {"photo": {**shown, "width": self.sizes[-1].width, "height": self.sizes[-1].height}}
        return {"document": {**shown, "name": self.file_name, "mime_type": self.mime_type}}


class Library:
    """The files of a sandbox. Bytes that come more than once are kept once."""

    def __init__(self) -> None:
        self._all: list[Media] = []
        self._contents: dict[bytes, bytes] = {}
        self._paths: dict[tuple[int, str], Media] = {}

    def add_photo(self, data: bytes) -> Media:
        """Take a picture.

        Raises:
            ApiError: 400 in Telegram's words: it is empty, above 10 MB, no JPEG, PNG or WebP, too large or too narrow.
        """
        _check_not_empty(data)
        if len(data) > MAX_PHOTO:
            raise bad_request(
                f"file of size {len(data)} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
            )
        size = picture_size(data)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if sum(size) > MAX_PHOTO_SIDES or max(size) > MAX_PHOTO_RATIO * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return self._add(PHOTO, data, mime_type_of(data), None, _sizes(*size))

    def add_document(self, data: bytes, file_name: str, mime_type: str = "") -> Media:
        """Take any other file.

        Args:
            data: the bytes.
            file_name: with or without folders, which go.
            mime_type: what it is if its name does not tell.

        Raises:
            ApiError: 400, it is empty; 413, it is above 50 MB.
        """
        _check_not_empty(data)
        if len(data) > MAX_FILE:
            raise ApiError(413, "Request Entity Too Large")
        file_name = file_name.replace("\\", "/").rpartition("/")[2] or "file"
        mime_type = _BY_NAME.guess_type(file_name)[0] or mime_type or UNKNOWN_TYPE
        return self._add(DOCUMENT, data, mime_type, file_name, (Size(_WHOLE),))

    def _add(self, kind: str, data: bytes, mime_type: str, file_name: str | None, sizes: tuple[Size, ...]) -> Media:
        digest = blake2b(data, digest_size=32).digest()
        data = self._contents.setdefault(digest, data)
        media = Media(kind, len(self._all), data, mime_type, file_name, sizes, digest)
        self._all.append(media)
        return media

    def at(self, serial: int) -> Media | None:
        """The file with this number."""
        return self._all[serial] if 0 <= serial < len(self._all) else None

    def find(self, bot_id: int, file_id: str) -> tuple[Media, Size] | None:
        """The file that a bot knows by this id; None for an id that is invented or another bot's."""
        try:
            raw = urlsafe_b64decode(file_id)
            letter = raw[_LETTER_AT : _LETTER_AT + 1].decode("ascii")
        except (BadBase64, ValueError):
            return None
        media = self.at(int.from_bytes(raw[3:_LETTER_AT], "big"))
        if media is None:
            return None
        sizes = (size for size in media.sizes if size.letter == letter and media.file_id(bot_id, size) == file_id)
        return next(((media, size) for size in sizes), None)

    def lend(self, bot_id: int, media: Media) -> str:
        """Let a bot download a file from now on.

        Returns:
            The path of the download.

        Raises:
            ApiError: 400, it is above 20 MB.
        """
        if len(media.data) > MAX_DOWNLOAD:
            raise bad_request("file is too big")
        self._paths[bot_id, media.path] = media
        return media.path

    def lent(self, bot_id: int, path: str) -> Media | None:
        """The file under this path, if `lend` has given it to the bot; it stays longer than Telegram's one hour."""
        return self._paths.get((bot_id, path))


def _check_not_empty(data: bytes) -> None:
    if not data:
        raise bad_request("file must be non-empty")


def _sizes(width: int, height: int) -> tuple[Size, ...]:
    """Every box that the picture fills, and the first that holds it whole."""
    sizes = []
    for letter, side in _SIZES:
        scale = min(1.0, side / max(width, height))
        sizes.append(Size(letter, max(1, round(width * scale)), max(1, round(height * scale))))
        if max(width, height) <= side:
            break
    return tuple(sizes)
