"""From what a bot wrote to what people read: parse mode or entities, cleaning, trimming, limits.

The order is Telegram's: tags, then nesting, then control characters, then white space at both ends, then what Telegram
marks by itself. The length counts after all that. Entities beyond the first 100 are dropped silently, as Telegram does.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

from bot.sandbox.entities import (
    OTHERS,
    QUOTES,
    STYLES,
    TYPES,
    VERBATIM,
    Entity,
    add_found,
    find,
    settle,
    string_positions,
    utf16_positions,
)
from bot.sandbox.errors import bad_request, not_implemented
from bot.sandbox.links import checked_link, mentioned_user
from bot.sandbox.rules import MAX_ENTITIES, check_caption_length, check_text_length, utf16_length
from bot.sandbox.tags import parse_html

_GIVEN = frozenset((*STYLES, *QUOTES, *VERBATIM, *OTHERS))
_TO_SPACE = {code: " " for code in range(32) if chr(code) not in "\n\r"}
_REMOVED = re.compile("[\r\u2028-\u202e\u030a\u0333\u033f]")
_INVISIBLE = re.compile("[\\s\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0\ufffc]*")
_BLANK = " \n"
_FARTHEST = 1_000_000


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text as people read it, with its entities in order."""

    text: str
    entities: tuple[Entity, ...] = ()


def format_text(text: str, parse_mode: str = "", entities: Sequence[Any] = ()) -> FormattedText:
    """Read the text of a message.

    Args:
        text: as given; it may not be empty.
        parse_mode: "HTML" in any case, or empty for none.
        entities: Bot API objects, looked at only without a parse mode.

    Raises:
        ApiError: 400 in Telegram's words, or 501 for the Markdown modes.
    """
    return _read(text, parse_mode, entities, is_caption=False)


def format_caption(text: str, parse_mode: str = "", entities: Sequence[Any] = ()) -> FormattedText:
    """Read the caption of a picture or a document, which may be empty.

    Args:
        text: as given.
        parse_mode: as in `format_text`.
        entities: likewise.

    Raises:
        ApiError: 400 in Telegram's words, or 501 for the Markdown modes.
    """
    return _read(text, parse_mode, entities, is_caption=True)


def _read(text: str, parse_mode: str, entities: Sequence[Any], *, is_caption: bool) -> FormattedText:
    mode = parse_mode.strip().lower()
    if mode == "html":
        return _from_html(text, is_caption)
    if mode in ("markdown", "markdownv2"):
        raise not_implemented(f"parse_mode {parse_mode}")
    if mode not in ("", "none"):
        raise bad_request("unsupported parse_mode")
    if not entities:
        return _from_plain(text, is_caption)
    return _finish(text, [entity for given in entities if (entity := _entity(given)) is not None], is_caption)


# A broadcast sends one text to many chats, so the same few texts are read again and again.
@lru_cache(maxsize=256)
def _from_html(text: str, is_caption: bool) -> FormattedText:
    return _finish(*parse_html(text), is_caption)


@lru_cache(maxsize=256)
def _from_plain(text: str, is_caption: bool) -> FormattedText:
    return _finish(text, [], is_caption)


def _finish(text: str, entities: list[Entity], is_caption: bool) -> FormattedText:
    _check_ranges(text, entities)
    text, entities = _cleaned(text, settle(entities))
    text, entities = _trimmed(text, entities)
    if is_caption:
        if _INVISIBLE.fullmatch(text):
            return FormattedText("")
        check_caption_length(text)
    else:
        if _INVISIBLE.fullmatch(text):
            raise bad_request("text must be non-empty")
        check_text_length(text)
    entities = add_found(settle(entities), find(text))
    return FormattedText(text, tuple(entities[:MAX_ENTITIES]))


