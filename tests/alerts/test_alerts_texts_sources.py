import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for folder in ("alerts", "handlers", "bot") for path in (ROOT / folder).rglob("*.py"))
LINES_AT_MOST = 350

CATCH_ALL = {
    "alerts/delivery/dispatcher.py": 3,
    "alerts/pictures/worker.py": 1,
    "bot/demo/narrator.py": 1,
    "bot/telegram/inbox.py": 3,
    "bot/telegram/polling.py": 1,
    "bot/upkeep.py": 1,
    "handlers/front.py": 1,
}
"""The supervising loops and the front desk, where an error that nobody foresaw must not end everything."""

TAG = re.compile(r"</?(?:b|i|u|s|a|code|pre|blockquote|strong|em|tg-spoiler)(?:\s[^>]*)?>")
READS_HTML = "alerts/publishing/markup.py"
BUTTON_NAMES = {"Button", "InlineKeyboardButton", "InlineKeyboardMarkup", "callback_data", "reply_markup"}


def name_of(path: Path) -> str:
    """Name a module as people do."""
    return path.relative_to(ROOT).as_posix()


def strings(tree: ast.Module) -> Iterator[str]:
    """Give every string of a module but those that stand alone, which are docstrings."""
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in alone:
            yield node.value


def test_everything_is_caught_in_the_listed_places_alone():
    """`except Exception` stands where it is listed, so often, and nothing catches more than that."""
    found: Counter[str] = Counter()
    wider = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = ast.unparse(node.type) if node.type else "everything"
            if caught == "Exception":
                found[name_of(path)] += 1
            elif re.search(r"\b(everything|BaseException|Exception)\b", caught):
                wider.append((name_of(path), node.lineno))
    assert found == CATCH_ALL
    assert wider == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_can_be_read_in_one_sitting(path: Path):
    """No module is longer than 350 lines, and none leaves work to be done."""
    source = path.read_text()
    assert len(source.splitlines()) <= LINES_AT_MOST
    assert re.findall(r"\b(?:TODO|FIXME|XXX)\b", source) == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.is_relative_to(ROOT / "alerts")], ids=name_of)
def test_the_domain_has_no_words_for_the_chat(path: Path):
    """No string of the domain holds formatting, but for the reader of formatting, and no name of it is a button.

    This sees tags and names, not the meaning of a sentence: a plain sentence in an error is the administrator's.
    """
    tree = ast.parse(path.read_text())
    names = {
        str(name)
        for node in ast.walk(tree)
        for name in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "arg", ""))
    }
    assert names & BUTTON_NAMES == set()
    if name_of(path) != READS_HTML:
        assert [text for text in strings(tree) if TAG.search(text)] == []
