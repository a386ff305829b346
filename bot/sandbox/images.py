"""How large a picture is, read from the first bytes of a JPEG, PNG or WebP file.

Sources: ISO/IEC 10918-1 annex B (JPEG), the PNG specification section 5.2, RFC 9649 (WebP).
"""

import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Frame headers; 0xC4, 0xC8 and 0xCC lie in their midst and are something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD8)))
_SCAN = (0xD9, 0xDA)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the file stores them, which leaves a camera's note on rotation aside.

    Returns:
        None for bytes that are no JPEG, PNG or WebP picture, or that end before they say how large it is.
    """
    try:
        if data.startswith(_PNG):
            size = _png(data)
        elif data.startswith(_JPEG):
            size = _jpeg(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            size = _webp(data)
        else:
            return None
    except (struct.error, IndexError):
        return None
    return size if size is not None and min(size) > 0 else None


def mime_type_of(data: bytes) -> str:
    """The MIME type of a picture whose size could be read."""
    if data.startswith(_PNG):
        return "image/png"
    return "image/jpeg" if data.startswith(_JPEG) else "image/webp"


def _png(data: bytes) -> tuple[int, int] | None:
    kind, width, height = struct.unpack_from(">4sII", data, 12)
    return (width, height) if kind == b"IHDR" else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at] == 0xFF:  # noqa: PLR2004 - every marker starts with it
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a filling byte
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        elif marker in _SCAN:
            return None
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return (width & 0x3FFF, height & 0x3FFF) if data[23:26] == b"\x9d\x01\x2a" else None
    if kind == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if data[20] == 0x2F else None  # noqa: PLR2004 - its mark
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
        return (low_width | high_width << 16) + 1, (low_height | high_height << 16) + 1
    return None
