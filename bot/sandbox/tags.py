"""HTML in messages: the tags that Telegram knows, and its words for what is wrong with the others.

Source: https://core.telegram.org/bots/api#html-style. Errors carry byte offsets into the UTF-8 text, as Telegram's do.
"""

import re
from dataclasses import dataclass, replace

from bot.sandbox.entities import Entity, in_order
from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.links import checked_link, mentioned_user
from bot.sandbox.rules import utf16_length

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_ARGUMENTS = {
    ("a", "href"),
    ("code", "class"),
    ("span", "class"),
    ("tg-emoji", "emoji-id"),
    ("blockquote", "expandable"),
    ("tg-time", "unix"),
    ("tg-time", "format"),
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})(?![0-9a-fA-F])|#([0-9]{1,7})(?![0-9])|([a-zA-Z]+));?")
_TAG_NAME = re.compile(r"[^\s>\0]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"'\0]*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACE = re.compile(r"[ \t\r\n\v]*")
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_LAST_CODE_POINT = 0x10FFFF


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    name: str
    arguments: dict[str, str]
    offset: int
    index: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Read a text with tags.

    Args:
        source: the text as the bot wrote it.

    Returns:
        The plain text and its entities, sorted; they nest as the tags did, so `settle` has yet to be applied.

    Raises:
        ApiError: 400 "can't parse entities: …".
    """
    return _Reader(source).read()


class _Reader:
    """One pass over one text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.parts: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        source = self.source
        while (tag := source.find("<", self.at)) >= 0:
            self._plain(source[self.at : tag])
            self.at = tag
            if source.startswith("/", tag + 1):
                self._end_tag(tag)
            else:
                self._start_tag(tag)
        self._plain(source[self.at :])
        if self.open:
            raise _error(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        text = "".join(self.parts)
        _check_unicode(text)
        # A language is for pre alone; code carried it this far so that the pre around it could take it over.
        return text, in_order(
            replace(entity, extra=()) if entity.type == "code" else entity for entity in self.entities
        )

    def _plain(self, raw: str) -> None:
        if raw:
            text = _decoded(raw)
            self.parts.append(text)
            self.units += utf16_length(text)

    def _fault(self, what: str, tag: int) -> ApiError:
        return _error(f"{what} at byte offset {len(self.source[:tag].encode(errors='surrogatepass'))}")

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at)
        taken = match[0] if match else ""
        self.at += len(taken)
        return taken

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _start_tag(self, tag: int) -> None:
        self.at = tag + 1
        name = self._take(_TAG_NAME).lower()
        if not self._peek():
            raise self._fault("Unclosed start tag", tag)
        if name not in _TYPES:
            raise self._fault(f'Unsupported start tag "{name}"', tag)
        arguments = self._attributes(name, tag)
        self.at += 1
        if name == "span" and arguments.get("class") != "tg-spoiler":
            raise self._fault('Tag "span" must have class "tg-spoiler"', tag)
        self.open.append(_Open(name, arguments, self.units, len(self.parts)))

    def _attributes(self, tag_name: str, tag: int) -> dict[str, str]:
        arguments: dict[str, str] = {}
        while True:
            self._take(_SPACE)
            if self._peek() == ">":
                return arguments
            name = self._take(_ATTRIBUTE_NAME)
            if not name:
                raise self._fault(f'Empty attribute name in the tag "{tag_name}"', tag)
            self._take(_SPACE)
            value = ""
            if self._peek() == "=":
                self.at += 1
                self._take(_SPACE)
                value = self._value(tag_name, tag)
            elif not self._peek():
                raise self._fault(f'Unclosed start tag "{tag_name}"', tag)
            if not self._peek():
                raise self._fault("Unclosed start tag", tag)
            if (tag_name, name) in _ARGUMENTS:
                arguments[name] = value

    def _value(self, tag_name: str, tag: int) -> str:
        quote = self._peek()
        if not quote:
            raise self._fault(f'Unclosed start tag "{tag_name}"', tag)
        if quote not in "'\"":
            start = self.at
            token = self._take(_NAME_TOKEN).lower()
            if self._peek() not in (">", " ", "\t", "\r", "\n", "\v", ""):
                raise self._fault("Unexpected end of name token", start)
            return token
        end = self.source.find(quote, self.at + 1)
        if end < 0:
            raise self._fault("Unclosed start tag", tag)
        value = _decoded(self.source[self.at + 1 : end])
        _check_unicode(value)
        self.at = end + 1
        return value

    def _end_tag(self, tag: int) -> None:
        if not self.open:
            raise self._fault("Unexpected end tag", tag)
        self.at = tag + 2
        name = self._take(_TAG_NAME).lower()
        self._take(_SPACE)
        if self._peek() != ">":
            raise self._fault("Unclosed end tag", tag)
        self.at += 1
        opened = self.open[-1]
        if name and name != opened.name:
            raise _error(
                f"Unmatched end tag at byte offset {len(self.source[:tag].encode(errors='surrogatepass'))},"
                f' expected "</{opened.name}>", found "</{name}>"'
            )
        self.open.pop()
        length = self.units - opened.offset
        if length:
            self._close(opened, length)

    def _close(self, opened: _Open, length: int) -> None:
        kind = _TYPES[opened.name]
        extra: tuple[tuple[str, str | int], ...] = ()
        if kind == "text_link":
            link = opened.arguments.get("href") or "".join(self.parts[opened.index :])
            user_id, url = mentioned_user(link), checked_link(link)
            if user_id is not None:
                kind, extra = "text_mention", (("user_id", user_id),)
            elif url is not None:
                extra = (("url", url),)
            else:
                return
        elif kind == "custom_emoji":
            extra = (("custom_emoji_id", _emoji_id(opened.arguments.get("emoji-id", ""))),)
        elif kind == "date_time":
            extra = _date(opened.arguments)
        elif kind == "blockquote" and "expandable" in opened.arguments:
            kind = "expandable_blockquote"
        elif kind in ("pre", "code"):
            self._close_verbatim(opened, length)
            return
        self.entities.append(Entity(kind, opened.offset, length, extra))

    def _close_verbatim(self, opened: _Open, length: int) -> None:
        """A code with a language that fills its pre (or the reverse) becomes one pre with that language."""
        last = self.entities[-1] if self.entities else None
        language = opened.arguments.get("class", "")
        language = language.removeprefix("language-") if language.startswith("language-") else ""
        same = last is not None and (last.offset, last.length) == (opened.offset, length)
        if last is not None and same and opened.name == "pre" and last.type == "code" and last.extra:
            self.entities[-1] = Entity("pre", last.offset, length, last.extra)
        elif last is not None and same and opened.name == "code" and last.type == "pre" and language:
            self.entities[-1] = Entity("pre", last.offset, length, (("language", language),))
        else:
            extra = (("language", language),) if language else ()
            self.entities.append(Entity(opened.name, opened.offset, length, extra))


def _error(what: str) -> ApiError:
    return bad_request(f"can't parse entities: {what}")


def _decoded(raw: str) -> str:
    return _REFERENCE.sub(_character, raw) if "&" in raw else raw


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED.get(name, match[0])
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < _LAST_CODE_POINT else match[0]


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _error(
            "Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units"
        ) from None


def _emoji_id(value: str) -> str:
    if not value.isascii() or not value.isdigit() or int(value) == 0:
        raise _error("Invalid custom emoji identifier specified")
    return value


def _date(arguments: dict[str, str]) -> tuple[tuple[str, str | int], ...]:
    unix, style = arguments.get("unix", ""), arguments.get("format", "")
    if not unix.isascii() or not unix.isdigit() or not _DATE_FORMAT.fullmatch(style):
        raise _error("Invalid date specified")
    return (("unix_time", int(unix)), ("date_time_format", style))
