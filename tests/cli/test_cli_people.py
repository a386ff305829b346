"""`cascade people`: who holds a role, and how they came by it."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from support.processes import Done, Home

from alerts.people.rights import MEANING, Right, Role, may

KEYS = {"user_id", "role", "name", "sectors", "granted_at", "reachable"}


def people(home: Home) -> list[dict[str, object]]:
    """Read the list."""
    done = home.cascade("people", "list", "--json")
    assert (done.code, done.stderr) == (0, ""), done
    return list(json.loads(done.stdout)["people"])


def refused(done: Done, *words: str, code: int = 1) -> None:
    """Say that a command ended with this code and one line that has these words."""
    assert (done.code, done.stdout) == (code, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("cascade: "), done
    assert all(word in line for word in words), done


def test_roles_are_granted_changed_and_taken_away(tmp_path: Path) -> None:
    """A grant takes the place of the one before, the list says who cannot be reached, and a revoked one is gone."""
    home = Home(tmp_path).ready()
    assert people(home) == []
    granted = home.cascade(
        "people", "grant", "7", "officer", "--sector", "legal", "--sector", "aviation", "--name", "Dana"
    )
    assert granted.stdout == "7 is officer; they must press Start before the bot can write\n"
    (entry,) = people(home)
    assert set(entry) == KEYS
    assert (entry["user_id"], entry["role"], entry["name"]) == (7, "officer", "Dana")
    assert (entry["sectors"], entry["reachable"]) == (["aviation", "legal"], False)

    assert home.cascade("people", "grant", "7", "owner").code == 0
    (entry,) = people(home)
    assert (entry["role"], entry["name"], entry["sectors"]) == ("owner", "Dana", [])
    assert "has not pressed Start" in home.cascade("people", "list").stdout

    refused(home.cascade("people", "revoke", "8", "--yes"), "8 holds no role")
    refused(home.cascade("people", "grant", "7", "officer"), "7 is the last owner")
    assert home.cascade("people", "grant", "8", "owner").code == 0
    assert home.cascade("people", "revoke", "7", "--yes").stdout == "7 holds no role any more\n"
    assert [entry["user_id"] for entry in people(home)] == [8]


def test_wrong_grants_change_nothing(tmp_path: Path) -> None:
    """An unknown sector, a group's id and an unknown role are refused."""
    home = Home(tmp_path).ready()
    sector, group, role = home.each(
        [
            ("people", "grant", "7", "officer", "--sector", "aviaton"),
            ("people", "grant", "officer", "--", "-1001"),
            ("people", "grant", "7", "emperor"),
        ]
    )
    refused(sector, "there is no sector 'aviaton'", "aviation", code=2)
    assert (group.code, role.code) == (2, 2)
    refused(home.cascade("people", "grant", "--", "-1001", "officer"), "a user id is a positive number", code=2)
    assert people(home) == []


def test_the_owners_of_the_settings_are_made_at_the_first_start_alone(tmp_path: Path, sandbox: str) -> None:
    """CASCADE_OWNERS makes owners while there is none; afterwards it changes nothing, so a revoked one stays out."""
    home = Home(tmp_path, api_url=sandbox)
    with home.running("run", owners="901, 902") as bot:
        bot.prints("started")
        assert bot.end() == 0
    assert [(entry["user_id"], entry["role"]) for entry in people(home)] == [(901, "owner"), (902, "owner")]
    assert home.cascade("people", "revoke", "902", "--yes").code == 0
    with home.running("run", owners="901,902,903") as bot:
        bot.prints("started")
        assert bot.end() == 0
    assert [entry["user_id"] for entry in people(home)] == [901]


def test_an_invitation_is_made_listed_and_withdrawn(tmp_path: Path, sandbox: str) -> None:
    """The link alone goes to standard output; the list knows role, sectors and end, but no code."""
    home = Home(tmp_path, api_url=sandbox).ready()
    made = home.cascade("people", "invite", "lead", "--sector", "retail", "--sector", "aviation")
    assert made.code == 0, made
    link = made.stdout.strip()
    assert re.fullmatch(r"https://t\.me/\w+\?start=inv_[A-Za-z0-9_-]{22}", link)
    assert made.stderr.startswith("invitation 1, works once, until ")
    assert "there is no owner who could confirm" in made.stderr
    listed = home.cascade("people", "invitations", "--json")
    [entry] = json.loads(listed.stdout)["invitations"]
    assert (entry["id"], entry["role"], entry["sectors"], entry["state"]) == (1, "lead", ["aviation", "retail"], "open")
    code = link.partition("inv_")[2]
    assert code not in listed.stdout
    assert code.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("cascade.db*"))
    assert re.search(r"1 +lead +aviation, retail +open", home.cascade("people", "invitations").stdout)
    refused(home.cascade("people", "invite", "deputy"), "a deputy needs at least one sector", code=2)
    assert home.cascade("people", "withdraw", "1", "--yes").stdout == "invitation 1 is withdrawn\n"
    assert home.cascade("people", "invitations").stdout == "no invitation is open\n"
    refused(home.cascade("people", "withdraw", "1", "--yes"), "invitation 1 is withdrawn already")


def test_the_table_of_rights_is_shown(tmp_path: Path) -> None:
    """`people roles` shows the table that the chat goes by, and needs neither a database nor settings for it."""
    home = Home(tmp_path)
    shown, told = home.cascade("people", "roles"), home.cascade("people", "roles", "--json")
    expected = {role.value: [right.value for right in Right if may(role, right)] for role in Role}
    assert json.loads(told.stdout) == {"roles": expected}
    for right in Right:
        assert re.search(rf"^{right} .*{re.escape(MEANING[right])} *$", shown.stdout, re.MULTILINE)
    assert not home.database.exists()


def test_what_the_administrator_does_is_in_the_record(tmp_path: Path) -> None:
    """An owner who is granted where there is none, and every later grant, names the command line as its door."""
    home = Home(tmp_path).ready()
    home.cascade("people", "grant", "7", "owner")
    home.cascade("people", "grant", "8", "auditor")
    home.cascade("people", "revoke", "8", "--yes")
    with closing(sqlite3.connect(home.database)) as database:
        entries = database.execute("SELECT act, place, who, whom FROM audit ORDER BY number").fetchall()
    assert entries == [
        ("person-granted", "command line", None, 7),
        ("person-granted", "command line", None, 8),
        ("person-revoked", "command line", None, 8),
    ]