def _check_ranges(text: str, entities: list[Entity]) -> None:
    if not entities:
        return
    end, index_of = utf16_length(text), string_positions(text)
    for entity in entities:
        for name, value in (("offset", entity.offset), ("length", entity.length)):
            if not 0 <= value <= _FARTHEST:
                raise bad_request(f"receive an entity with incorrect {name} {value}")
        if entity.offset > end:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {entity.offset}")
        beginning = f"entity beginning at UTF-16 offset {entity.offset}"
        if entity.end > end:
            raise bad_request(f"{beginning} ends after the end of the text at UTF-16 offset {entity.end}")
        if index_of(entity.offset) is None:
            raise bad_request(f"entity begins in a middle of {_split_symbol(text, entity.offset)}")
        if index_of(entity.end) is None:
            raise bad_request(f"{beginning} ends in a middle of {_split_symbol(text, entity.end)}")


def _split_symbol(text: str, offset: int) -> str:
    whole = text.encode("utf-16-le")[: 2 * (offset + 1)].decode("utf-16-le")
    return f"a UTF-16 symbol at byte offset {len(whole.encode())}"


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become spaces; carriage returns and what turns or splits lines invisibly go."""
    text = text.translate(_TO_SPACE)
    if not _REMOVED.search(text):
        return text, entities
    to_units = utf16_positions(text)
    gone = [to_units(match.start()) for match in _REMOVED.finditer(text)]
    moved = []
    for entity in entities:
        start = entity.offset - bisect_left(gone, entity.offset)
        end = entity.end - bisect_left(gone, entity.end)
        moved.append(replace(entity, offset=start, length=end - start))
    return _REMOVED.sub("", text), moved


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Spaces and line ends go at the end, and at the beginning as far as no entity starts there."""
    text = text.rstrip(_BLANK)
    end = utf16_length(text)
    entities = [
        replace(entity, length=min(entity.end, end) - entity.offset) for entity in entities if entity.offset < end
    ]
    blanks = len(text) - len(text.lstrip(_BLANK))
    cut = min([blanks, *(entity.offset for entity in entities)])
    return text[cut:], [replace(entity, offset=entity.offset - cut) for entity in entities]


def _entity(given: Any) -> Entity | None:
    """One object of the `entities` parameter; None for the kinds that Telegram finds by itself."""
    if not isinstance(given, dict):
        raise _wrong("expected an Object")
    kind = _field(given, "type", str)
    offset, length = _field(given, "offset", int), _field(given, "length", int)
    if kind not in TYPES:
        raise _wrong("Unsupported type specified")
    if kind not in _GIVEN:
        return None
    if kind == "text_link":
        link = _field(given, "url", str)
        user_id, url = mentioned_user(link), checked_link(link)
        if user_id is not None:
            return Entity("text_mention", offset, length, (("user_id", user_id),))
        if url is None:
            raise bad_request(f"entity URL '{link}' is invalid: Wrong HTTP URL")
        return Entity(kind, offset, length, (("url", url),))
    return Entity(kind, offset, length, _extra(kind, given))


def _extra(kind: str, given: dict[str, Any]) -> tuple[tuple[str, str | int], ...]:
    if kind == "pre" and given.get("language"):
        return (("language", _field(given, "language", str)),)
    if kind == "text_mention":
        return (("user_id", _field(_field(given, "user", dict), "id", int)),)
    if kind == "custom_emoji":
        return (("custom_emoji_id", _field(given, "custom_emoji_id", str)),)
    if kind == "date_time":
        style = given.get("date_time_format") or ""
        return (("unix_time", _field(given, "unix_time", int)), ("date_time_format", str(style)))
    return ()


T = TypeVar("T", str, int, dict[str, Any])
_NAMES = {str: "String", int: "Number", dict: "Object"}


def _field(given: dict[str, Any], name: str, kind: type[T]) -> T:
    if name not in given:
        raise _wrong(f'Can\'t find field "{name}"')
    value = given[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _wrong(f'Field "{name}" must be of type {_NAMES[kind]}')
    return value


def _wrong(what: str) -> Exception:
    return bad_request(f"can't parse MessageEntity: {what}")
