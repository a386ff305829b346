"""Pictures as small as can be: a header that says how large they are, and little else."""

import struct
import zlib
from io import BytesIO

import aiohttp

from bot.sandbox.media import MAX_PHOTO


def png(width: int, height: int) -> bytes:
    """A PNG file without a pixel."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(b""), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


def jpeg(width: int, height: int) -> bytes:
    """A JPEG file that ends after its frame header, with a comment, a filling byte and a table before it."""
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"note"
    table = b"\xff\xff\xc4" + struct.pack(">H", 3) + b"\x00"
    frame = b"\xff\xc2" + struct.pack(">HBHH", 8, 8, height, width)
    return b"\xff\xd8" + comment + table + frame


def webp(kind: bytes, width: int, height: int) -> bytes:
    """A WebP file of one of the three kinds VP8, VP8L and VP8X."""
    if kind == b"VP8 ":
        body = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    elif kind == b"VP8L":
        body = b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14)
    else:
        body = b"\x00" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def filled(picture: bytes, size: int = MAX_PHOTO) -> bytes:
    """The picture with bytes behind its end, up to a size."""
    return picture + bytes(size - len(picture))


def form(**fields: str | bytes | tuple[str, bytes]) -> aiohttp.FormData:
    """A form as aiohttp sends it; bytes, and bytes with a name, are files."""
    made = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        if isinstance(value, str):
            made.add_field(name, value)
        else:
            file_name, data = value if isinstance(value, tuple) else (name, value)
            made.add_field(name, BytesIO(data), filename=file_name)  # aiohttp warns of large bytes
    return made
