"""Message entities: what they are, how they may nest, and which parts of a text Telegram marks by itself.

Source: https://core.telegram.org/bots/api#messageentity and #formatting-options. Offsets and lengths: UTF-16 units.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = ("blockquote", "expandable_blockquote")
VERBATIM = ("pre", "code")
OTHERS = ("text_link", "text_mention", "custom_emoji", "date_time")
FOUND = ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number")
TYPES = frozenset((*STYLES, *QUOTES, *VERBATIM, *OTHERS, *FOUND))
_RANK = {kind: rank for rank, kind in enumerate((*QUOTES, *OTHERS, *VERBATIM, *FOUND, *STYLES))}


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked range of a text.

    Attributes:
        type: one of `TYPES`.
        offset: where it starts.
        length: how long it is.
        extra: the field that its type needs besides, as (name, value): url, user_id, language, custom_emoji_id, or for
            date_time the pair (unix_time, date_time_format).
    """

    type: str
    offset: int
    length: int
    extra: tuple[tuple[str, str | int], ...] = ()

    @property
    def end(self) -> int:
        """The first offset after it."""
        return self.offset + self.length

    def as_json(self) -> dict[str, Any]:
        """The Bot API's object; a mention's `user_id` is for the caller to replace by the user."""
        return {"type": self.type, "offset": self.offset, "length": self.length, **dict(self.extra)}


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Sorted by start, the longer first, containers before what they contain."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length, _RANK[entity.type]))


def settle(entities: Iterable[Entity]) -> list[Entity]:
    """Make entities keep Telegram's nesting rules, the way Telegram does.

    Styles of the same kind that touch become one; none stands inside pre or code; of two others that overlap, quotes
    aside, the first stays; and where a style crosses the edge of something, it is cut there.
    """
    entities = in_order(entity for entity in entities if entity.length > 0)
    if len(entities) < 2:  # noqa: PLR2004 - one entity cannot clash
        return entities
    quotes = _first_only(entity for entity in entities if entity.type in QUOTES)
    solid = _first_only(entity for entity in entities if entity.type not in QUOTES and entity.type not in STYLES)
    solid = [entity for entity in solid if not any(_crosses(entity, quote) for quote in quotes)]
    styles = _joined(entity for entity in entities if entity.type in STYLES)
    verbatim = [entity for entity in solid if entity.type in VERBATIM]
    styles = [part for style in styles for part in _around(style, verbatim)]
    return _nested([*quotes, *solid, *styles])


def _first_only(entities: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _crosses(entity: Entity, quote: Entity) -> bool:
    overlaps = entity.offset < quote.end and quote.offset < entity.end
    return overlaps and not (quote.offset <= entity.offset and entity.end <= quote.end)


def _joined(styles: Iterable[Entity]) -> list[Entity]:
    last: dict[str, Entity] = {}
    done: list[Entity] = []
    for style in styles:
        before = last.get(style.type)
        if before is not None and style.offset <= before.end:
            last[style.type] = replace(before, length=max(before.end, style.end) - before.offset)
            continue
        if before is not None:
            done.append(before)
        last[style.type] = style
    return [*done, *last.values()]


def _around(style: Entity, holes: list[Entity]) -> Iterator[Entity]:
    start = style.offset
    for hole in holes:
        if hole.end <= start or hole.offset >= style.end:
            continue
        if hole.offset > start:
            yield replace(style, offset=start, length=hole.offset - start)
        start = hole.end
    if start < style.end:
        yield replace(style, offset=start, length=style.end - start)


def _nested(entities: Iterable[Entity]) -> list[Entity]:
    result: list[Entity] = []
    waiting = in_order(entities)[::-1]
    open_ends: list[int] = []
    while waiting:
        entity = waiting.pop()
        while open_ends and open_ends[-1] <= entity.offset:
            open_ends.pop()
        if open_ends and entity.end > open_ends[-1]:
            edge = open_ends[-1]
            rest = replace(entity, offset=edge, length=entity.end - edge)
            waiting = in_order([*waiting, rest])[::-1]
            entity = replace(entity, length=edge - entity.offset)
        open_ends.append(entity.end)
        result.append(entity)
    return in_order(result)


_FINDERS = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}(?![\w-])")),
    (
        "url",
        re.compile(
            r"(?<![\w@.])(?:(?:https?|ftp|tg|ton)://[^\s<>\"«»]+"
            r"|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|uk|gov|mil|edu|int|eu|io|me|info|app|dev)"
            r"(?![\w-])(?:[/?#][^\s<>\"«»]*)?)",
            re.IGNORECASE,
        ),
    ),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{4,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}(?!\w*#)")),
)
_WORTH_LOOKING = re.compile(r"[/@#.]")


def find(text: str) -> list[Entity]:
    """What Telegram marks by itself: commands, mentions, hashtags, links and mail addresses.

    An approximation: links without a scheme are found for common top-level domains only; phone numbers, cashtags and
    bank cards are left alone.
    """
    if not _WORTH_LOOKING.search(text):
        return []
    to_units = utf16_positions(text)
    taken: list[tuple[int, int]] = []
    found: list[Entity] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(match[0].rstrip(".,;:!?'\")]}…"))
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            found.append(Entity(kind, to_units(start), to_units(end) - to_units(start)))
    return in_order(found)


def add_found(entities: list[Entity], found: list[Entity]) -> list[Entity]:
    """Add what was found where nothing but styles and quotes stands yet."""
    if not found:
        return entities
    solid = [entity for entity in entities if entity.type not in STYLES and entity.type not in QUOTES]
    free = [new for new in found if not any(new.offset < old.end and old.offset < new.end for old in solid)]
    return settle([*entities, *free])


def utf16_positions(text: str) -> Callable[[int], int]:
    """A function from an index of the string to its UTF-16 offset."""
    if text.isascii() or max(text) <= "\uffff":
        return lambda index: index
    offsets = list(accumulate((1 + (character > "\uffff") for character in text), initial=0))
    return offsets.__getitem__


def string_positions(text: str) -> Callable[[int], int | None]:
    """A function from a UTF-16 offset to the index of the string, None in the middle of a surrogate pair."""
    if text.isascii() or not text or max(text) <= "\uffff":
        return lambda offset: offset
    offsets = list(accumulate((1 + (character > "\uffff") for character in text), initial=0))

    def index_of(offset: int) -> int | None:
        index = bisect_right(offsets, offset) - 1
        return index if offsets[index] == offset else None

    return index_of
