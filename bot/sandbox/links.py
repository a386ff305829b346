"""Which links Telegram takes, and in what form it gives them back."""

import re
from urllib.parse import urlsplit

_MENTION = re.compile(r"tg://user\?id=([1-9]\d{0,15})", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def mentioned_user(link: str) -> int | None:
    """The user whom `tg://user?id=…` names, if the link is of that kind."""
    match = _MENTION.fullmatch(link.strip())
    return int(match[1]) if match else None


def checked_link(link: str) -> str | None:
    """The link as Telegram writes it: scheme and host in lower case, a path in every case; None if it takes none such.

    Telegram wants http, https, ftp, tg or ton, reads a bare host as http, and refuses a host without a dot.
    """
    link = link.strip()
    if not link or any(character.isspace() for character in link):
        return None
    if not _SCHEME.match(link) or re.match(r"[^/?#]+:\d", link):
        link = f"http://{link}"
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme in ("tg", "ton"):
        return f"{scheme}://{link.partition(':')[2].lstrip('/')}"
    if scheme not in ("http", "https", "ftp") or not host or ("." not in host and ":" not in host):
        return None
    userinfo, at, place = parts.netloc.rpartition("@")
    rest = link[link.index(parts.netloc) + len(parts.netloc) :]
    if not rest.startswith("/"):
        rest = f"/{rest}"
    return f"{scheme}://{userinfo}{at}{place.lower()}{rest}"
