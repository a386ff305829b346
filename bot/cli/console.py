"""What all commands share: how they open the database, print, ask, and end."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import orjson
import typer
import uvloop
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.clock import SystemClock
from alerts.data import DataError, UnknownCode
from alerts.errors import CascadeError, FetchFailed, InvalidInput, StoreError, WrongSecret
from alerts.store.migrate import migrate
from bot.domain import Domain, build_domain
from bot.secret import SecretError, missing_database
from bot.settings import SettingsError, read_settings

FAILED = 1
WRONG_USE = 2
JOIN_SECONDS = 1.0
OWNER_ALONE = 0o600
STANDING = frozenset(
    {
        "nobody",
        "not-sent",
        "superseded",
        "no-such-change",
        "last-owner",
        "schedule-name-taken",
        "intake-taken",
        "intake-no-token",
        "return-nobody",
    }
)
"""Problems that lie in how things stand, and not in what was written: at another time the same words would do."""
PIPE_WIDTH = 1000
"""Where nobody looks at it, a table is as wide as its longest cells."""

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def complain(text: str) -> None:
    """Say in one line on standard error what is wrong."""
    err.print(f"cascade: {text}", markup=False)


def fail(text: str, code: int = FAILED) -> NoReturn:
    """Say in one line on standard error what is wrong, and end."""
    complain(text)
    raise typer.Exit(code)


def exit_code(error: CascadeError) -> int:
    """Give `WRONG_USE` for what was written wrongly, `FAILED` for what is not there, or cannot be as things stand."""
    if isinstance(error, InvalidInput):
        return FAILED if error.problem in STANDING else WRONG_USE
    is_no_address = isinstance(error, FetchFailed) and error.problem == "fetch-address"
    return WRONG_USE if is_no_address or isinstance(error, UnknownCode) else FAILED


def command(action: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a command of a coroutine: run it, and turn what went wrong into one line and an exit code."""

    @wraps(action)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            uvloop.run(_to_the_end(action(*args, **kwargs)))
        except SettingsError as error:
            fail(str(error), WRONG_USE)
        except DataError as error:
            fail(str(error), WRONG_USE)
        except (WrongSecret, SecretError) as error:
            fail(f"CASCADE_SECRET: {error}", WRONG_USE)
        except CascadeError as error:
            fail(str(error), exit_code(error))
        except KeyboardInterrupt:
            fail("stopped", 130)

    return run


async def _to_the_end(action: Coroutine[Any, Any, None]) -> None:
    """Await a command; after a database that cannot be opened, let aiosqlite's thread report to a loop that still runs.

    A failed opening stops that thread without waiting for it, and on a closed loop it would print a traceback.
    """
    try:
        await action
    except StoreError:
        await asyncio.to_thread(_join_connections)
        raise


def _join_connections() -> None:
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(JOIN_SECONDS)


@asynccontextmanager
async def opened(*, makes: bool = False) -> AsyncIterator[Domain]:
    """Open the database by the settings, migrated, and close it at the end.

    Args:
        makes: whether the command may begin an installation, or lists what there is: an SQLite file that is not there
            is made, and named on standard error. Any other would do its work on an empty one in a wrong folder.

    Raises:
        StoreError: there is no such file, and the command does not make one.
    """
    settings = read_settings()
    missing = missing_database(settings)
    if missing is not None and not makes:
        raise StoreError(f"{no_database(missing)}; is this the right folder?")
    domain = build_domain(settings, SystemClock())
    try:
        await migrate(domain.store)
        if missing is not None:
            err.print(f"made the database {missing}", markup=False)
        yield domain
    finally:
        await domain.store.close()


def no_database(missing: Path) -> str:
    """Say that there is no database where the settings want one, and what makes it."""
    return f"there is no database {missing} (CASCADE_DATABASE_URL): 'cascade migrate' or 'cascade run' makes it"


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document, and nothing else, on standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, default=json_value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def print_table(headings: tuple[str, ...], rows: list[tuple[object, ...]], empty: str) -> None:
    """Print rows under headings, or a sentence when there are none; nothing is cut off, and no cell is markup."""
    if not rows:
        out.print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if not out.is_terminal:
        out.width = PIPE_WIDTH
    out.print(table)


def confirm(question: str, *, yes: bool) -> None:
    """Go on after --yes, or after a yes on a terminal; elsewhere refuse."""
    if yes:
        return
    if not sys.stdin.isatty():
        fail("nothing was changed: say --yes to confirm when no terminal is attached", WRONG_USE)
    typer.confirm(question, abort=True)


def read_text(file: Path) -> str:
    """Read a text file.

    Raises:
        InvalidInput: it cannot be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInput("file", f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput("file", f"{file} is not UTF-8 text") from None


def new_file(file: Path) -> BinaryIO:
    """Open a file that is not there yet, for its owner's eyes alone.

    Raises:
        CascadeError: it is there, or cannot be made.
    """
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb")
    except OSError as error:
        raise CascadeError(f"{file} cannot be written: {error.strerror}") from None


def moment(value: datetime | None) -> str | None:
    """Write a moment as ISO 8601 in UTC, None as None."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def told(domain: Domain, value: datetime | None) -> str:
    """Write a moment for people, in the zone of the settings, None as nothing; scripts get `moment`."""
    return domain.texts.when(value) if value else ""


def json_value(value: object) -> object:
    """Give what stands in JSON for a value that it does not know: days and moments as ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
