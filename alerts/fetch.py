"""What the domain asks of the network: one address at a time, within limits. The real one is `bot/fetch.py`."""

import ipaddress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from alerts.errors import FetchFailed

BYTES_AT_MOST = 1_000_000
"""Far more than any feed that we read, and little enough to be held in memory."""

SECONDS_AT_MOST = 20.0
"""For the whole exchange with its redirects, so that a server which sends drop by drop holds nobody up."""

REDIRECTS_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched.

    Attributes:
        url: https, or http to this machine alone.
        etag: what the server called the version that is known already, "" for none.
        modified: the Last-Modified that the server gave with that version, as it wrote it, "" for none.
        bytes_at_most: the largest body that is taken, counted after it is unpacked.
        seconds_at_most: how long the whole exchange may take.
    """

    url: str
    etag: str = ""
    modified: str = ""
    bytes_at_most: int = BYTES_AT_MOST
    seconds_at_most: float = SECONDS_AT_MOST

    @property
    def is_conditional(self) -> bool:
        """Whether the server may answer that nothing has changed."""
        return bool(self.etag or self.modified)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered.

    Attributes:
        status: 200 with a body, or 304 without: what is known already still holds.
        body: as sent, unpacked and not decoded.
        etag: to be given the next time, "" when there is none.
        modified: the same for Last-Modified.
    """

    status: int
    body: bytes
    etag: str = ""
    modified: str = ""

    @property
    def is_unchanged(self) -> bool:
        """Whether what is known already still holds."""
        return self.status == 304  # noqa: PLR2004 - Not Modified


class Fetch(Protocol):
    """Fetches an address; nothing is kept between two calls."""

    async def __call__(self, wanted: Wanted, /) -> Fetched:
        """Give what the address answers.

        Raises:
            FetchFailed: it gave no 200 (or 304 to a condition), too much, too late, or nothing at all.
        """


def check_address(url: str) -> None:
    """Refuse an address that is not safe to read from: https is wanted, http is for this machine alone.

    Raises:
        FetchFailed: with the problem `fetch-address`.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise FetchFailed("fetch-address", "this is no address") from None
    if parts.username is not None or not host or any(mark.isspace() for mark in url):
        raise FetchFailed("fetch-address", "the address must name a host, and no user")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(host)):
        raise FetchFailed("fetch-address", "the address must start with https://; http:// is for this machine alone")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
