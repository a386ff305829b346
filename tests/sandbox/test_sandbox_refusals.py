"""Every refusal of the sandbox against the list in docs/telegram-errors.md: in the code, over HTTP, in the library."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import telegram.error
from sandbox_doors import BOT_ID, TOKEN, Clock
from sandbox_pictures import png
from sandbox_requests import ANN, BEN, CHANNEL, GROUP, SUPERGROUP, Given, Town
from sandbox_texts import GAP, refusals
from sandbox_tries import ENDINGS, TRIES
from telegram.request import BaseRequest

from bot.sandbox import Sandbox
from bot.sandbox.chats import Chat

SOURCES = {"documented", "server", "issues", "sandbox", "not verified"}

_LIST = Path(__file__).parents[2] / "docs" / "telegram-errors.md"
_GAP = re.compile(r"\\\{[a-z]*\\\}")


@dataclass(frozen=True)
class Row:
    """A row of the list."""

    code: str
    text: str
    when: str
    source: str
    parameters: str
    library_error: str

    def allows(self, text: str) -> bool:
        """Whether the row is for a text; its words in braces are for anything."""
        return re.fullmatch(_GAP.sub(".+", re.escape(self.text)), text, re.DOTALL) is not None


def rows() -> list[Row]:
    """The list."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if re.match(r"\| \d", line)]
    return [Row(cells[0], cells[1].strip("`"), *cells[2:]) for cells in cells]


ROWS = {f"{row.code} {row.text}": row for row in rows()}


def test_the_list_has_one_form() -> None:
    """No text stands twice, each says how it is known, and each names a class of the library."""
    assert len(ROWS) == len(rows()) > 100
    for row in ROWS.values():
        assert set(row.source.split(", ")) <= SOURCES
        assert row.when
        assert issubclass(getattr(telegram.error, row.library_error), telegram.error.TelegramError)


def test_every_text_of_the_code_is_listed() -> None:
    """Each text with which the code refuses a bot is a row's own, or fits exactly one with words in braces."""
    for code, text in sorted(refusals()):
        fitting = [row.text for row in ROWS.values() if row.allows(text) and code in (row.code, GAP)]
        assert text in fitting or len(fitting) == 1, (code, text, fitting)


def test_no_listed_text_is_stale() -> None:
    """Each row is for a text that the code can give."""
    texts = refusals()
    for row in ROWS.values():
        assert any(row.allows(text) and code in (row.code, GAP) for code, text in texts), row.text


# ---- Provoking them


class Asking(BaseRequest):
    """One request of any kind to the sandbox, whose answer the library judges."""

    def __init__(self, session: aiohttp.ClientSession, method: str, url: str, **options: Any) -> None:
        self._ask = lambda: session.request(method, url, **options)
        self.answer: Any = None

    @property
    def read_timeout(self) -> float | None:
        """None set."""
        return None

    async def initialize(self) -> None:
        """Nothing to do; the session is open."""

    async def shutdown(self) -> None:
        """Nothing to do; the session closes itself."""

    async def do_request(self, *_given: Any, **_named: Any) -> tuple[int, bytes]:
        """Ask, and keep the answer."""
        async with self._ask() as response:
            payload = await response.read()
            self.answer = orjson.loads(payload)
            return response.status, payload


@pytest.fixture
def town(sandbox: Sandbox, clock: Clock) -> Town:
    """A town in which everything is there that a request could be about."""
    world = sandbox.world
    for account, name in ((ANN, "Ann"), (BEN, "Ben")):
        world.add_account(id=account, first_name=name)
    ann = world.chat(ANN, BOT_ID)
    assert isinstance(ann, Chat)
    said, bot = world.say(ann, "/start"), ann.bot
    for group_id, kind in ((GROUP, "group"), (SUPERGROUP, "supergroup"), (CHANNEL, "channel")):
        group = world.add_group(title="Plant", kind=kind, creator=ANN, id=group_id)  # type: ignore[arg-type]
        world.add_member(group, BEN)
        world.add_bot(group, BOT_ID)
    return Town(
        sandbox,
        clock,
        ann,
        said,
        sent=world.add_message(ann, bot, text="Hello"),
        photo=world.add_message(ann, bot, media=world.library.add_photo(png(9, 9))),
        document=world.add_message(ann, bot, media=world.library.add_document(b"a,b", "list.csv")),
        protected=world.add_message(ann, bot, text="x", options={"has_protected_content": True}),
    )


async def _check(asking: Asking, row: Row, says: str, parameters: Given | None = None) -> None:
    """Hold an answer, and what the library makes of it, against a row."""
    with pytest.raises(telegram.error.TelegramError) as refused:
        await asking.post("over the session")
    expected: dict[str, Any] = {"ok": False, "error_code": int(row.code), "description": says}
    assert asking.answer == (expected if parameters is None else {**expected, "parameters": parameters})
    assert row.allows(says)
    assert row.parameters == ", ".join(parameters or ())
    assert type(refused.value).__name__ == row.library_error


def test_every_row_is_provoked() -> None:
    """No row of the list goes without its request, and no request without its row."""
    assert TRIES.keys() | ENDINGS.keys() == ROWS.keys()


@pytest.mark.parametrize("name", TRIES)
async def test_a_refusal_is_worded_as_listed(
    town: Town, address: str, session: aiohttp.ClientSession, name: str
) -> None:
    """The request gets the row's code, text and parameters, and the library raises the row's class."""
    row, request = ROWS[name], TRIES[name]
    if request.before is not None:
        request.before(town)
    given = request.given(town) if callable(request.given) else request.given
    options = request.options() if request.options is not None else {"json": given}
    asking = Asking(session, request.http, f"{address}/bot{request.token}/{request.method}", **options)
    await _check(asking, row, request.says or row.text, request.parameters)


@pytest.mark.parametrize("name", ENDINGS)
async def test_a_waiting_request_is_refused_as_listed(
    town: Town, address: str, session: aiohttp.ClientSession, name: str
) -> None:
    """A getUpdates that waits is ended by another and by a webhook, each in its own words."""
    row, (method, given) = ROWS[name], ENDINGS[name]
    updates = town.world.bots[BOT_ID].updates
    updates.clear()
    asking = Asking(session, "POST", f"{address}/bot{TOKEN}/getUpdates", json={"timeout": 50})
    waiting = asyncio.create_task(_check(asking, row, row.text))
    async with asyncio.timeout(5):
        while updates._poll is None:  # noqa: ASYNC110 - what happens inside the server has no event to wait for
            await asyncio.sleep(0)
        async with session.post(f"{address}/bot{TOKEN}/{method}", json=given) as response:
            assert response.status == 200
        await waiting
