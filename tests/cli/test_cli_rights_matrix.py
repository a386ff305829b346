"""The command line's part of the rights matrix (tests/bot/test_bot_rights_matrix.py has the chat's).

Whoever runs `cascade` is the administrator: they read everything, and may do everything that is not refused to anybody.
So what stands here is which command reads, which asks before it changes something, and which changes it as it is told.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from support.processes import Home
from typer.main import get_command

from bot.cli import app

READS = {
    "check",
    "level show",
    "level history",
    "alert list",
    "alert show",
    "alert report",
    "schedule list",
    "schedule preview",
    "briefing list",
    "briefing show",
    "briefing fields",
    "subscribers list",
    "subscribers link",
    "people list",
    "people invitations",
    "people roles",
    "intake list",
    "intake log",
    "audit verify",
    "template list",
    "template show",
    "drill list",
    "drill show",
    "drill report",
}
ASKS: dict[str, tuple[str, ...]] = {
    "level set": ("uk-national", "severe"),
    "alert send": ("--headline", "Gate", "--file", "body.txt", "--severity", "urgent"),
    "alert cancel": ("1",),
    "alert update": ("1", "--headline", "East gate"),
    "alert correct": ("1", "--headline", "East gate"),
    "alert all-clear": ("1",),
    "alert recall": ("1",),
    "alert again": ("1",),
    "alert return": ("1", "--reason", "Which gate?"),
    "alert release": (),
    "schedule remove": ("doors",),
    "people revoke": ("7",),
    "subscribers vet": ("7",),
    "people withdraw": ("1",),
    "intake rotate": ("room",),
    "intake trust": ("room", "--up-to", "urgent"),
    "intake remove": ("room",),
    "audit erase": ("7",),
    "audit renew": (),
}
"""Those that need --yes where nobody can be asked, each with arguments that would do."""

DOES = {
    "run",
    "demo",
    "sandbox",
    "bench",
    "migrate",
    "alert hold",
    "schedule add",
    "schedule pause",
    "schedule resume",
    "people grant",
    "people invite",
    "intake add",
    "intake untrust",
    "audit export",
}
"""Those whose words say it all, and `alert hold`, which nothing may delay."""

REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("people", "grant", "7", "contact"), 2, "everybody is a contact"),
    (("people", "grant", "7", "emperor"), 2, ""),
    (("people", "grant", "7", "lead"), 2, "needs at least one sector"),
    (("people", "grant", "7", "deputy"), 2, "needs at least one sector"),
    (("people", "grant", "7", "owner", "--sector", "legal"), 2, "for all sectors"),
    (("people", "grant", "7", "auditor", "--sector", "legal"), 2, "for all sectors"),
    (("people", "grant", "7", "lead", "--sector", "moon"), 2, "moon"),
    (("people", "grant", "900", "officer"), 1, "last owner"),
    (("people", "revoke", "900", "--yes"), 1, "last owner"),
    (("people", "revoke", "12345", "--yes"), 1, "holds no role"),
    (("people", "withdraw", "99", "--yes"), 1, "no invitation 99"),
]
"""What is refused to the administrator too: the exit code, and words of the one line on standard error."""


@pytest.fixture(scope="module")
def home(peopled: Home, sandbox: str) -> Home:
    """A home with an owner, an officer, an invitation, a schedule, a source, and an alert on hold."""
    (peopled.folder / "body.txt").write_text("Police are there.")
    for words in (
        ("people", "grant", "900", "owner"),
        ("people", "grant", "7", "officer"),
        ("intake", "add", "room", "--kind", "json"),
        ("schedule", "add", "--name", "doors", "--push", "reminder", "--at", "daily 08:00", "--text", "Lock."),
        ("alert", "hold"),
        ("alert", "send", *ASKS["alert send"], "--yes"),
        ("people", "invite", "auditor"),
    ):
        done = peopled.cascade(*words, api_url=sandbox)
        assert done.code == 0, done
    return peopled


def commands(group: Any, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Name every command there is."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*above, name))
        else:
            yield " ".join((*above, name))


def contents(home: Home) -> list[str]:
    """Give what the database holds."""
    with closing(sqlite3.connect(home.database)) as database:
        return list(database.iterdump())


def test_the_matrix_lacks_no_command():
    """Every command is in exactly one of the lists."""
    listed = [*READS, *ASKS, *DOES]
    assert sorted(listed) == sorted(commands(get_command(app)))


def test_what_changes_something_asks_first(home: Home):
    """Without --yes and without a terminal it ends with 2 and has changed nothing."""
    before = contents(home)
    for done in home.each([(*name.split(), *words) for name, words in ASKS.items()]):
        assert done.code == 2, done
        assert "nothing was changed: say --yes" in done.stderr, done
    assert contents(home) == before


def test_what_is_refused_to_the_administrator_too(home: Home):
    """The last owner stays, nobody is given a role that cannot be, and nothing is left in the record of it."""
    before = contents(home)
    for (_, code, words), done in zip(REFUSED, home.each([words for words, *_ in REFUSED]), strict=True):
        assert (done.code, done.stdout) == (code, ""), done
        assert words in done.stderr, done
    assert contents(home) == before
