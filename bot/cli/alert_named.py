"""How the command line is told which alert is meant: by its reference, as people quote it, or by its id."""

import re
from typing import Annotated

import typer

from alerts.errors import InvalidInput
from bot.domain import Domain

ID = re.compile(r"[0-9]{1,30}")
REFERENCE = re.compile(r"[A-Z]-[0-9]{4}-[0-9]{4,}")

Named = Annotated[str, typer.Argument(metavar="ALERT", help="Its reference, such as C-2026-0001, or its id.")]


async def id_of(domain: Domain, named: str) -> int:
    """Give the id of the alert that is meant; an id is taken as it is, whether there is such an alert or not.

    Raises:
        InvalidInput: it is neither a reference nor an id.
        NotFound: there is no alert with this reference.
    """
    wanted = named.strip().upper()
    if ID.fullmatch(wanted):
        return int(wanted)
    if not REFERENCE.fullmatch(wanted):
        raise InvalidInput("alert-name", f"'{named[:40]}' is no alert: write a reference such as C-2026-0001, or an id")
    return (await domain.desk.referred(wanted)).id
