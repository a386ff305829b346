"""What is wrong with a value, in plain words: settings and the command line are both read by pydantic."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

WORDS = {
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a number that is not so large",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
}
"""Kinds of pydantic's errors (https://docs.pydantic.dev/latest/errors/validation_errors/), and how people are told."""

CHOICES = re.compile(r"'.*' is not one of (?P<choices>.+?)\.?", re.DOTALL)


def plain(fault: ErrorDetails) -> str:
    """Say what a value must be, to follow its name; the value itself stays out, since it may be secret."""
    details: dict[str, Any] = fault.get("ctx", {})
    inner = details.get("error")
    if isinstance(inner, ValidationError):
        return plain(inner.errors()[0])
    if words := WORDS.get(fault["type"]):
        return words.format_map(details)
    said = fault["msg"].removeprefix("Value error, ")
    if found := CHOICES.fullmatch(said):
        return f"must be one of {found['choices']}"
    return said.replace("Input should be", "must be", 1)
