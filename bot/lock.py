"""One running bot for one SQLite file: a second one would take the first one's leases for a dead process's."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alerts.errors import StoreError
from alerts.store import Store


@contextmanager
def only_one_runs(store: Store) -> Iterator[None]:
    """Hold the lock beside an SQLite database; the system lets go of it however the process ends.

    Raises:
        StoreError: another process holds it.
    """
    if not store.is_sqlite or not store.url.database:
        yield
        return
    path = Path(f"{store.url.database}.lock")
    try:
        file = path.open("w")
    except OSError as error:
        raise StoreError(f"the lock file {path} cannot be written: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"another Cascade runs on this database already (lock file {path})") from None
        yield
