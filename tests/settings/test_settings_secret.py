"""The installation's secret: made once, for its owner alone, and never shown."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.record import KEY

from bot.demo import DemoSettings
from bot.secret import SecretError, exposed_secret, read_secret, secret_path


def settings(folder: Path, secret: str = "") -> DemoSettings:
    """Give settings whose database lies in a folder."""
    return DemoSettings(secret=SecretStr(secret), database_url=f"sqlite+aiosqlite:///{folder}/cascade.db")


def test_the_first_use_makes_it_for_its_owner_alone(tmp_path: Path):
    """It stands beside the database with mode 0600, has 256 bits, and is the same from then on; no draft is left."""
    made = read_secret(settings(tmp_path))
    file = tmp_path / "cascade.db.secret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(made.decode())) == 32
    assert read_secret(settings(tmp_path)) == made
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_what_is_set_goes_before_the_file(tmp_path: Path):
    """CASCADE_SECRET is taken as it is, and no file is made."""
    assert read_secret(settings(tmp_path, KEY.decode())) == KEY
    assert list(tmp_path.iterdir()) == []


async def test_two_processes_that_make_it_at_once_agree(tmp_path: Path):
    """The first one's is kept, and both have it."""
    both = await asyncio.gather(*(asyncio.to_thread(read_secret, settings(tmp_path)) for _ in range(8)))
    assert len(set(both)) == 1


def test_a_file_that_others_can_read_is_named(tmp_path: Path):
    """`cascade check` says so; one that is its owner's alone, or is not used, is nothing to say."""
    read_secret(settings(tmp_path))
    file = secret_path(settings(tmp_path).database_url)
    assert exposed_secret(settings(tmp_path)) is None
    file.chmod(0o640)
    assert exposed_secret(settings(tmp_path)) == file
    assert exposed_secret(settings(tmp_path, KEY.decode())) is None


def test_a_place_where_it_cannot_be_made_is_told_in_a_line(tmp_path: Path):
    """The error names the file, and nothing of what would be in it."""
    with pytest.raises(SecretError, match=r"missing/cascade\.db\.secret cannot be used"):
        read_secret(settings(tmp_path / "missing"))


def test_settings_show_nothing_of_it(tmp_path: Path):
    """Neither printing the settings nor a complaint about them gives it away."""
    shown = settings(tmp_path, KEY.decode())
    assert KEY.decode() not in f"{shown!r} {shown} {shown.model_dump_json()}"
