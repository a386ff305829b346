"""What a database's complaints mean, each in one sentence for the administrator."""

from sqlalchemy.exc import SQLAlchemyError, StatementError

from alerts.errors import NotFound, StoreError

BEYOND_ANY_ID = "there is nothing with a number of that size"
LOCKED = "the database is locked by another program"
LOST = "the connection to the database was lost"
UNREACHABLE = "the database server cannot be reached: is it running, and are its host and port right?"
NO_ANSWER = "the database did not answer in time"
IN_VAIN = "the database server lets nobody in at present: it is starting, stopping or being restored"

_OF_SQLITE = {
    "database is locked": LOCKED,
    "readonly database": "the database is read-only: the file or its folder cannot be written",
    "not a database": "the file is not an SQLite database",
    "unable to open database file": "the database file cannot be opened: does its folder exist, and may it be written?",
    "disk is full": "the disk is full",
    "malformed": "the database file is damaged: restore a backup",
}
"""Parts of what SQLite says; it has no codes that the driver hands on."""

_OF_POSTGRESQL = {
    "08": LOST,
    "25006": "the database is read-only: it is a standby, or was set so",
    "25P03": LOST,
    "28": "the database refuses the user or the password in CASCADE_DATABASE_URL",
    "3D000": "there is no database of that name on the server: create it first (docs/operations.md)",
    "42501": "the database's user lacks a right there: it must own the database (docs/operations.md)",
    "53100": "the disk is full",
    "53300": "the database server has no connection to spare: too many are open",
    "55P03": LOCKED,
    "57014": NO_ANSWER,
    "57P01": IN_VAIN,
    "57P02": IN_VAIN,
    "57P03": IN_VAIN,
    "57P04": LOST,
    "XX001": "the database is damaged: restore a backup",
    "XX002": "the database is damaged: restore a backup",
    "22": "a value cannot be kept by the database",
}
"""PostgreSQL's error codes, or the class that they begin with (its manual, appendix A)."""

_OF_THE_DRIVER = {
    "QueuePool limit": "every connection to the database is busy",
    "connection is closed": LOST,
    "cannot switch to state": LOST,  # what asyncpg says of a session that ends between two of its steps
}


def explained(error: SQLAlchemyError | OSError) -> StoreError | NotFound:
    """Say in one line what is wrong with the database; parameters, which may be personal, stay out of it."""
    if isinstance(error, OSError):
        return StoreError(NO_ANSWER if isinstance(error, TimeoutError) else UNREACHABLE)
    orig = error.orig if isinstance(error, StatementError) else error
    cause, code = str(orig), str(getattr(orig, "sqlstate", None) or "")
    if code and "out of int" in cause:
        return NotFound(BEYOND_ANY_ID)
    for beginning, sentence in _OF_POSTGRESQL.items():
        if code.startswith(beginning):
            return StoreError(sentence)
    for complaint, sentence in (_OF_SQLITE | _OF_THE_DRIVER).items():
        if complaint in cause:
            return StoreError(sentence)
    return StoreError(f"the database refused: {' '.join(cause.split())[:200]}")
