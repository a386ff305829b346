"""The installed command: it starts, and its help names what is built and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

from support.processes import Home

BUILT = [
    *("run", "demo", "sandbox", "check", "migrate", "bench"),
    *("level", "alert", "schedule", "briefing", "template", "drill", "subscribers", "people", "intake", "audit"),
]


def test_the_installed_command_lists_what_is_built(tmp_path: Path) -> None:
    """`cascade --help`, as the package installs it, ends with 0 and lists exactly the commands there are."""
    command = Path(sys.executable).with_name("cascade")
    told = subprocess.run([command, "--help"], cwd=tmp_path, capture_output=True, check=True)  # noqa: S603 - ours
    assert re.findall(r"^│ ([a-z]+) +\w", told.stdout.decode(), re.MULTILINE) == BUILT


def test_every_command_has_help(tmp_path: Path) -> None:
    """Each command and each group explains itself and ends with 0, without settings and without a database."""
    home = Home(tmp_path, bot_token=None, database_url="nonsense")
    for done in home.each([(name, "--help") for name in BUILT]):
        assert (done.code, done.stderr) == (0, ""), done
        assert "Usage: cascade " in done.stdout
    assert not list(tmp_path.iterdir())
