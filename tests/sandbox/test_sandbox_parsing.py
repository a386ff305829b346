"""Every answer and every update of the sandbox, as python-telegram-bot reads it over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
import telegram
from sandbox_calls import ANN, BEN, CALLS, Stage
from sandbox_doors import BOT_ID, TOKEN, Clock
from sandbox_happenings import HAPPENINGS, Happening
from telegram.request import HTTPXRequest, RequestData

from bot.sandbox import Limits, Sandbox, World
from bot.sandbox.chats import Chat
from bot.sandbox.groups import Group, Seat
from bot.sandbox.methods import METHODS
from bot.sandbox.updates import KINDS as UPDATE_KINDS


class Listening(HTTPXRequest):
    """The library's own client, which keeps what came last."""

    payload = b""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **named: Any
    ) -> tuple[int, bytes]:
        """Do the request and keep its answer."""
        status, self.payload = await super().do_request(url, method, request_data, *timeouts, **named)
        return status, self.payload

    @property
    def result(self) -> Any:
        """The answer's result as the sandbox wrote it."""
        return orjson.loads(self.payload)["result"]


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox with two bots that may send as fast as they like, and two people."""
    limits = Limits(bot_per_second=10_000, chat_per_second=10_000, group_per_minute=10_000)
    made = Sandbox(clock=clock, limits=limits, tokens={TOKEN: "Cascade", "77:another-token": "Other"})
    made.world.add_account(id=ANN, first_name="Ann", last_name="Other", username="ann_other")
    made.world.add_account(id=BEN, first_name="Ben")
    return made


def founded(world: World, kind: str, **rights: bool) -> Group:
    """A group of Ann's with Ben and the bot in it."""
    group = world.add_group(title="Plant", kind=kind, creator=ANN)  # type: ignore[arg-type]
    world.add_member(group, BEN)
    world.add_bot(group, BOT_ID, **rights)
    return group


def placed(world: World, kind: str) -> Chat | Seat:
    """Ann's chat of a kind with the bot in it, an administrator, and nothing waiting for the bot."""
    place = world.chat(ANN, BOT_ID)
    assert isinstance(place, Chat)
    world.say(place, "/start")
    if kind != "private":
        place = world.chat(ANN, founded(world, kind, can_delete_messages=True).id)
    world.bots[BOT_ID].updates.clear()
    return place


@pytest.fixture
async def heard() -> Listening:
    """The client of the library's bot."""
    return Listening()


@pytest.fixture
async def ptb(address: str, heard: Listening) -> AsyncIterator[telegram.Bot]:
    """The library's bot, whose answers are kept besides."""
    bot = telegram.Bot(TOKEN, base_url=f"{address}/bot", request=heard, get_updates_request=heard)
    async with bot:
        yield bot


def parts(read: Any) -> Iterator[telegram.TelegramObject]:
    """Every object of the library in what it has read, however deep."""
    if isinstance(read, list | tuple):
        for one in read:
            yield from parts(one)
    elif isinstance(read, telegram.TelegramObject):
        yield read
        for slot in {name for kind in type(read).__mro__ for name in getattr(kind, "__slots__", ())}:
            if not slot.startswith("_"):
                yield from parts(getattr(read, slot, None))


def written(read: Any) -> Any:
    """What the library has read, as JSON again."""
    if isinstance(read, list | tuple):
        return [written(one) for one in read]
    return read.to_dict() if isinstance(read, telegram.TelegramObject) else read


def lost(raw: Any, again: Any, where: str = "") -> list[str]:
    """Where something that the sandbox wrote does not come back, and where the library adds more than a False."""
    if isinstance(raw, dict) and isinstance(again, dict):
        added = [f"{where}.{name}" for name in again.keys() - raw.keys() if again[name] is not False]
        return added + [place for name in raw for place in lost(raw[name], again.get(name), f"{where}.{name}")]
    if isinstance(raw, list) and isinstance(again, list) and len(raw) == len(again):
        return [place for index in range(len(raw)) for place in lost(raw[index], again[index], f"{where}[{index}]")]
    if where == ".file_path":  # which the library makes an address of
        return [] if again.endswith(f"/file/bot{TOKEN}/{raw}") else [where]
    return [] if raw == again or (raw == [] and again is None) else [where]


def check_read(read: Any, raw: Any) -> None:
    """Hold what the library made of an answer against the answer: nothing is strange to it, nothing was lost."""
    assert {name for part in parts(read) for name in part.api_kwargs} == set()
    assert lost(raw, written(read)) == []


def test_every_method_has_its_call() -> None:
    """No method of the sandbox goes without being read, and none is listed that it has not."""
    assert CALLS.keys() == METHODS.keys() | {"getUpdates"}


@pytest.mark.parametrize(("method", "kind"), [(method, kind) for method, call in CALLS.items() for kind in call[2]])
async def test_an_answer_is_read_whole(
    ptb: telegram.Bot, heard: Listening, sandbox: Sandbox, method: str, kind: str
) -> None:
    """Every method's answer becomes the library's class, which knows every field of it and gives all of it back."""
    call, expected, _ = CALLS[method]
    result = await call(Stage(ptb, sandbox.world, placed(sandbox.world, kind)))
    assert isinstance(result, expected)
    check_read(result, heard.result)


def test_every_kind_of_update_happens() -> None:
    """No kind of update that the sandbox makes goes without being read."""
    assert {kind for _, _, kind, _ in HAPPENINGS} == set(UPDATE_KINDS)


@pytest.mark.parametrize(
    ("happen", "place", "kind", "told"), HAPPENINGS, ids=[f"{each[0].__name__[1:]}-{each[1]}" for each in HAPPENINGS]
)
async def test_an_update_is_read_whole(
    ptb: telegram.Bot, heard: Listening, sandbox: Sandbox, happen: Happening, place: str, kind: str, told: list[str]
) -> None:
    """Every update becomes the library's objects, which know every field of it and give all of it back."""
    happen(sandbox.world, placed(sandbox.world, place))
    updates = await ptb.get_updates(timeout=5)
    check_read(updates, heard.result)
    assert kind in {name for raw in heard.result for name in raw}
    assert len(updates) == len(told)
    for update, names in zip(updates, told, strict=True):
        if update.my_chat_member is not None:
            changes = update.my_chat_member
            assert f"{changes.old_chat_member.status}>{changes.new_chat_member.status}" == names
            continue
        heard_of = update.callback_query or update.inline_query or update.effective_message
        assert all(getattr(heard_of, name) for name in names.split())
