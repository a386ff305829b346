"""The tables of docs/rights.md are those of the code."""

from pathlib import Path

from alerts.people.rights import MEANING, Right, Role, may
from handlers.menu import COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"


def tables() -> list[list[list[str]]]:
    """Read the tables of the page, as rows of cells."""
    found: list[list[list[str]]] = [[]]
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def held(right: Right) -> list[str]:
    """Say as the page does who holds a right."""
    return ["yes" if may(role, right) else "" for role in Role]


def test_the_table_of_rights_is_the_codes():
    """Every right with its meaning, and for each role whether it holds it, in the order of the code."""
    (heading, _, *rows), _ = tables()
    assert heading == ["right", *Role]
    assert rows == [[f"{right}: {MEANING[right]}", *held(right)] for right in Right]


def test_the_table_of_commands_is_the_menus():
    """Every command with its right, and for each role whether it may use it, in the order of the menu."""
    _, (heading, _, *rows) = tables()
    assert heading == ["command", "right", *Role]
    assert rows == [[f"/{command.name}", command.right.value, *held(command.right)] for command in COMMANDS]
