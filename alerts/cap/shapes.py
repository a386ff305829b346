"""What stands in which element of CAP 1.2, as tables that the reader and the writer both follow.

Source: the schema of the standard (chapter 3.4). The order of the parts is the order in which they are written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerts.cap import message

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T)([0-9]{2})(:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_MIDNIGHT = "24"


@dataclass(frozen=True, slots=True)
class Form:
    """How a simple value stands in an element.

    Attributes:
        read: gives the value, or raises ValueError with what is wrong, as the end of a sentence.
        write: gives the text.
    """

    read: Callable[[str], Any]
    write: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Part:
    """An element inside another one.

    Attributes:
        element: its name in the standard.
        name: the attribute of the value in which it is kept.
        form: how its value stands in it, or what stands in it.
        is_required: whether it must be there.
        is_list: whether it may be there several times.
    """

    element: str
    name: str
    form: "Form | Shape"
    is_required: bool = False
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """An element with elements in it, and the value that it becomes."""

    value: Callable[..., Any]
    parts: tuple[Part, ...]


def read_moment(text: str) -> datetime:
    """Read a moment as the standard wants it; fractions are dropped, and a Z, which it forbids, is taken all the same.

    Raises:
        ValueError: it is none.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError("must be a moment with its offset, such as 2026-11-23T12:00:00+00:00")
    day, hour, rest, offset = found.groups()
    try:
        if hour == _MIDNIGHT and rest == ":00:00":  # XML Schema lets a day end so
            return datetime.fromisoformat(f"{day}00{rest}{offset}") + timedelta(days=1)
        return datetime.fromisoformat(f"{day}{hour}{rest}{offset}")
    except (ValueError, OverflowError):
        raise ValueError("names a moment that does not exist") from None


def write_moment(moment: datetime) -> str:
    """Write a moment as the standard wants it."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}{_offset(moment)}"


def _offset(moment: datetime) -> str:
    minutes = round((moment.utcoffset() or timedelta()) / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _one_of(words: type[StrEnum]) -> Form:
    known = {word.value: word for word in words}

    def read(text: str) -> StrEnum:
        if text.strip() not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return known[text.strip()]

    return Form(read, str)


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _matching(pattern: str, what: str) -> Form:
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text.strip()):
            raise ValueError(what)
        return text.strip()

    return Form(read, str)


def _language(text: str) -> str:
    return str(_LANGUAGE.read(text)) if text.strip() else message.DEFAULT_LANGUAGE


TEXT = Form(str, str)
NAME = Form(_name, str)
MOMENT = Form(read_moment, write_moment)
_LANGUAGE = _matching(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", "must be a language code, such as en-GB")
LANGUAGE = Form(_language, str)
WHOLE = _matching(r"[+-]?[0-9]+", "must be a whole number")
DECIMAL = _matching(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", "must be a number")

NAMED = Shape(
    message.Named, (Part("valueName", "name", TEXT, is_required=True), Part("value", "value", TEXT, is_required=True))
)

RESOURCE = Shape(
    message.Resource,
    (
        Part("resourceDesc", "description", TEXT, is_required=True),
        Part("mimeType", "mime_type", TEXT, is_required=True),
        Part("size", "size", WHOLE),
        Part("uri", "uri", TEXT),
        Part("derefUri", "content", TEXT),
        Part("digest", "digest", TEXT),
    ),
)

AREA = Shape(
    message.Area,
    (
        Part("areaDesc", "description", TEXT, is_required=True),
        Part("polygon", "polygons", TEXT, is_list=True),
        Part("circle", "circles", TEXT, is_list=True),
        Part("geocode", "geocodes", NAMED, is_list=True),
        Part("altitude", "altitude", DECIMAL),
        Part("ceiling", "ceiling", DECIMAL),
    ),
)

INFO = Shape(
    message.Info,
    (
        Part("language", "language", LANGUAGE),
        Part("category", "categories", _one_of(message.Category), is_required=True, is_list=True),
        Part("event", "event", TEXT, is_required=True),
        Part("responseType", "response_types", _one_of(message.ResponseType), is_list=True),
        Part("urgency", "urgency", _one_of(message.Urgency), is_required=True),
        Part("severity", "severity", _one_of(message.CapSeverity), is_required=True),
        Part("certainty", "certainty", _one_of(message.Certainty), is_required=True),
        Part("audience", "audience", TEXT),
        Part("eventCode", "event_codes", NAMED, is_list=True),
        Part("effective", "effective", MOMENT),
        Part("onset", "onset", MOMENT),
        Part("expires", "expires", MOMENT),
        Part("senderName", "sender_name", TEXT),
        Part("headline", "headline", TEXT),
        Part("description", "description", TEXT),
        Part("instruction", "instruction", TEXT),
        Part("web", "web", TEXT),
        Part("contact", "contact", TEXT),
        Part("parameter", "parameters", NAMED, is_list=True),
        Part("resource", "resources", RESOURCE, is_list=True),
        Part("area", "areas", AREA, is_list=True),
    ),
)

ALERT = Shape(
    message.Message,
    (
        Part("identifier", "identifier", NAME, is_required=True),
        Part("sender", "sender", NAME, is_required=True),
        Part("sent", "sent", MOMENT, is_required=True),
        Part("status", "status", _one_of(message.MessageStatus), is_required=True),
        Part("msgType", "message_type", _one_of(message.MessageType), is_required=True),
        Part("source", "source", TEXT),
        Part("scope", "scope", _one_of(message.Scope), is_required=True),
        Part("restriction", "restriction", TEXT),
        Part("addresses", "addresses", TEXT),
        Part("code", "codes", TEXT, is_list=True),
        Part("note", "note", TEXT),
        Part("references", "references", TEXT),
        Part("incidents", "incidents", TEXT),
        Part("info", "infos", INFO, is_list=True),
    ),
)
