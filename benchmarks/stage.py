"""What every scenario is given: the answerer, a place for databases, and the ways to start what is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from alerts.clock import SystemClock
from benchmarks.machine import PEERS_PYTHON, Child, cores, folder, run_to_end, settle
from benchmarks.message import fields
from benchmarks.product import TOKEN, settings_for
from benchmarks.roll import SECTOR
from benchmarks.server import Server, answering
from bot.domain import build_domain

FIRST_CHAT = 1_000_000
NO_LIMIT = 1_000_000
"""A rate that nothing reaches."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the scenarios take place.

    Attributes:
        server: the answerer.
        core: the core of what is measured.
        place: a folder for databases.
        is_quick: everything is a good deal smaller.
        fields: the parameters of the alert's sendMessage.
    """

    server: Server
    core: int
    place: Path
    is_quick: bool
    fields: dict[str, Any]
    _numbers: Iterator[int] = field(default_factory=count)

    def size(self, full: int, quick: int) -> int:
        """Choose a number by how thorough the run is."""
        return quick if self.is_quick else full

    def sqlite(self, *groups: dict[str, Any]) -> str:
        """Make an SQLite database with these people on its roll."""
        return self.filled(f"sqlite+aiosqlite:///{self.place / f'{next(self._numbers)}.db'}", *groups)

    def filled(self, database_url: str, *groups: dict[str, Any]) -> str:
        """Put people on the roll of an empty database, and give its address back."""
        run_to_end("roll", self.core, database_url=database_url, groups=groups)
        return database_url

    @contextmanager
    def bot(self, database_url: str, rate: int) -> Iterator[Child]:
        """Run the whole bot on a database; it takes the commands of `benchmarks.product.Commands`."""
        given = {"address": self.server.address, "database_url": database_url, "rate": rate}
        with Child("product", self.core, arguments=given) as child:
            child.hear()
            yield child

    def bare(self, connections: int, messages: int, rate: int | None = None) -> dict[str, float]:
        """Run the ceiling's sender; give its seconds, and the processor's."""
        url = f"{self.server.address}/bot{TOKEN}/sendMessage"
        given: dict[str, Any] = {"url": url, "connections": connections, "messages": messages, "rate": rate}
        measured: dict[str, float] = run_to_end("ceiling", self.core, fields=self.fields, **given)
        return measured

    def peer(self, name: str, connections: int, messages: int) -> dict[str, float]:
        """Run another library's sender."""
        given: dict[str, Any] = {
            "address": self.server.address,
            "connections": connections,
            "messages": messages,
            "peer": name,
            "fields": self.fields,
        }
        measured: dict[str, float] = run_to_end("peers", self.core, PEERS_PYTHON, **given)
        return measured


def people(number: int, first: int = FIRST_CHAT, sector: str = SECTOR) -> dict[str, Any]:
    """Describe so many people of a sector, with chats in a row."""
    return {"first": first, "count": number, "sector": sector}


@contextmanager
def staged(*, is_quick: bool) -> Iterator[Stage]:
    """Start the answerer on its core, where this process stays too, and make the folder."""
    server_core, client_core = cores()
    settle(server_core)
    with folder() as place, answering(server_core) as server:
        domain = build_domain(settings_for(server.address, "sqlite+aiosqlite:///:memory:", 1), SystemClock())
        yield Stage(server, client_core, place, is_quick, fields(domain))
