"""What all pictures share: the name by which one is known again, how the process hands it over."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from alerts.pictures.theme import ThemeName

PICTURE, ERROR = b"P", b"E"
LENGTH_BYTES = 4
"""An answer of the drawing process is one of these bytes, the length of what follows (big-endian), and that."""


def picture_key(kind: str, drawing: int, theme: ThemeName, content: Mapping[str, Any]) -> str:
    """Name a picture by its content.

    Args:
        kind: which drawing it is.
        drawing: the version of that drawing.
        theme: its colours.
        content: everything that stands in it, as JSON takes it.
    """
    described = json.dumps([kind, drawing, theme, content], ensure_ascii=False, sort_keys=True)
    return f"{kind}-{hashlib.sha256(described.encode()).hexdigest()[:40]}"
