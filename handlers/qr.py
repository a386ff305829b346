"""QR pictures of links, for a camera that is held to another screen."""

from io import BytesIO

import segno

DOTS = 12
"""Dots of the picture a module: about 500 in a row, enough after Telegram has made a smaller copy of it."""

QUIET_MODULES = 4
"""The white margin that readers need (ISO/IEC 18004)."""


def qr_picture(link: str) -> bytes:
    """Draw a link as a QR code that survives a damage of 15 %, as a PNG."""
    drawn = BytesIO()
    segno.make_qr(link, error="m").save(drawn, kind="png", scale=DOTS, border=QUIET_MODULES)
    return drawn.getvalue()
