"""What a source of levels is: a body in, and what it states of each scheme out. It fetches and stores nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from alerts.levels.scheme import Level
from alerts.levels.sources.published import Published


@dataclass(frozen=True, slots=True)
class Statement:
    """What a body states.

    Attributes:
        levels: the level of each scheme that it names beyond doubt; a scheme of which it does not is left out.
        published: the moment that the body gives itself, None when it gives none that can be read.
        ttl: how long the publisher wants the body to be kept before it is asked for again, None when it does not say.
    """

    levels: Mapping[str, Level]
    published: Published | None
    ttl: timedelta | None


class LevelSource(Protocol):
    """An official source of one or several schemes."""

    @property
    def code(self) -> str:
        """The name by which it is stored; at most 10 bytes, since it travels in a button."""

    @property
    def address(self) -> str:
        """Where it is fetched."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes of which it tells and which are in force, by their codes."""

    def read(self, body: bytes) -> Statement:
        """Read what a body states.

        Raises:
            FetchFailed: it is not what this source publishes, or states no level of any scheme; nothing else is raised,
                whatever the body holds.
        """
