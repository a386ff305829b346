"""The data files: sectors, regions, schemes and reporting channels, and the folder that may replace them.

A file of the same name in the operator's folder takes the place of the shipped one, as a whole. The readers
(`alerts.subscribers.sectors`, `alerts.levels.scheme`, `alerts.reporting.guide`) check every entry at load, so
that a mistake in a file stops the start and never shows itself later, in an alert.
"""

import difflib
import importlib.resources
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alerts.errors import CascadeError, NotFound

_LISTED_AT_MOST = 12
_QUOTED_AT_MOST = 60


class DataError(CascadeError, ValueError):
    """A data file is missing or wrong.

    The text is one line that names the file, the entry and what is wrong with it. The caller shows it to the
    operator and stops the start.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(" ".join(f"{where}: {what}".split()))


class UnknownCode(NotFound):
    """Somebody asked for a code or a name that the data does not have.

    The text quotes what was asked, so it is for operators and officers; for anybody else a caller builds its
    own sentence from `nearest`, the codes that look most like what was asked, best first.
    """

    def __init__(self, text: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.nearest = nearest

    @classmethod
    def among(
        cls, kind: str, asked: str, codes: Iterable[str], hints: Mapping[str, str] | None = None
    ) -> "UnknownCode":
        """Word the refusal of `asked`.

        Args:
            kind: What was looked for, in the singular: "sector".
            asked: What was asked for, as it was typed.
            codes: Everything that exists, in the order to show it.
            hints: Other words a person may have used (in lower case), each with the code that it means.
        """
        known = tuple(codes)
        meant = {code.casefold(): code for code in known} | dict(hints or {})
        close = difflib.get_close_matches(asked.casefold().strip(), meant, n=5, cutoff=0.6)
        nearest = tuple(dict.fromkeys(meant[word] for word in close))[:3]
        text = f"there is no {kind} {quoted(asked)}"
        if nearest:
            text += f"; the nearest: {', '.join(nearest)}"
        if len(known) <= _LISTED_AT_MOST:
            text += f"; there is: {', '.join(known)}"
        return cls(text, nearest)


def quoted(value: object) -> str:
    """Return `value` in quotes for an error's text, cut short and on one line."""
    text = repr(value)
    return text if len(text) <= _QUOTED_AT_MOST else f"{text[:_QUOTED_AT_MOST]}…"


class DataFolder:
    """The shipped data files, and the operator's folder whose files win over them.

    Args:
        replacement: The operator's folder, or None for the shipped files alone.

    Raises:
        DataError: `replacement` is no folder, or has a TOML file whose name replaces nothing (a misspelt
            name would otherwise leave the shipped file in use without a word).
    """

    def __init__(self, replacement: Path | None = None) -> None:
        self._shipped = importlib.resources.files(__name__)
        self._replacement = replacement
        self.replaced: frozenset[str] = frozenset()
        if replacement is None:
            return
        if not replacement.is_dir():
            raise DataError(str(replacement), "is not a folder that can be read")
        try:
            found = sorted(path.name for path in replacement.iterdir() if path.suffix == ".toml")
        except OSError as error:
            raise DataError(str(replacement), f"cannot be listed ({error.strerror})") from error
        replaceable = {entry.name for entry in self._shipped.iterdir() if entry.name.endswith(".toml")}
        for name in found:
            if name not in replaceable and not name.startswith("levels-"):
                near = difflib.get_close_matches(name, replaceable, n=1) or sorted(replaceable)
                raise DataError(str(replacement / name), f"replaces nothing; did you mean {', '.join(near)}?")
        self.replaced = frozenset(found)

    def where(self, name: str) -> str:
        """Return how an operator finds the file called `name`: its path, or that it is the shipped one."""
        if self._replacement is not None and name in self.replaced:
            return str(self._replacement / name)
        return f"{name} (shipped)"

    def read(self, name: str) -> dict[str, Any]:
        """Return the parsed TOML of the file called `name`: the operator's, or else the shipped one.

        Raises:
            DataError: There is no such file, it cannot be read, or it is no TOML in UTF-8.
        """
        source = self._shipped / name
        if self._replacement is not None and name in self.replaced:
            source = self._replacement / name
        try:
            # utf-8-sig: Windows editors put a byte order mark in front, which TOML does not allow.
            return tomllib.loads(source.read_bytes().decode("utf-8-sig"))
        except FileNotFoundError as error:
            raise DataError(name, "there is no such data file") from error
        except OSError as error:
            raise DataError(self.where(name), f"cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise DataError(self.where(name), f"is not UTF-8 text (byte {error.start})") from error
        except tomllib.TOMLDecodeError as error:
            raise DataError(self.where(name), f"is not valid TOML: {error}") from error
