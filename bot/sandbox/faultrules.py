"""What one rule for faults says: its fields, checked, and the answer that it puts in the place of the right one.

docs/sandbox.md has the fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from bot.sandbox.errors import ApiError
from bot.sandbox.spec import load_methods

Check = Callable[[Any], Any]

_LONGEST_SECONDS = 7 * 24 * 3600
_HTML = b"<html>\r\n<head><title>Sign in</title></head>\r\n<body><h1>Sign in to this network</h1></body>\r\n</html>\r\n"
_CUT_JSON = b'{"ok":true,"result":{"message_id":'
_FAILURES = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}
_JSON_TYPE, _HTML_TYPE = b"application/json", b"text/html"


@dataclass(frozen=True, slots=True)
class Spoilt:
    """An answer that a fault puts in the place of the right one."""

    status: int
    body: bytes
    content_type: bytes = _JSON_TYPE
    description: str | None = None


@dataclass(slots=True, eq=False)
class Rule:
    """One kind of fault, when it strikes and how often it has.

    Attributes:
        fields: the rule as docs/sandbox.md describes it, each field that was left out with its default.
        methods: the names in lower case, None for all.
        begins_at: Unix seconds from which it strikes.
        ends_at: Unix seconds from which it does not, None for never.
        struck: how often it has.
    """

    fields: dict[str, Any]
    methods: frozenset[str] | None
    begins_at: float
    ends_at: float | None
    struck: int = 0

    @property
    def kind(self) -> str:
        """The fault's name."""
        return str(self.fields["fault"])

    @property
    def is_handled(self) -> bool:
        """Whether the request does its work all the same, such as storing the message."""
        return self.kind == "reset_after" or bool(self.fields.get("after"))

    @property
    def is_cut(self) -> bool:
        """Whether the connection is closed without an answer."""
        return self.kind in ("reset_before", "reset_after") or self.fields.get("answer") == "close"

    @property
    def words(self) -> str:
        """What the journal calls it, such as "502, handled"."""
        fields, handled = self.fields, "handled" if self.is_handled else "not handled"
        match self.kind:
            case "429":
                return "429" if fields["parameters"] else "429 without parameters"
            case "5xx":
                return f"{fields['status']}, {handled}"
            case "garbage":
                return f"garbage ({fields['body']}), {handled}"
            case "outage":
                return f"outage ({fields['answer']})"
            case "hang":
                return f"hang, {handled}"
            case kind:
                return kind

    def fits(self, method: str, chat_id: Any, now: float) -> bool:
        """Whether it is for this request, leaving chance aside.

        Args:
            method: its name in lower case.
            chat_id: a number or a channel's name, None where the request has none.
            now: Unix seconds.
        """
        count, wanted = self.fields["count"], self.fields["chat_id"]
        return (
            (count is None or self.struck < count)
            and self.begins_at <= now
            and (self.ends_at is None or now < self.ends_at)
            and (self.methods is None or method in self.methods)
            and (wanted is None or wanted == chat_id)
        )

    def spoil(self, body: bytes) -> Spoilt | None:
        """The answer that the bot gets instead of the right one; None if it gets none.

        Args:
            body: the right answer, empty if the request was not handled.
        """
        fields = self.fields
        match self.kind:
            case "429":
                return _too_many(fields["retry_after"], with_parameters=fields["parameters"])
            case "5xx":
                return _failure(fields["status"])
            case "outage" if fields["answer"] == "502":
                return _failure(int(fields["answer"]))
            case "garbage" if fields["body"] == "html":
                return Spoilt(200, _HTML, _HTML_TYPE)
            case "garbage":
                return Spoilt(200, body[: len(body) // 2] or _CUT_JSON)
        return None

    def as_json(self) -> dict[str, Any]:
        """The rule and how often it has struck."""
        return {**self.fields, "struck": self.struck}


def read_rule(given: Mapping[str, Any], now: float) -> Rule:
    """Check the fields of a rule and fill in those that are left out.

    Args:
        given: the fields, of JSON's types.
        now: Unix seconds, from which its times count.

    Raises:
        ApiError: 400, a field is unknown, missing or wrong.
    """
    kind = given.get("fault")
    if not isinstance(kind, str) or kind not in _OWN:
        raise ApiError(400, f"A fault is one of {', '.join(_OWN)}, not {kind!r}.")
    known = {**_COMMON, **_OWN[kind]}
    for name in given:
        if name not in known and name != "fault":
            raise ApiError(400, f"The fault {kind} has no field {name}.")
    fields: dict[str, Any] = {"fault": kind}
    for name, (default, check) in known.items():
        value = given.get(name)
        try:
            fields[name] = default if value is None else check(value)
        except ValueError as error:
            raise ApiError(400, f"The field {name} of the fault {kind} {error}.") from None
    for low, high in (("min", "max"), ("from", "until")):
        if fields.get(high) is not None and fields[high] < fields[low]:
            raise ApiError(400, f"The field {high} of the fault {kind} is less than {low}.")
    methods = frozenset(map(str.lower, fields["methods"])) if fields["methods"] is not None else None
    return Rule(fields, methods, now + fields["from"], None if fields["until"] is None else now + fields["until"])


def _between(low: float, high: float) -> Check:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not low <= value <= high:
            raise ValueError(f"is a number from {low:g} to {high:g}")
        return float(value)

    return check


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 < value <= _LONGEST_SECONDS:
        raise ValueError("is a whole number above 0")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is true or false")  # noqa: TRY004 - the caller turns it into a sentence
    return value


def _one_of(*choices: Any) -> Check:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or value not in choices:
            raise ValueError(f"is one of {', '.join(map(str, choices))}")
        return value

    return check


def _chat(value: Any) -> int | str:
    if type(value) not in (int, str):
        raise ValueError("is a chat's number or name")
    return value  # type: ignore[no-any-return]


def _methods(value: Any) -> list[str]:
    known = _method_names()
    if not isinstance(value, list | tuple) or not all(
        isinstance(name, str) and name.lower() in known for name in value
    ):
        raise ValueError("is a list of methods of the Bot API")
    return list(value)


@cache
def _method_names() -> frozenset[str]:
    return frozenset(load_methods())


_seconds = _between(0, _LONGEST_SECONDS)
_AFTER = {"after": (False, _flag)}
_COMMON: Mapping[str, tuple[Any, Check]] = {
    "methods": (None, _methods),
    "chat_id": (None, _chat),
    "probability": (1.0, _between(0, 1)),
    "count": (None, _whole),
    "from": (0.0, _seconds),
    "until": (None, _seconds),
}
_OWN: Mapping[str, Mapping[str, tuple[Any, Check]]] = {
    "latency": {"min": (0.0, _seconds), "max": (1.0, _seconds)},
    "429": {"retry_after": (5, _whole), "parameters": (True, _flag)},
    "5xx": {"status": (502, _one_of(*_FAILURES)), **_AFTER},
    "reset_before": {},
    "reset_after": {},
    "hang": _AFTER,
    "garbage": {"body": ("html", _one_of("html", "json")), **_AFTER},
    "outage": {"answer": ("close", _one_of("close", "502"))},
}


def _too_many(retry_after: int, *, with_parameters: bool) -> Spoilt:
    said = f"Too Many Requests: retry after {retry_after}"
    error = ApiError(429, said, retry_after if with_parameters else None)
    return Spoilt(429, orjson.dumps(error.as_json()), description=said)


def _failure(status: int) -> Spoilt:
    error = ApiError(status, _FAILURES[status])
    return Spoilt(status, orjson.dumps(error.as_json()), description=error.description)
