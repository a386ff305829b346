"""Deep links: what may stand behind `?start=` in a link to the bot, read and written in this one place.

Source: https://core.telegram.org/bots/features#deep-linking (up to 64 of `A-Za-z0-9_-`).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from alerts.errors import InvalidInput

_PAYLOAD = re.compile(r"(s-|a-|inv_)([A-Za-z0-9_-]+)")

PAYLOAD_LIMIT = 64


class LinkKind(StrEnum):
    """What a link leads to; its sign stands in front of the payload."""

    SECTOR = "s-"
    ALERT = "a-"
    INVITATION = "inv_"


MEANING: dict[LinkKind, str] = {
    LinkKind.SECTOR: "subscribing, with this sector ticked already: `s-aviation`",
    LinkKind.ALERT: "an alert that the reader has received: `a-C-2026-0007`",
    LinkKind.INVITATION: "an invitation to a role: `inv_` and its code",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A payload that was understood; what it names may all the same not exist."""

    kind: LinkKind
    code: str

    @classmethod
    def read(cls, payload: str) -> "Link":
        """Read what follows /start.

        Raises:
            InvalidInput: it is no payload of ours: too long, cut off, or made up.
        """
        found = _PAYLOAD.fullmatch(payload)
        if found is None or len(payload) > PAYLOAD_LIMIT:
            raise InvalidInput("link-unreadable", "this link cannot be read")
        return cls(LinkKind(found[1]), found[2])

    def address(self, username: str) -> str:
        """Give the link as people pass it on."""
        return f"https://t.me/{username}?start={self.kind}{self.code}"
