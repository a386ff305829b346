"""The installation's secret: what the record is sealed with and the check codes are made from."""

import os
import secrets
from pathlib import Path

from sqlalchemy import make_url

from alerts.errors import CascadeError
from bot.settings import Settings

FILE = "cascade.secret"
SECRET_BYTES = 32
OTHERS = 0o077
"""The bits of a file's mode that let others at it."""


class SecretError(CascadeError):
    """The secret's file cannot be read or made; the text names the file and never what is in it."""


def read_secret(settings: Settings) -> bytes:
    """Give `CASCADE_SECRET`, or what the file beside the database holds; the first start makes that file.

    It stands beside an SQLite database, as `cascade.db.secret`, and in the folder of the process beside PostgreSQL, as
    `cascade.secret`, readable by its owner alone.

    Raises:
        SecretError: the file cannot be read or made.
    """
    given = settings.secret.get_secret_value()
    if given:
        return given.encode()
    path = secret_path(settings.database_url)
    try:
        if not path.exists():
            _make(path)
        return path.read_bytes().strip()
    except OSError as error:
        raise SecretError(f"the secret's file {path} cannot be used: {error.strerror}") from None


def exposed_secret(settings: Settings) -> Path | None:
    """Give the secret's file if others than its owner can read it; None if not, and where no file holds the secret."""
    path = secret_path(settings.database_url)
    if settings.secret.get_secret_value() or not path.exists():
        return None
    return path if path.stat().st_mode & OTHERS else None


def secret_path(database_url: str) -> Path:
    """Name the file that holds the secret of a database."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return Path(FILE)
    return Path(f"{url.database}.secret")


def missing_database(settings: Settings) -> Path | None:
    """Give the SQLite file that the settings name if it is not there; None if it is, and on PostgreSQL.

    What stands in no file, and a file's URI, are for SQLite to judge.
    """
    url = make_url(settings.database_url)
    name = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or name == ":memory:" or name.startswith("file:"):
        return None
    path = Path(name).absolute()
    return None if path.exists() else path


def _make(path: Path) -> None:
    """Write a new secret whole or not at all; of two processes that do so at once the first one's is kept."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(SECRET_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
