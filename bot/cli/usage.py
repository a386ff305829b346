"""What the command line could not read, in one line: typer's own way is a box of several."""

import re

from pydantic import ValidationError
from typer.exceptions import TyperException

from bot.faults import plain

REWORDED = (
    (re.compile(r"No such command (?P<what>'.*')\."), "there is no command {what}"),
    (re.compile(r"No such option: (?P<what>\S+)"), "there is no option {what}"),
    (re.compile(r"Option '(?P<what>.*)' requires an argument\."), "{what} needs a value"),
    (re.compile(r"Got unexpected extra arguments?(\(s\))? \((?P<what>.*)\)"), "nobody asked for {what}"),
)


def usage_line(error: TyperException) -> str | None:
    """Say what is wrong and name the option or argument; None where the help is shown and says it all."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return None
    told, context = _told(error), getattr(error, "ctx", None)
    if context is not None:
        told += f"; see '{context.command_path} --help'"
    return " ".join(told.split())


def _told(error: TyperException) -> str:
    name = _name(getattr(error, "param", None))
    if name and type(error).__name__ == "MissingParameter":
        return f"{name} is missing"
    if name and isinstance(error.__cause__, ValidationError):
        return f"{name} {plain(error.__cause__.errors()[0])}"
    for form, words in REWORDED:
        if found := form.fullmatch(error.message):
            nearest = getattr(error, "possibilities", None)
            return words.format(**found.groupdict()) + (f"; the nearest: {', '.join(nearest)}" if nearest else "")
    return error.format_message()


def _name(parameter: object) -> str:
    """Name an option as it is written, an argument as its help does."""
    written = next((name for name in getattr(parameter, "opts", ()) if name.startswith("--")), None)
    return written or getattr(parameter, "metavar", None) or getattr(parameter, "name", None) or ""
