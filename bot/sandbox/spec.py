"""Holds requests against the Bot API's own list of methods and parameters.

methods.json is drawn from the machine-readable specification of the Bot API, whose version it names: for every method
the names and types of its required and optional parameters. Telegram itself is lenient: it reads a wrong integer as 0
and any odd boolean as false. The sandbox refuses both, since they are mistakes of the bot.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.rules import QUERY_EXPIRED

Convert = Callable[[str, Any], Any]

_MISSING = {
    "action": "wrong parameter action in request",
    "callback_query_id": QUERY_EXPIRED,
    "chat_id": "chat_id is empty",
    "document": "there is no document in the request",
    "file_id": "file_id not specified",
    "inline_query_id": QUERY_EXPIRED,
    "message_id": "message identifier is not specified",
    "photo": "there is no photo in the request",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
}
# What Telegram calls parameters that hold JSON, where that is not their own name.
_OBJECT_NAMES = {
    "link_preview_options": "link preview options",
    "reply_markup": "reply markup",
    "reply_parameters": "reply parameters",
}
_JSON_NAMES = {**_OBJECT_NAMES, "reply_markup": "reply keyboard markup", "scope": "BotCommandScope"}
# Empty counts as left out, and means something here: no webhook.
_MAY_BE_EMPTY = {"setWebhook": {"url"}}
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_LARGEST = 2**63
_WHOLE = re.compile(r" *[+-]?[0-9]{1,19} *")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Bot API.

    Attributes:
        name: in Telegram's own spelling.
        required: names of the parameters that may not be left out, `text` first because Telegram looks there first.
        converts: for every parameter what reads it.
    """

    name: str
    required: tuple[str, ...]
    converts: Mapping[str, Convert]

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the parameters of a request into Python's types.

        Empty ones count as left out, and names that the method does not know are passed over, both as at Telegram.

        Args:
            given: strings from a query or form, or anything from JSON.

        Raises:
            ApiError: 400, a parameter is missing or of the wrong type.
        """
        read: dict[str, Any] = {}
        converts = self.converts
        for name, value in given.items():
            if value is not None and value != "" and (convert := converts.get(name)) is not None:
                read[name] = convert(name, value)
        for name in self.required:
            if name not in read:
                raise bad_request(_MISSING.get(name, f'parameter "{name}" is required'))
        return read


def load_methods() -> dict[str, Method]:
    """Every method that the Bot API knows, by its name in lower case, for Telegram ignores the case."""
    document = json.loads(Path(__file__).with_name("methods.json").read_text(encoding="utf-8"))
    methods = {}
    for name, parameters in document["methods"].items():
        types = {**parameters["required"], **parameters["optional"]}
        needed = (parameter for parameter in parameters["required"] if parameter not in _MAY_BE_EMPTY.get(name, ()))
        required = tuple(sorted(needed, key=lambda parameter: parameter != "text"))
        methods[name.lower()] = Method(name, required, {key: _converter(kind) for key, kind in types.items()})
    return methods


def _must_be(name: str, kind: str) -> ApiError:
    return bad_request(f'field "{name}" must be of type {kind}')


def _integer(name: str, value: Any) -> int:
    if type(value) is str and _WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise _must_be(name, "Number")
    return value


def _float(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _must_be(name, "Number")
    try:
        return float(value)
    except ValueError:
        raise _must_be(name, "Number") from None


def _string(name: str, value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _must_be(name, "String")
    return str(value)


def _integer_or_string(name: str, value: Any) -> int | str:
    if type(value) is int:
        return value
    text = _string(name, value)
    return int(text) if _WHOLE.fullmatch(text) else text


def _boolean(name: str, value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _must_be(name, "Boolean")


def _structure(name: str, value: Any) -> Any:
    if type(value) is not str:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise bad_request(f"can't parse {_JSON_NAMES.get(name, name)} JSON object") from None


def _object(name: str, value: Any) -> dict[str, Any]:
    value = _structure(name, value)
    if isinstance(value, dict):
        return value
    if name in _OBJECT_NAMES:
        raise bad_request(f"object expected as {_OBJECT_NAMES[name]}")
    raise _must_be(name, "Object")


def _array(item: str) -> Convert:
    inner = {"Integer": int, "String": str}.get(item)

    def convert(name: str, value: Any) -> list[Any]:
        value = _structure(name, value)
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {item}") if inner is None else _must_be(name, "Array")
        if inner is not None and not all(type(element) is inner for element in value):
            raise bad_request(f'field "{name}" must be an Array of {item}')
        return value

    return convert


def _anything(_name: str, value: Any) -> Any:
    return value


_SIMPLE: dict[str, Convert] = {
    "Integer": _integer,
    "Float": _float,
    "String": _string,
    "Boolean": _boolean,
    "Integer or String": _integer_or_string,
}


def _converter(kind: str) -> Convert:
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if "InputFile" in kind:
        return _anything
    if kind.startswith("Array of "):
        return _array(kind.removeprefix("Array of ").partition(" or ")[0])
    return _object
